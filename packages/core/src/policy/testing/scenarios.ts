import fc from "fast-check";
import type { Principal } from "../../identity/principal.ts";
import type { JsonObject } from "../../json.ts";
import { gatewayArn, gatewayOf, tool, user, withSearch } from "./configuration.ts";

/** Random policies and calls around one tool of a small gateway, for the tests that compare the engine with plain Cedar. */

export const configuration = gatewayOf(
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

/** A call without its time. */
export interface Call {
  readonly tool: string;
  readonly arguments: JsonObject;
  readonly principal: Principal;
}

const act = (id: string) => `AgentCore::Action::${JSON.stringify(id)}`;
const usr = (id: string) => `AgentCore::OAuthUser::"${id}"`;
const gw = (id: string) => `AgentCore::Gateway::"${id}"`;
const one = <T>(...values: T[]) => fc.constantFrom(...values);
const weighted = <T>(...choices: [number, fc.Arbitrary<T>][]) =>
  fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })));

const principalScope = weighted(
  [6, one("principal", "principal is AgentCore::OAuthUser")],
  [2, one(`principal == ${usr("alice")}`, `principal in ${usr("bob")}`)],
  [1, one("principal is AgentCore::IamEntity", `principal == AgentCore::IamEntity::"alice"`)],
);
const resourceScope = weighted(
  [6, one("resource", `resource == ${gw(gatewayArn)}`)],
  [
    2,
    one(
      "resource is AgentCore::Gateway",
      `resource is AgentCore::Gateway in ${gw(gatewayArn)}`,
      `resource in ${gw(gatewayArn)}`,
    ),
  ],
  [
    1,
    one(
      `resource == ${gw("arn:other")}`,
      `resource is AgentCore::Gateway in ${gw("arn:other")}`,
      "resource is AgentCore::OAuthUser",
    ),
  ],
);

/** Conditions on the caller that the engine makes an index of. */
const guards = [
  `principal.hasTag("dept") && principal.getTag("dept") == "finance"`,
  `principal.hasTag("dept") && ["finance", "risk"].contains(principal.getTag("dept"))`,
  `principal.hasTag("role") && "admin" == principal.getTag("role")`,
  `context has input && principal.hasTag("role") && principal.getTag("role") == "x"`,
];
/** Conditions that err for some or all requests, and are strictly valid all the same. */
const arithmetic = [
  "9007199254740991 * 9007199254740991 > 0",
  `principal.hasTag("role") && 9007199254740991 * 9007199254740991 > 0`,
  ...guards.slice(0, 2).map((guard) => `9007199254740991 * 9007199254740991 > 0 && ${guard}`),
];
const generalConditions = [
  `principal.hasTag("role")`,
  "principal.hasTag(principal.id)",
  `${usr("alice")}.hasTag("role")`,
  `${usr("alice")} has id`,
  `principal.id == "alice"`,
  "principal has id",
  `principal == ${usr("bob")}`,
  `(if principal.hasTag("role") then principal else ${usr("bob")}).id == "bob"`,
  `action in ${act("A")}`,
  `action == ${act("A___read")}`,
  `${act("A___create")} in ${act("A")}`,
  `resource == ${gw(gatewayArn)}`,
  `context.system.now < datetime("2026-12-01")`,
  `context.system.now == datetime("2026-01-01")`,
  "context has input",
  `(if principal.hasTag("role") then context else context).input has region`,
  `(if principal.hasTag("role") then context.input else context.input) has region`,
  `(if principal.hasTag("role") then context.input else context.input) has at.deep`,
  "[context.input].contains(context.input)",
  "9223372036854775807 > 9223372036854775806",
];
const inputConditions: Record<string, string[]> = {
  A___create: [
    "context.input.amount < 5",
    "context.input.amount * 9007199254740991 > 0",
    `context.input.amount * 9007199254740991 > 0 && ${guards[0]}`,
    "context.input.amount == 9007199254740993",
    "context has input.amount && context.input.amount == 4",
    `context.input has region && context.input.region == "US"`,
    `context.input has mode && context.input.mode == AgentCore::A___create_Input_mode::"fast"`,
    `context.input has mode && context.input.mode is AgentCore::A___create_Input_mode`,
    `context.input has rate && context.input.rate.lessThan(decimal("1.5"))`,
    `context.input has note && context.input.note has typeChoice0 && context.input.note.typeChoice0 == "x"`,
    "context.input has note.typeChoice1",
    `context.input has tags && context.input.tags.contains("p")`,
  ],
  A___read: [
    "context.input has amount && context.input.amount >= 3",
    `context.input has region && context.input.region like "U*"`,
  ],
  "B-x___run.it": [
    `context.input has "max-n" && context.input["max-n"] > 2`,
    `context.input has extra && context.input.extra.hasTag("dept") && context.input.extra.getTag("dept") == "q"`,
    "context.input has extra && context.input.extra.hasTag(principal.id)",
    "context.input has at && context.input.at has deep.on && context.input.at.deep.on",
    "context.input has at.deep.on",
    "context has input.at.deep.on && context.input.at.deep.on",
  ],
  x_amz_bedrock_agentcore_search: [`context.input.query == "US"`, "context has input.query"],
};

