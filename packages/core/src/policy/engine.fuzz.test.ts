import {
  type AuthorizationCall,
  type EntityJson,
  isAuthorized,
  type PolicyJson,
  policyToJson,
  validate,
} from "@cedar-policy/cedar-wasm/nodejs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Principal } from "../identity/principal.ts";
import type { Json, JsonObject } from "../json.ts";
import { encodeInput } from "./encode.ts";
import { compilePolicies, type PolicyDecision } from "./engine.ts";
import { buildSchema, type ToolAction } from "./schema.ts";
import { ancestorsOf } from "./schemaParts.ts";
import { gatewayArn, gatewayOf, now, policiesOf, tool, user, withSearch } from "./testing.ts";

/**
 * The engine against plain Cedar: all policies, the whole request, the whole action hierarchy, no preparation. What is
 * ours is modelled here in the plainest way: a permit that isn't strictly valid for the tool doesn't count, a forbid that
 * isn't blocks the tool, and a policy that errs denies.
 */

const configuration = gatewayOf(
  {
    A: [
      tool("create", {
        "amount!": { type: "integer" },
        region: { type: "string" },
        mode: { type: "string", enum: ["fast", "slow"] },
        rate: { type: "number" },
        note: { type: ["string", "null"] },
        tags: { type: "array", items: { type: "string" } },
      }),
      tool("read", { amount: { type: "integer" }, region: { type: "string" } }),
    ],
    "B-x": [
      tool("run.it", {
        "max-n": { type: "integer" },
        extra: { type: "object", additionalProperties: { type: "string" } },
        at: { type: "object", properties: { deep: { type: "object", properties: { on: { type: "boolean" } } } } },
      }),
    ],
  },
  withSearch,
);
const schema = buildSchema(configuration);
const tools = [...schema.actions.values()];
const names = [...schema.actions.keys()];

const act = (id: string) => `AgentCore::Action::${JSON.stringify(id)}`;
const usr = (id: string) => `AgentCore::OAuthUser::"${id}"`;
const gw = (id: string) => `AgentCore::Gateway::"${id}"`;
const one = <T>(...values: T[]) => fc.constantFrom(...values);
const actionNames = one(...names, "A", "B-x", "CallTool", "Mcp", "A___removed");

const principalScope = one(
  "principal",
  "principal is AgentCore::OAuthUser",
  "principal is AgentCore::IamEntity",
  `principal == ${usr("alice")}`,
  `principal in ${usr("bob")}`,
);
const actionScope = fc.oneof(
  one("action"),
  actionNames.map((name) => `action == ${act(name)}`),
  actionNames.map((name) => `action in ${act(name)}`),
  fc.array(actionNames, { minLength: 1, maxLength: 3 }).map((list) => `action in [${list.map(act).join(", ")}]`),
);
const resourceScope = one(
  "resource",
  "resource",
  `resource == ${gw(gatewayArn)}`,
  `resource == ${gw("arn:other")}`,
  "resource is AgentCore::Gateway",
  `resource is AgentCore::Gateway in ${gw(gatewayArn)}`,
  `resource in ${gw(gatewayArn)}`,
);

