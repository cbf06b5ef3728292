import { assertReachable } from "../egress.ts";
import { messageOf } from "../errors.ts";
import { comparableClaims, comparisonOf } from "../identity/authorizer.ts";
import type { InputOf } from "./operationTypes.ts";
import { refuse } from "./supported.ts";

type Configuration = InputOf<"CreateGateway">["authorizerConfiguration"];

const path = "authorizerConfiguration.customJWTAuthorizer";
type JwtAuthorizer = Extract<NonNullable<Configuration>, { customJWTAuthorizer: unknown }>["customJWTAuthorizer"];

/**
 * Makes sure that a gateway's authorizer is all that it seems to be: one by JWT has a check beyond the issuer, because
 * otherwise every token of that issuer, for whomever it was made, would open the gateway (T01); every other one comes
 * without a configuration, which would protect nothing (T02).
 * @throws GatehouseError `validation`
 */
export function checkAuthorizer(type: string, configuration: Configuration, allowLoopback: boolean): void {
  const authorizer = configuration?.customJWTAuthorizer;
  if (type !== "CUSTOM_JWT") {
    if (configuration === undefined) return;
    refuse("authorizerConfiguration", `belongs to authorizerType CUSTOM_JWT, with ${type} it would check nothing`);
  }
  if (authorizer === undefined) refuse(path, "is required with authorizerType CUSTOM_JWT");
  refuseUnused(authorizer);
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
  checkClaimRules(authorizer);
  checkScopeMapping(authorizer);
}

/**
 * What there is to know of a gateway that lets callers in whom nobody has allowed to call: for its `statusReasons`. Empty
 * where its authorizer decides.
 */
export function authorizerWarnings(gateway: AuthorizedGateway): string[] {
  const { authorizerType, policyEngineConfiguration: engine, interceptorConfigurations } = gateway;
  const who = openTo[authorizerType];
  if (who === undefined) return [];
  const intercepted = interceptorConfigurations?.some(({ interceptionPoints }) =>
    interceptionPoints?.includes("REQUEST"),
  );
  const decided =
    engine?.mode === "ENFORCE" ? "its policy engine decides" : intercepted ? "its interceptor decides" : "";
  return [
    decided === ""
      ? `Warning: ${who} call every tool of this gateway: nothing decides about calls, neither a policy engine in ENFORCE mode nor a REQUEST interceptor.`
      : `Warning: ${who} call this gateway: ${decided} about each of them.`,
  ];
}

type AuthorizedGateway = Pick<
  InputOf<"CreateGateway">,
  "authorizerType" | "policyEngineConfiguration" | "interceptorConfigurations"
>;

/** Whom an authorizer lets in that decides nothing. */
const openTo: Readonly<Record<string, string>> = {
  NONE: "authorizerType NONE lets everybody who reaches the address, without any credentials,",
  AUTHENTICATE_ONLY:
    "authorizerType AUTHENTICATE_ONLY lets everybody who has an access key of Gatehouse, whatever its roles,",
};

/** Refuses what a gateway has no use for, rather than keep what it doesn't do. */
function refuseUnused(authorizer: JwtAuthorizer): void {
  const vpc =
    "names a way into a VPC of AWS, which Gatehouse doesn't have: the issuer must be reachable from where it runs";
  const reasons = {
    privateEndpoint: vpc,
    privateEndpointOverrides: vpc,
    allowedWorkloadConfiguration:
      "restricts which gateways may call a runtime, and a gateway is called by users and agents: use allowedClients",
  } as const;
  for (const [name, reason] of Object.entries(reasons)) {
    if (authorizer[name as keyof typeof reasons] !== undefined) refuse(`${path}.${name}`, reason);
  }
}

/** A rule that can't match would lock everybody out, and whoever wrote it would look for the fault in their tokens. */
function checkClaimRules({ customClaims = [] }: JwtAuthorizer): void {
  for (const [index, rule] of customClaims.entries()) {
    const comparison = comparisonOf(rule);
    if (comparableClaims.includes(comparison)) continue;
    refuse(
      `${path}.customClaims[${index}]`,
      `compares ${comparison}, which can't match; there are ${comparableClaims.join(", ")}`,
    );
  }
}

function checkScopeMapping({ allowedScopes = [], advertisedScopeMapping = {} }: JwtAuthorizer): void {
  for (const scope of Object.keys(advertisedScopeMapping)) {
    if (allowedScopes.includes(scope)) continue;
    refuse(
      `${path}.advertisedScopeMapping`,
      `maps the scope ${JSON.stringify(scope)}, which allowedScopes doesn't name`,
    );
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
