import type {
  CustomClaimValidationType,
  CustomJWTAuthorizerConfiguration,
} from "@aws-sdk/client-bedrock-agentcore-control";
import type { JWTPayload } from "jose";
import { clientOf, scopesOf } from "./claims.ts";

/** What a verified token lacks for this gateway. `insufficient_scope` is answered with 403, the other with 401. */
export interface Refusal {
  readonly kind: "invalid_token" | "insufficient_scope";
  readonly message: string;
}

/**
 * Holds the claims of a token whose signature, issuer and times are already verified against a gateway's
 * `customJWTAuthorizer`: every configured check must pass (AgentCore's rule), and none configured lets nobody in.
 */
export function checkClaims(claims: JWTPayload, rules: CustomJWTAuthorizerConfiguration): Refusal | undefined {
  const { allowedAudience = [], allowedClients = [], allowedScopes = [], customClaims = [] } = rules;
  if (allowedAudience.length + allowedClients.length + allowedScopes.length + customClaims.length === 0) {
    return invalid("this gateway's authorizer has no check configured, so it lets nobody in");
  }
  if (allowedAudience.length > 0 && !audiences(claims).some((audience) => allowedAudience.includes(audience))) {
    return invalid("the token's audience is not this gateway");
  }
  if (allowedClients.length > 0 && !allowedClients.includes(clientOf(claims) ?? "")) {
    return invalid("the token's client is not allowed at this gateway");
  }
  const unmet = customClaims.find((rule) => !claimMatches(claims, rule));
  if (unmet !== undefined) return invalid(`the token's claim "${unmet.inboundTokenClaimName}" is not as required`);
  if (allowedScopes.length > 0 && !scopesOf(claims).some((scope) => allowedScopes.includes(scope))) {
    return { kind: "insufficient_scope", message: `one of the scopes ${allowedScopes.join(" ")} is needed` };
  }
  return undefined;
}

/** A claim of another form names no audience: it may be read before anybody has verified it. */
function audiences({ aud }: JWTPayload): readonly string[] {
  return Array.isArray(aud) ? aud : typeof aud === "string" ? [aud] : [];
}

/**
 * The scopes that clients are told to ask for: an issuer may call them otherwise when it is asked than in its tokens
 * (`advertisedScopeMapping`). What isn't mapped is asked for under its own name.
 */
export function advertisedScopes({
  allowedScopes = [],
  advertisedScopeMapping = {},
}: CustomJWTAuthorizerConfiguration): readonly string[] {
  const scopes = allowedScopes.map((scope) =>
    Object.hasOwn(advertisedScopeMapping, scope) ? (advertisedScopeMapping[scope] ?? scope) : scope,
  );
  return [...new Set(scopes)];
}

/** How a claim of a type can be held against what, so that it can match at all. */
const comparisons: Readonly<
  Record<
    string,
    (values: readonly string[], one: string | undefined, several: readonly string[] | undefined) => boolean
  >
> = {
  "STRING EQUALS matchValueString": ([value], one) => value === one,
  "STRING CONTAINS matchValueString": ([value], one) => value === one,
  "STRING CONTAINS matchValueStringList": ([value = ""], _, several) => several?.includes(value) ?? false,
  "STRING CONTAINS_ANY matchValueStringList": ([value = ""], _, several) => several?.includes(value) ?? false,
  "STRING_ARRAY CONTAINS matchValueString": (values, one) => one !== undefined && values.includes(one),
  "STRING_ARRAY CONTAINS_ANY matchValueStringList": (values, _, several) =>
    several?.some((value) => values.includes(value)) ?? false,
};

/** The types, operators and values of claim rules that can match; a rule of any other form would let nobody in. */
export const comparableClaims: readonly string[] = Object.keys(comparisons);

/** The form of a claim rule, as `comparableClaims` lists them. */
export function comparisonOf({
  inboundTokenClaimValueType: type,
  authorizingClaimMatchValue: expected,
}: CustomClaimValidationType): string {
  const value = expected?.claimMatchValue ?? {};
  const members = (["matchValueString", "matchValueStringList"] as const).filter((name) => name in value);
  return [type, expected?.claimMatchOperator, ...members].join(" ");
}

function claimMatches(claims: JWTPayload, rule: CustomClaimValidationType): boolean {
  const { inboundTokenClaimName: name, inboundTokenClaimValueType: type, authorizingClaimMatchValue: expected } = rule;
  if (name === undefined || !Object.hasOwn(claims, name)) return false;
  const claim = claims[name];
  const values = type === "STRING_ARRAY" ? stringList(claim) : typeof claim === "string" ? [claim] : undefined;
  if (values === undefined) return false;
  const { matchValueString: one, matchValueStringList: several } = expected?.claimMatchValue ?? {};
  return comparisons[comparisonOf(rule)]?.(values, one, several) ?? false;
}

function stringList(claim: unknown): readonly string[] | undefined {
  return Array.isArray(claim) && claim.every((value) => typeof value === "string") ? claim : undefined;
}

function invalid(message: string): Refusal {
  return { kind: "invalid_token", message };
}
