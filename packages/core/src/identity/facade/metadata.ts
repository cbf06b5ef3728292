import type { GatewayRecord } from "../../storage/records.ts";
import { facadeOf, scopesOf } from "./oauthClient.ts";

/**
 * The authorization server metadata of a gateway's facade (RFC 8414).
 * @param document the issuer's own discovery document: clients that read this one as OpenID Connect's want to see more of it.
 */
export function authorizationServerMetadata(
  gateway: GatewayRecord,
  url: string,
  document: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const issuer = facadeOf(url, gateway.gatewayId);
  const scopes = scopesOf(gateway);
  const { jwks_uri, subject_types_supported, id_token_signing_alg_values_supported } = document;
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    registration_endpoint: `${issuer}/register`,
    jwks_uri,
    ...(scopes === undefined ? {} : { scopes_supported: scopes }),
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    grant_types_supported: ["authorization_code", "refresh_token"],
    token_endpoint_auth_methods_supported: ["none"],
    code_challenge_methods_supported: ["S256"],
    authorization_response_iss_parameter_supported: true,
    client_id_metadata_document_supported: true,
    subject_types_supported,
    id_token_signing_alg_values_supported,
  };
}