const anyToolAtom = one(
  `principal.hasTag("dept") && principal.getTag("dept") == "finance"`,
  `principal.hasTag("dept") && ["finance", "risk"].contains(principal.getTag("dept"))`,
  `principal.hasTag("role") && "admin" == principal.getTag("role")`,
  `principal.hasTag("role")`,
  `principal.hasTag(principal.id)`,
  `${usr("alice")}.hasTag("role")`,
  `${usr("alice")} has id`,
  `principal.id == "alice"`,
  `principal has id`,
  `principal == ${usr("bob")}`,
  `(if principal.hasTag("role") then principal else ${usr("bob")}).id == "bob"`,
  `action in ${act("A")}`,
  `action == ${act("A___read")}`,
  `${act("A___create")} in ${act("A")}`,
  `resource == ${gw(gatewayArn)}`,
  `context.system.now < datetime("2026-12-01")`,
  `context.system.now == datetime("2026-01-01")`,
  "context == context",
  "context has input",
  "context.input == context.input",
  // Arithmetic that errs for some or all requests is strictly valid.
  "9007199254740991 * 9007199254740991 > 0",
  "9223372036854775807 > 9223372036854775806",
  `principal.hasTag("role") && 9007199254740991 * 9007199254740991 > 0`,
);
const inputAtom = one(
  "context.input.amount < 5",
  "context.input.amount * 9007199254740991 > 0",
  "context.input.amount == 9007199254740993",
  "context.input has amount && context.input.amount >= 3",
  "context has input.amount && context.input.amount == 4",
  `context.input has region && context.input.region == "US"`,
  `context.input has region && context.input.region like "U*"`,
  `context.input has mode && context.input.mode == AgentCore::A___create_Input_mode::"fast"`,
  `context.input has rate && context.input.rate.lessThan(decimal("1.5"))`,
  `context.input has note && context.input.note has typeChoice0 && context.input.note.typeChoice0 == "x"`,
  "context.input has note.typeChoice1",
  `context.input has tags && context.input.tags.contains("p")`,
  `context.input has "max-n" && context.input["max-n"] > 2`,
  `context.input has extra && context.input.extra.hasTag("dept") && context.input.extra.getTag("dept") == "q"`,
  "context.input has at && context.input.at has deep.on && context.input.at.deep.on",
  "context.input has at.deep.on",
);
const atom = fc.oneof(anyToolAtom, inputAtom);
const condition = fc.letrec<{ expr: string }>((tie) => ({
  expr: fc.oneof(
    { maxDepth: 2 },
    atom,
    fc.tuple(tie("expr"), tie("expr")).map(([a, b]) => `(${a}) && (${b})`),
    fc.tuple(tie("expr"), tie("expr")).map(([a, b]) => `(${a}) || (${b})`),
    tie("expr").map((a) => `!(${a})`),
    fc.tuple(tie("expr"), tie("expr"), tie("expr")).map(([a, b, c]) => `(if (${a}) then (${b}) else (${c}))`),
  ),
})).expr;
const clause = fc.tuple(one("when", "when", "unless"), condition).map(([kind, body]) => `${kind} { ${body} }`);
const policy = fc
  .tuple(
    one("permit", "permit", "forbid"),
    principalScope,
    actionScope,
    resourceScope,
    fc.array(clause, { maxLength: 2 }),
  )
  .map(([effect, p, a, r, clauses]) => `${effect}(${p}, ${a}, ${r}) ${clauses.join(" ")};`);

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const inputs: Record<string, fc.Arbitrary<JsonObject>> = {
  A___create: fc.record(
    {
      amount: one(0, 3, 4, 5, 9_000, -1),
      region: one("US", "UK", "EU"),
      mode: one("fast", "slow"),
      rate: one(1, 1.25, 2.5),
      note: one("x", "y", null),
      tags: fc.array(one("p", "q")),
    },
    { requiredKeys: ["amount"] },
  ),
  A___read: fc.record({ amount: one(0, 3, 4, 5, 9_000), region: one("US", "FR") }, { requiredKeys: [] }),
  "B-x___run.it": fc.record(
    {
      "max-n": one(1, 3),
      extra: fc.record({ dept: one("q", "r"), role: one("admin") }, { requiredKeys: [] }),
      at: one({}, { deep: {} }, { deep: { on: true } }, { deep: { on: false } }),
    },
    { requiredKeys: [] },
  ),
  x_amz_bedrock_agentcore_search: fc.record({ query: one("US", "") }),
};
const request = one(...names).chain((name) =>
  fc.record({
    tool: fc.constant(name),
    arguments: inputs[name] ?? fc.constant({}),
    principal: fc
      .record({
        id: one("alice", "bob"),
        dept: optional(one("finance", "risk", "q")),
        role: optional(one("admin", "x")),
        alice: optional(one("y")),
      })
      .map(({ id, ...tags }) =>
        user(Object.fromEntries(Object.entries(tags).filter(([, v]) => v !== undefined)) as Record<string, string>, id),
      ),
  }),
);

interface Modelled {
  readonly decision: "ALLOW" | "DENY";
  readonly error: boolean;
  readonly determining: readonly string[];
}

