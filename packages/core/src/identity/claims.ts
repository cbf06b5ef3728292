import type { JWTPayload } from "jose";
import type { Principal } from "./principal.ts";
import { tagsOf } from "./tags.ts";

/**
 * The principal that a verified token stands for: its `sub`, and every claim as a string tag (tags.ts), so that a policy
 * can say `principal.getTag("department") == "finance"`.
 * @param payload the token's own text of its claims, where it is known: numbers are as precise as it.
 * @throws UnusableClaims for claims of which policies couldn't see everything.
 */
export function principalOf(claims: JWTPayload & { sub: string }, payload = JSON.stringify(claims)): Principal {
  const agent = clientOf(claims);
  return {
    type: "AgentCore::OAuthUser",
    id: claims.sub,
    tags: tagsOf(payload),
    ...(agent === undefined ? {} : { agent }),
    ...(claims.iss === undefined ? {} : { issuer: claims.iss }),
  };
}

/** The client that the token was issued to: `client_id` (RFC 9068), or OpenID Connect's `azp`. */
export function clientOf(claims: JWTPayload): string | undefined {
  const client = claims.client_id ?? claims.azp;
  return typeof client === "string" ? client : undefined;
}

/** The token's scopes: `scope` as RFC 9068 has it, or `scp` as a list. */
export function scopesOf(claims: JWTPayload): readonly string[] {
  if (typeof claims.scope === "string") return claims.scope.split(" ").filter((scope) => scope !== "");
  return Array.isArray(claims.scp) ? claims.scp.filter((scope) => typeof scope === "string") : [];
}
