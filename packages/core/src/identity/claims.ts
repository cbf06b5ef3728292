import type { JWTPayload } from "jose";
import type { Principal } from "./principal.ts";

/**
 * The principal that a verified token stands for: its `sub`, and every claim as a string tag, so that a policy can say
 * `principal.getTag("department") == "finance"`. A string claim is its text, a number or boolean is printed, anything
 * nested is its JSON text.
 */
export function principalOf(claims: JWTPayload & { sub: string }): Principal {
  const tags: Record<string, string> = {};
  for (const [name, value] of Object.entries(claims)) {
    if (value === undefined || value === null || name === "__proto__") continue;
    tags[name] = typeof value === "object" ? JSON.stringify(value) : String(value);
  }
  const agent = clientOf(claims);
  return { type: "AgentCore::OAuthUser", id: claims.sub, tags, ...(agent === undefined ? {} : { agent }) };
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
