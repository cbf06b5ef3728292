import type { InputOf } from "./handlers.ts";
import { refuse, refuseMembers } from "./supported.ts";

type Configuration = InputOf<"CreateGateway">["authorizerConfiguration"];

const path = "authorizerConfiguration.customJWTAuthorizer";

/**
 * Makes sure that a gateway authenticates its callers in a way that is built: by JWT, with at least one check beyond the
 * issuer, because otherwise every token of that issuer, for whomever it was made, would open the gateway (T01).
 * @throws GatehouseError `validation`
 */
export function checkAuthorizer(type: string, configuration: Configuration, allowLoopback: boolean): void {
  if (type !== "CUSTOM_JWT") {
    refuse("authorizerType", `must be CUSTOM_JWT: ${type} is not part of Gatehouse yet`);
  }
  const authorizer = configuration?.customJWTAuthorizer;
  if (authorizer === undefined) refuse(path, "is required with authorizerType CUSTOM_JWT");
  refuseMembers(
    authorizer,
    `${path}.`,
    "privateEndpoint",
    "privateEndpointOverrides",
    "advertisedScopeMapping",
    "allowedWorkloadConfiguration",
  );
  checkAddress(authorizer.discoveryUrl, `${path}.discoveryUrl`, allowLoopback);
  const checks = [
    authorizer.allowedAudience,
    authorizer.allowedClients,
    authorizer.allowedScopes,
    authorizer.customClaims,
  ];
  if (checks.every((check) => check === undefined)) {
    refuse(path, "must have at least one of allowedAudience, allowedClients, allowedScopes, customClaims");
  }
}

/**
 * Makes sure that an address is https, or http on this very machine where that is allowed. Which network it leads to is
 * checked when it is used: names may change their meaning.
 * @throws GatehouseError `validation`
 */
export function checkAddress(text: string, name: string, allowLoopback: boolean): void {
  const address = URL.parse(text);
  if (address === null) refuse(name, "must be a URL");
  const { protocol, hostname, username, password } = address;
  if (username !== "" || password !== "") refuse(name, "must not contain a user name or password");
  const loopback = allowLoopback && protocol === "http:" && isLoopback(hostname);
  if (protocol !== "https:" && !loopback) {
    refuse(name, `must begin with https://${allowLoopback ? " (or be http on 127.0.0.1, [::1] or localhost)" : ""}`);
  }
}

/** URL parsing has already turned every way to write an address (decimal, hexadecimal, short) into the usual one. */
function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
