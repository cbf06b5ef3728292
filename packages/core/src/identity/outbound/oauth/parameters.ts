import { GatehouseError } from "../../../errors.ts";
import type { TokenRequest } from "../credentials.ts";

/** What is asked of a token, however it is obtained. */
export type Wanted = Pick<TokenRequest, "scopes" | "audiences" | "resources" | "customParameters"> & {
  /** What stands between scopes, where it isn't a space. */
  readonly scopeSeparator?: "," | undefined;
};

/** Parameters that are Gatehouse's to say: whoever could say them could have the answer sent elsewhere, or drop a protection. */
const reserved: ReadonlySet<string> = new Set([
  "access_token",
  "actor_token",
  "actor_token_type",
  "assertion",
  "client_assertion",
  "client_assertion_type",
  "client_id",
  "client_secret",
  "code",
  "code_challenge",
  "code_challenge_method",
  "code_verifier",
  "grant_type",
  "id_token_hint",
  "nonce",
  "password",
  "redirect_uri",
  "refresh_token",
  "request",
  "request_uri",
  "response_mode",
  "response_type",
  "scope",
  "state",
  "subject_token",
  "subject_token_type",
  "username",
]);

/**
 * The parameters of a request, to which its grant's own are added.
 * @throws GatehouseError `validation` for a custom parameter that is Gatehouse's to say
 */
export function parametersOf({
  scopes,
  audiences = [],
  resources = [],
  customParameters = {},
  scopeSeparator,
}: Wanted): URLSearchParams {
  const parameters = new URLSearchParams(Object.entries(customParameters));
  const taken = [...parameters.keys()].find((name) => reserved.has(name.toLowerCase()));
  if (taken !== undefined) {
    throw new GatehouseError("validation", `customParameters can't have ${taken}, which Gatehouse sets itself.`);
  }
  if (scopes.length > 0) parameters.set("scope", scopes.join(scopeSeparator ?? " "));
  for (const audience of audiences) parameters.append("audience", audience);
  for (const resource of resources) parameters.append("resource", resource);
  return parameters;
}
