import { assertReachable } from "../egress.ts";
import { messageOf } from "../errors.ts";
import type { InputOf } from "./operationTypes.ts";
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
 * Makes sure that Gatehouse may connect to an address. It is checked again when it is used.
 * @throws GatehouseError `validation`
 */
export function checkAddress(text: string, name: string, allowLoopback: boolean): void {
  try {
    assertReachable(text, allowLoopback);
  } catch (error) {
    refuse(name, messageOf(error));
  }
}