function conditionAbout(name: string): fc.Arbitrary<string> {
  const atom = weighted(
    [6, one(...(inputConditions[name] ?? []))],
    [4, one(...guards)],
    [3, one(...generalConditions)],
    [1, one(...arithmetic)],
    [1, one(...Object.values(inputConditions).flat())],
  );
  return fc.letrec<{ expr: string }>((tie) => ({
    expr: fc.oneof(
      { maxDepth: 2 },
      { weight: 4, arbitrary: atom },
      { weight: 3, arbitrary: fc.tuple(tie("expr"), tie("expr")).map(([a, b]) => `${a} && (${b})`) },
      { weight: 1, arbitrary: fc.tuple(tie("expr"), tie("expr")).map(([a, b]) => `((${a}) || (${b}))`) },
      { weight: 1, arbitrary: tie("expr").map((a) => `!(${a})`) },
      {
        weight: 1,
        arbitrary: fc
          .tuple(tie("expr"), tie("expr"), tie("expr"))
          .map(([a, b, c]) => `(if (${a}) then (${b}) else (${c}))`),
      },
    ),
  })).expr;
}

function policyAbout(name: string): fc.Arbitrary<string> {
  const group = name.startsWith("A") ? "A" : name.startsWith("B-x") ? "B-x" : "CallTool";
  const anything = one(...toolNames, "A", "B-x", "CallTool", "Mcp", "A___removed");
  const actionScope = weighted(
    [3, fc.constant("action")],
    [3, fc.constant(`action == ${act(name)}`)],
    [3, one(group, "CallTool", "Mcp").map((one) => `action in ${act(one)}`)],
    [1, anything.map((one) => `action == ${act(one)}`)],
    [2, fc.array(anything, { minLength: 1, maxLength: 3 }).map((list) => `action in [${list.map(act).join(", ")}]`)],
  );
  const clause = fc
    .tuple(one("when", "when", "unless"), conditionAbout(name))
    .map(([kind, body]) => `${kind} { ${body} }`);
  return fc
    .tuple(
      one("permit", "permit", "forbid"),
      principalScope,
      actionScope,
      resourceScope,
      fc.array(clause, { maxLength: 2 }),
    )
    .map(
      ([effect, principal, action, resource, clauses]) =>
        `${effect}(${principal}, ${action}, ${resource}) ${clauses.join(" ")};`,
    );
}

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
const toolNames = Object.keys(inputs);

function callOf(name: string): fc.Arbitrary<Call> {
  return fc.record({
    tool: fc.constant(name),
    arguments: inputs[name] ?? fc.constant({}),
    principal: fc
      .record({
        id: one("alice", "bob"),
        dept: optional(one("finance", "risk", "q")),
        role: optional(one("admin", "x")),
        alice: optional(one("y")),
      })
      .map(({ id, ...tags }) => user(JSON.parse(JSON.stringify(tags)), id)),
  });
}

/** Policies, and calls that they are about, most of them of one tool. */
export const scenario: fc.Arbitrary<{ statements: string[]; calls: Call[] }> = one(...toolNames).chain((name) =>
  fc.record({
    statements: fc.array(policyAbout(name), { minLength: 1, maxLength: 5 }),
    calls: fc.array(weighted([4, callOf(name)], [1, one(...toolNames).chain(callOf)]), { minLength: 1, maxLength: 3 }),
  }),
);
