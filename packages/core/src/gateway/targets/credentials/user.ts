import type { Principal } from "../../../identity/principal.ts";

/** The issuer that the caller's token was verified for; undefined for whoever is no user of one. */
export function issuerOf({ type, tags }: Principal): string | undefined {
  return type === "AgentCore::OAuthUser" && Object.hasOwn(tags, "iss") ? tags.iss : undefined;
}