/** Plain Cedar, and our two rules. */
function model(
  statements: readonly string[],
  call: { tool: string; principal: Principal; arguments: JsonObject },
): Modelled {
  const action = schema.actions.get(call.tool) as ToolAction;
  const policies = statements.map((text) => parse(text));
  const valid = policies.map((json) => isValidFor(json, action));
  const blocked = policies.some((json, i) => json.effect === "forbid" && !valid[i] && scopeCanHold(json, action));
  if (blocked) return { decision: "DENY", error: true, determining: [] };
  const usable = Object.fromEntries(
    statements.flatMap((text, i) => (valid[i] || !scopeCanHold(parse(text), action) ? [[`policy-${i}`, text]] : [])),
  );
  const answer = isAuthorized({ ...plainRequest(call, action), policies: { staticPolicies: usable } });
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
const isValidFor = memo(isPlainlyValidFor, (json, action) => `${action.name} ${JSON.stringify(json)}`);
const scopeCanHold = memo(
  scopeCanPlainlyHold,
  ({ effect: _, conditions: __, ...scope }, action) => `${action.name} ${JSON.stringify(scope)}`,
);

function parsePlainly(text: string): PolicyJson {
  const answer = policyToJson(text);
  if (answer.type === "failure") throw new Error(`${text}: ${JSON.stringify(answer.errors)}`);
  return answer.json;
}

/** Whether the policy is strictly valid for one action, in the whole schema. */
function isPlainlyValidFor(json: PolicyJson, action: ToolAction): boolean {
  const policyOfAction: PolicyJson = {
    ...json,
    action: { op: "==", entity: { type: "AgentCore::Action", id: action.name } },
  };
  const answer = validate({
    schema: schema.json,
    policies: { staticPolicies: { policy: withoutInexactIntegers(policyOfAction) } },
  });
  if (answer.type === "failure") throw new Error(JSON.stringify(answer.errors));
  return answer.validationErrors.length === 0;
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
  const call = { tool: action.name, principal: user(), arguments: {} };
  const answer = isAuthorized({ ...plainRequest(call, action, false), policies: { staticPolicies: { scope } } });
  return answer.type === "success" && answer.response.decision === "allow";
}

function plainRequest(
  { tool: name, principal, arguments: args }: { tool: string; principal: Principal; arguments: JsonObject },
  action: ToolAction,
  withInput = true,
): Omit<AuthorizationCall, "policies"> {
  const encoded = withInput ? encodeInput(action.input, args) : { ok: true as const, input: {}, entities: [] };
  if (!encoded.ok) throw new Error(encoded.reason);
  const uid = (id: string) => ({ type: "AgentCore::Action", id });
  const parents = new Map<string, string | undefined>([
    ...schema.groups,
    ...tools.map((one): [string, string] => [one.name, one.group]),
  ]);
  const hierarchy: EntityJson[] = [...parents].map(([id, group]) => ({
    uid: uid(id),
    attrs: {},
    parents: group === undefined ? [] : ancestorsOf(group, schema.groups).map(uid),
  }));
  const self: EntityJson = {
    uid: { type: principal.type, id: principal.id },
    attrs: { id: principal.id },
    parents: [],
    tags: { ...principal.tags },
  };
  return {
    principal: { type: principal.type, id: principal.id },
    action: uid(name),
    resource: { type: "AgentCore::Gateway", id: gatewayArn },
    context: { input: encoded.input, system: { now: { __extn: { fn: "datetime", arg: now.toISOString() } } } },
    entities: [self, ...hierarchy, ...encoded.entities],
    ...(withInput ? { schema: schema.json, validateRequest: true } : {}),
  };
}

function seen({ decision, error, determiningPolicies }: PolicyDecision): Modelled {
  return { decision, error: error === true, determining: error ? [] : [...determiningPolicies].sort() };
}

describe("the engine against plain Cedar", () => {
  test("decides alike, whatever it prepares and leaves out", () => {
    const tally = { ALLOW: 0, DENY: 0, error: 0, determined: 0 };
    fc.assert(
      fc.property(
        fc.array(policy, { maxLength: 6 }),
        fc.array(request, { minLength: 1, maxLength: 3 }),
        (statements, requests) => {
          const engine = compilePolicies({ configuration, policies: policiesOf(...statements) });
          const expectations = requests.map((call) => ({ call, expected: model(statements, call) }));
          for (const { call, expected } of expectations) {
            expect(seen(engine.authorize({ ...call, now }))).toEqual(expected);
            tally[expected.decision]++;
            if (expected.error) tally.error++;
            if (expected.determining.length > 0) tally.determined++;
          }
          engine.release();
          for (const { call, expected } of expectations) {
            expect(seen(engine.authorize({ ...call, now }))).toEqual(expected);
          }
        },
      ),
      { numRuns: 500 },
    );
    expect(Math.min(tally.ALLOW, tally.error, tally.determined)).toBeGreaterThan(20);
  });

  test("shows every tool of which some call is allowed, and none without a permit that can apply", () => {
    fc.assert(
      fc.property(
        fc.array(policy, { maxLength: 5 }),
        fc.array(request, { minLength: 1, maxLength: 6 }),
        (statements, requests) => {
          const engine = compilePolicies({ configuration, policies: policiesOf(...statements) });
          for (const call of requests) {
            const { shown, hidden } = engine.list({ principal: call.principal, now });
            expect([...shown, ...hidden].sort()).toEqual([...names].sort());
            if (engine.authorize({ ...call, now }).decision === "ALLOW") expect(shown).toContain(call.tool);
            const action = schema.actions.get(call.tool) as ToolAction;
            const permits = statements
              .map(parse)
              .filter((json) => json.effect === "permit" && scopeCanHold(json, action));
            if (permits.length === 0) expect(hidden).toContain(call.tool);
          }
          engine.release();
        },
      ),
      { numRuns: 500 },
    );
  });

  test("T14: an argument that Cedar can't hold is let through only where no policy looks at it", () => {
    fc.assert(
      fc.property(
        fc.array(policy, { maxLength: 5 }),
        request,
        one<Json>(2 ** 53, 1.5, -(2 ** 60), "4", null),
        (statements, call, bad) => {
          const engine = compilePolicies({ configuration, policies: policiesOf(...statements) });
          const withAmount = (amount: Json) =>
            engine.authorize({ ...call, tool: "A___create", arguments: { amount }, now }).decision;
          if (withAmount(bad) === "ALLOW")
            expect([0, 4, 5, -1, 9_000].map((amount) => withAmount(amount))).toEqual([
              "ALLOW",
              "ALLOW",
              "ALLOW",
              "ALLOW",
              "ALLOW",
            ]);
          engine.release();
        },
      ),
      { numRuns: 500 },
    );
  });
});
