import { isAuthorized, type PolicyJson, policyToJson, validate } from "@cedar-policy/cedar-wasm/nodejs";
import type { ToolAction } from "../schema/policySchema.ts";
import { buildSchema } from "../schema/schema.ts";
import { now, user } from "./configuration.ts";
import { plainRequest, plainScope } from "./plainRequest.ts";
import { type Call, configuration } from "./scenarios.ts";

/**
 * Plain Cedar: all policies, the whole request, the whole action hierarchy, no preparation. What is ours is modelled in the
 * plainest way: a permit that isn't strictly valid for the tool doesn't count, a forbid that isn't blocks the tool, and a
 * policy that errs denies.
 */

const schema = buildSchema(configuration);

export interface Modelled {
  readonly decision: "ALLOW" | "DENY";
  readonly error: boolean;
  readonly determining: readonly string[];
}

/** What is decided about a call. */
export function model(statements: readonly string[], call: Call): Modelled {
  const action = schema.actions.get(call.tool) as ToolAction;
  const policies = statements.map((text) => parse(text));
  const valid = validFor(policies, action);
  const blocked = policies.some((json, i) => json.effect === "forbid" && !valid[i] && scopeCanHold(json, action));
  if (blocked) return { decision: "DENY", error: true, determining: [] };
  const usable = Object.fromEntries(
    statements.flatMap((text, i) => (valid[i] || !scopeCanHold(parse(text), action) ? [[`policy-${i}`, text]] : [])),
  );
  const answer = isAuthorized({
    ...plainRequest({ ...call, now }, schema),
    schema: schema.json,
    validateRequest: true,
    policies: { staticPolicies: usable },
  });
  if (answer.type === "failure") throw new Error(JSON.stringify(answer.errors));
  const { decision, diagnostics } = answer.response;
  const error = diagnostics.errors.length > 0;
  return {
    decision: decision === "allow" && !error ? "ALLOW" : "DENY",
    error,
    determining: error ? [] : diagnostics.reason.sort(),
  };
}

const memo = <A extends unknown[], T>(compute: (...args: A) => T, keyOf: (...args: A) => string) => {
  const known = new Map<string, T>();
  return (...args: A): T => {
    const key = keyOf(...args);
    const value = known.get(key) ?? compute(...args);
    known.set(key, value);
    return value;
  };
};

const parse = memo(parsePlainly, (text) => text);
const scopeCanHold = memo(
  scopeCanPlainlyHold,
  ({ effect: _, conditions: __, ...scope }, action) => `${action.name} ${JSON.stringify(scope)}`,
);

function parsePlainly(text: string): PolicyJson {
  const answer = policyToJson(text);
  if (answer.type === "failure") throw new Error(`${text}: ${JSON.stringify(answer.errors)}`);
  return answer.json;
}

const knownValidity = new Map<string, boolean>();

/** Which of the policies are strictly valid for one action, in the whole schema, which Cedar reads anew for each question. */
function validFor(policies: readonly PolicyJson[], action: ToolAction): boolean[] {
  const keys = policies.map((json) => `${action.name} ${JSON.stringify(json)}`);
  const unknown = policies.flatMap((json, i) =>
    knownValidity.has(keys[i] ?? "") ? [] : [[keys[i] ?? "", json] as const],
  );
  if (unknown.length > 0) {
    const entity = { type: "AgentCore::Action", id: action.name };
    const ofAction = (json: PolicyJson) => withoutInexactIntegers({ ...json, action: { op: "==", entity } });
    const staticPolicies = Object.fromEntries(unknown.map(([key, json]) => [key, ofAction(json)]));
    const answer = validate({ schema: schema.json, policies: { staticPolicies } });
    if (answer.type === "failure") throw new Error(JSON.stringify(answer.errors));
    const wrong = new Set(answer.validationErrors.map(({ policyId }) => policyId));
    for (const [key] of unknown) knownValidity.set(key, !wrong.has(key));
  }
  return keys.map((key) => knownValidity.get(key) === true);
}

/** Cedar's JSON in JavaScript rounds large integers to something that isn't one; for types any integer will do. */
function withoutInexactIntegers(json: PolicyJson): PolicyJson {
  return JSON.parse(JSON.stringify(json), (_, value) =>
    typeof value === "number" && !Number.isSafeInteger(value) ? 1 : value,
  );
}

function scopeCanPlainlyHold(json: PolicyJson, action: ToolAction): boolean {
  if ("entity_type" in json.principal && json.principal.entity_type === "AgentCore::IamEntity") return false;
  const scope: PolicyJson = { ...json, effect: "permit", principal: { op: "All" }, conditions: [] };
  const request = plainScope({ tool: action.name, principal: user() }, schema);
  const answer = isAuthorized({ ...request, policies: { staticPolicies: { scope } } });
  return answer.type === "success" && answer.response.decision === "allow";
}

/** Whether some permit could apply to a tool, as far as scopes say. */
export function somePermitIsAbout(statements: readonly string[], name: string): boolean {
  const action = schema.actions.get(name) as ToolAction;
  return statements.map((text) => parse(text)).some((json) => json.effect === "permit" && scopeCanHold(json, action));
}
