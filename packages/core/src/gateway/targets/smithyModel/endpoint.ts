import { awsEndpointFunctions, partition } from "@aws-sdk/core/client";
import { resolveEndpoint } from "@smithy/core/endpoints";
import type { EndpointV2, RuleSetObject } from "@smithy/types";
import { messageOf } from "../../../errors.ts";
import { isJsonObject, type Json, type JsonObject, refusedKeys } from "../../../json.ts";
import type { SigningScope } from "../http/sign.ts";
import { TargetError } from "../target.ts";
import type { SmithyBinding } from "./binding.ts";
import { type Model, nameOf, objectTrait, type Shape, textTrait } from "./model.ts";

type Endpoint = Pick<SmithyBinding, "endpoint" | "endpointHeaders" | "signing">;

const rulesTrait = "smithy.rules#endpointRuleSet";
/** The functions of endpoint rules (Smithy, "Rules engine standard library"); the SDK finds them by name among its own. */
const functions: ReadonlySet<string> = new Set([
  ...["booleanEquals", "coalesce", "getAttr", "isSet", "isValidHostLabel", "ite", "not", "parseURL", "split"],
  ...["stringEquals", "substring", "uriEncode"],
  ...Object.keys(awsEndpointFunctions).map((name) => `aws.${name}`),
]);

/**
 * Says where each operation of a model's service is called in a region, and for what its requests are signed: by the
 * service's endpoint rules, or else as AWS's services are named. Rules see the region and what the operation says of
 * itself (`staticContextParams`), never the input of a call.
 * @throws TargetError for rules that can't be used, or where the model gives no address at all.
 */
export function endpointsOf(model: Model, region: string): (operation: Shape) => Endpoint {
  const rules = objectTrait(model.service.traits, rulesTrait);
  if (rules !== undefined) requireKnownRules(rules);
  const known = new Map<string, Endpoint>();
  return (operation) => {
    const parameters = staticParameters(operation);
    const schemes = schemesOf(model, operation);
    const key = JSON.stringify([parameters, schemes]);
    let endpoint = known.get(key);
    if (endpoint === undefined) {
      const { url, headers, properties } =
        rules === undefined ? regional(model, region) : ruled(rules, parameters, region);
      endpoint = {
        endpoint: url.href,
        ...(headers === undefined || Object.keys(headers).length === 0 ? {} : { endpointHeaders: headers }),
        ...signingOf(model, operation, schemes, region, properties),
      };
      known.set(key, endpoint);
    }
    return endpoint;
  };
}

function ruled(rules: JsonObject, parameters: JsonObject, region: string): EndpointV2 {
  try {
    const endpointParams = { ...builtIns(rules, region), ...parameters } as Record<string, string | boolean>;
    // It has what the SDK's evaluation looks at: the functions are known, and whatever else is wrong throws.
    return resolveEndpoint(rules as unknown as RuleSetObject, { endpointParams });
  } catch (error) {
    throw new TargetError(`The endpoint rules give no address in ${region}: ${messageOf(error)}`, { cause: error });
  }
}

function builtIns({ parameters }: JsonObject, region: string): JsonObject {
  const values: JsonObject = { "AWS::Region": region, "AWS::UseFIPS": false, "AWS::UseDualStack": false };
  return Object.fromEntries(
    Object.entries(isJsonObject(parameters) ? parameters : {}).flatMap(([name, parameter]) => {
      const builtIn = isJsonObject(parameter) ? parameter.builtIn : undefined;
      const value = typeof builtIn === "string" ? values[builtIn] : undefined;
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** The SDK looks functions and references up in plain objects, where a prototype's are to be found too (T23). */
function requireKnownRules(rule: Json): void {
  if (Array.isArray(rule)) rule.forEach(requireKnownRules);
  if (!isJsonObject(rule)) return;
  for (const key of ["fn", "ref", "assign"] as const) {
    const name = rule[key];
    if (name === undefined) continue;
    const known = typeof name === "string" && (key === "fn" ? functions.has(name) : !refusedKeys.has(name));
    if (!known) throw new TargetError(`The endpoint rules use ${key} ${JSON.stringify(name)}, which is not known.`);
  }
  Object.values(rule).forEach(requireKnownRules);
}

function staticParameters({ traits }: Shape): JsonObject {
  const named = objectTrait(traits, "smithy.rules#staticContextParams") ?? {};
  return Object.fromEntries(
    Object.entries(named).flatMap(([name, parameter]) =>
      isJsonObject(parameter) ? [[name, parameter.value ?? null]] : [],
    ),
  );
}

/** An AWS service without rules is where its name says (AWS General Reference, "AWS service endpoints"). */
function regional({ service }: Model, region: string): EndpointV2 {
  const described = objectTrait(service.traits, "aws.api#service");
  const prefix = described?.endpointPrefix ?? described?.arnNamespace;
  if (typeof prefix !== "string") {
    throw new TargetError(`The service ${nameOf(service.id)} has no address: give it the trait ${rulesTrait}.`);
  }
  return { url: new URL(`https://${prefix}.${region}.${partition(region).dnsSuffix}`) };
}

/** How requests of an operation may be authenticated: its own word counts before its service's. */
function schemesOf({ service }: Model, { traits }: Shape): string[] {
  const chosen = traits["smithy.api#auth"] ?? service.traits["smithy.api#auth"];
  if ("smithy.api#optionalAuth" in traits) return [];
  if (Array.isArray(chosen)) return chosen.map(String);
  return Object.keys(service.traits).filter((id) => authenticationTraits.has(id));
}

const authenticationTraits: ReadonlySet<string> = new Set([
  "aws.auth#sigv4",
  "aws.auth#sigv4a",
  "smithy.api#httpBasicAuth",
  "smithy.api#httpDigestAuth",
  "smithy.api#httpBearerAuth",
  "smithy.api#httpApiKeyAuth",
]);

function signingOf(
  { service }: Model,
  operation: Shape,
  schemes: readonly string[],
  region: string,
  properties: EndpointV2["properties"],
): { readonly signing?: SigningScope } {
  if (schemes.length === 0) return {};
  if (!schemes.includes("aws.auth#sigv4")) {
    throw new TargetError(`${nameOf(operation.id)} takes ${schemes.join(", ")} and no SigV4 signature.`);
  }
  const name = textTrait(objectTrait(service.traits, "aws.auth#sigv4") ?? {}, "name");
  const ruled = sigV4In(properties);
  const signingName = ruled?.signingName ?? name;
  if (typeof signingName !== "string")
    throw new TargetError(`The trait aws.auth#sigv4 of ${nameOf(service.id)} has no name.`);
  const { signingRegion = region } = ruled ?? {};
  return { signing: { service: signingName, region: String(signingRegion) } };
}

/** What endpoint rules say of the signature. */
function sigV4In(properties: EndpointV2["properties"]): JsonObject | undefined {
  const schemes: unknown = properties?.authSchemes;
  if (!Array.isArray(schemes)) return undefined;
  return schemes.filter(isJsonObject).find(({ name }) => name === "sigv4");
}
