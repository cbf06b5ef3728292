import { issuerOf } from "../identity/issuer.ts";
import type { JwtVerifier } from "../identity/jwt.ts";
import type { Principal } from "../identity/principal.ts";
import { mayInvoke, parseResourcePolicy } from "../identity/resourcePolicy.ts";
import type { GatewayRecord } from "../storage/records.ts";
import { bearerTokenIn } from "./call.ts";
import { refusal, unauthenticated } from "./refusals.ts";

/** Who asks; or the answer for somebody who may not, with who it is where that is known. */
export type Authentication =
  | { readonly principal: Principal; readonly refused?: Response }
  | { readonly principal?: undefined; readonly refused: Response };

/**
 * Finds out who asks. There is one way in for each gateway and no other behind it (T02): what its authorizer does not
 * recognise is refused.
 * @throws GatehouseError `internal` when the issuer cannot be reached.
 */
export async function authenticate(
  authorization: string | null,
  gateway: GatewayRecord,
  verifier: JwtVerifier,
  metadataUrl: string,
): Promise<Authentication> {
  const rules = gateway.authorizerConfiguration?.customJWTAuthorizer;
  if (gateway.authorizerType !== "CUSTOM_JWT" || rules === undefined) {
    return {
      refused: unauthenticated({ metadataUrl, message: "this gateway has no authorizer that could let anybody in" }),
    };
  }
  const scopes = rules.allowedScopes ?? [];
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

/** The answer for somebody whom the gateway's resource-based policy does not let in, where it has one. */
export function refuseByResourcePolicy(
  { resourcePolicy, gatewayArn }: GatewayRecord,
  principal: Principal,
): Response | undefined {
  if (resourcePolicy === undefined || mayInvoke(parseResourcePolicy(resourcePolicy), principal, gatewayArn)) return;
  return refusal("accessDenied", {});
}

/** Where clients learn which issuer to ask for a token (RFC 9728). */
export function resourceMetadata(gateway: GatewayRecord, resource: string): Record<string, unknown> {
  const rules = gateway.authorizerConfiguration?.customJWTAuthorizer;
  return {
    resource,
    resource_name: gateway.name,
    authorization_servers: rules?.discoveryUrl === undefined ? [] : [issuerOf(rules.discoveryUrl)],
    bearer_methods_supported: ["header"],
    ...(rules?.allowedScopes === undefined ? {} : { scopes_supported: rules.allowedScopes }),
  };
}
