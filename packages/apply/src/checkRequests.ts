import { checkAuthorizer } from "@gatehouse/core/control/authorizers.ts";
import { decode } from "@gatehouse/core/control/decode.ts";
import { type Operation, operations } from "@gatehouse/core/control/operations.ts";
import type { InputOf } from "@gatehouse/core/control/operationTypes.ts";
import { readTarget } from "@gatehouse/core/control/targetConfigurations.ts";
import { type FieldError, GatehouseError } from "@gatehouse/core/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "@gatehouse/core/json.ts";
import type { Document } from "./document.ts";
import { checkEvaluation } from "./evaluation/check.ts";
import { checkIdentity } from "./identity/check.ts";
import type { Problem } from "./problems.ts";
import { gatewayRequest, policyEngineRequest, policyRequest, targetRequest } from "./requests.ts";

type Schema = Operation["input"];

/** Identifiers of the right form, for requests that are checked and not sent. */
const someGateway = "gateway-0000000000";
const someEngine = "engine-0000000000";
const someArn = "arn:aws:bedrock-agentcore:us-east-1:000000000000:policy-engine/engine-0000000000";

/**
 * Checks every request that a document will become as the control plane will: by the SDK's schema, AgentCore's model and
 * what Gatehouse does. Members that the schema doesn't know are refused too, because a typo isn't meant.
 * @param document with its references replaced.
 */
export function checkRequests(document: Document): Problem[] {
  const problems: Problem[] = [];
  const report = (path: string, fields: readonly FieldError[]) =>
    problems.push(...fields.map(({ name, message }) => problemAt(path, name, message)));

  for (const [name, { settings, tags, ownSettings, policyEngine, targets }] of document.gateways) {
    const path = `gateways.${name}`;
    const own = readRequest("PutGatewaySettings", { gatewayIdentifier: someGateway, ...ownSettings });
    report(`${path}.settings`, own.fields);
    const attached = policyEngine && { policyEngineConfiguration: { arn: someArn, mode: policyEngine.mode } };
    const read = readRequest<"CreateGateway">("CreateGateway", {
      ...gatewayRequest(name, settings, tags),
      ...attached,
    });
    report(path, read.fields);
    if (read.input !== undefined) {
      const { authorizerType, authorizerConfiguration } = read.input;
      report(
        path,
        fieldsOf(() => checkAuthorizer(authorizerType, authorizerConfiguration, true)),
      );
    }
    for (const [target, entry] of targets) {
      const request = targetRequest(someGateway, target, entry);
      const { input, fields } = readRequest<"CreateGatewayTarget">("CreateGatewayTarget", request);
      // Whether an address on this machine is allowed is known to the service alone.
      report(`${path}.targets.${target}`, input === undefined ? fields : fieldsOf(() => readTarget(input, true)));
    }
  }
  for (const [name, { settings, tags, policies }] of document.policyEngines) {
    const path = `policyEngines.${name}`;
    report(path, readRequest("CreatePolicyEngine", policyEngineRequest(name, settings, tags)).fields);
    for (const [policy, entry] of policies) {
      const { fields } = readRequest("CreatePolicy", policyRequest(someEngine, policy, entry));
      report(`${path}.policies.${policy}`, fields);
    }
  }
  const checks = { read: readRequest, fieldsOf, problemAt };
  problems.push(...checkIdentity(document.identity, checks), ...checkEvaluation(document, checks));
  return problems;
}

type Operations =
  | "PutGatewaySettings"
  | "CreateGateway"
  | "CreateGatewayTarget"
  | "CreatePolicyEngine"
  | "CreatePolicy";

/** A request as the control plane reads it, or everything that is wrong with it. */
function readRequest<Op extends Operations>(
  name: Op,
  request: JsonObject,
): { readonly input?: InputOf<Op>; readonly fields: readonly FieldError[] } {
  const schema = operations.find((operation) => operation.name === name)?.input;
  if (schema === undefined) throw new GatehouseError("internal", `The SDK has no operation ${name}.`);
  const fields = unknownMembers(schema, request, "");
  const input = decode(schema, request, "", fields);
  return fields.length > 0 ? { fields } : { fields, input: input as InputOf<Op> }; // Decoded by this operation's schema.
}

function unknownMembers(schema: Schema, value: Json | undefined, path: string): FieldError[] {
  if (value === undefined || schema.isDocumentSchema()) return [];
  if (Array.isArray(value)) {
    if (!schema.isListSchema()) return [];
    return value.flatMap((item, index) => unknownMembers(schema.getValueSchema(), item, `${path}[${index}]`));
  }
  if (!isJsonObject(value)) return [];
  const members = schema.isStructSchema() ? schema.getMemberSchemas() : {};
  return Object.entries(value).flatMap(([name, member]): FieldError[] => {
    const at = path === "" ? name : `${path}.${name}`;
    if (schema.isMapSchema()) return unknownMembers(schema.getValueSchema(), member, at);
    if (!schema.isStructSchema()) return [];
    const inner = Object.hasOwn(members, name) ? members[name] : undefined;
    if (inner !== undefined) return unknownMembers(inner, member, at);
    return [{ name: at, message: `is not known here; there are ${Object.keys(members).join(", ")}` }];
  });
}

function fieldsOf(check: () => unknown): readonly FieldError[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof GatehouseError && error.code === "validation") return error.fields;
    throw error;
  }
}

/** What a request's member is called in a document. */
function problemAt(path: string, member: string, message: string): Problem {
  if (member === "name") return { path, message: `has a name that ${message}` };
  const inDocument = member.replace(/^definition\.cedar\.?/, "").replace(/^policyEngineConfiguration/, "policyEngine");
  return { path: inDocument === "" ? path : `${path}.${inDocument}`, message };
}
