import { advertisedScopes } from "../../identity/authorizer.ts";
import { facadeOf, oauthClientOf, scopesOf } from "../../identity/facade/oauthClient.ts";
import { issuerOf } from "../../identity/issuer.ts";
import type { JwtVerifier } from "../../identity/jwt.ts";
import type { GatewayRecord } from "../../storage/records.ts";
import { gatewayUrlOf } from "../../tools.ts";
import { bearerTokenIn } from "../call.ts";
import { unauthenticated } from "../refusals.ts";
import type { Authentication } from "./authentication.ts";

/**
 * Finds out who asks by a bearer token, as the gateway's `customJWTAuthorizer` says.
 * @throws GatehouseError `internal` when the issuer cannot be reached.
 */
export async function authenticateByToken(
  authorization: string | null,
  gateway: GatewayRecord,
  verifier: JwtVerifier,
  metadataUrl: string,
): Promise<Authentication> {
  const rules = gateway.authorizerConfiguration?.customJWTAuthorizer;
  if (rules === undefined) {
    return {
      refused: unauthenticated({ metadataUrl, message: "this gateway has no authorizer that could let anybody in" }),
    };
  }
  const scopes = advertisedScopes(rules);
  if (authorization === null) return { refused: unauthenticated({ metadataUrl, scopes }) };
  const token = bearerTokenIn(authorization);
  if (token === undefined) {
    return {
      refused: unauthenticated({ metadataUrl, scopes, message: "the Authorization header must be: Bearer <token>" }),
    };
  }
  const verification = await verifier.verify(token, rules, `${gateway.gatewayId}@${gateway.version}`);
  if (verification.ok) return { principal: verification.principal };
  const { kind, message } = verification.refusal;
  const refused = unauthenticated({ metadataUrl, scopes, error: kind, message });
  return verification.principal === undefined ? { refused } : { principal: verification.principal, refused };
}

/**
 * Where clients learn which issuer to ask for a token (RFC 9728): the facade in front of it, where the gateway has one.
 * Undefined where no tokens are taken.
 * @param url the public base address.
 */
export function resourceMetadata(gateway: GatewayRecord, url: string): Record<string, unknown> | undefined {
  const { authorizerType, authorizerConfiguration, gatewayId, name } = gateway;
  const discoveryUrl = authorizerConfiguration?.customJWTAuthorizer?.discoveryUrl;
  if (authorizerType !== "CUSTOM_JWT" || discoveryUrl === undefined) return undefined;
  const scopes = scopesOf(gateway);
  return {
    resource: gatewayUrlOf(url, gatewayId),
    resource_name: name,
    authorization_servers: [oauthClientOf(gateway) === undefined ? issuerOf(discoveryUrl) : facadeOf(url, gatewayId)],
    bearer_methods_supported: ["header"],
    ...(scopes === undefined ? {} : { scopes_supported: scopes }),
  };
}
