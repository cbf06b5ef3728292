import fc from "fast-check";
import type { JsonObject } from "../../../json.ts";
import { gatewayOf, tool, user } from "../../testing/configuration.ts";
import type { ExampleRequest } from "../example.ts";

/** Policies and requests that use everything the translation follows, around one tool with an argument of each type. */

export const richTool = "T___rich";

export const richConfiguration = gatewayOf({
  T: [
    tool("rich", {
      "amount!": { type: "integer" },
      other: { type: "integer" },
      flag: { type: "boolean" },
      region: { type: "string" },
      owner: { type: "string" },
      mode: { type: "string", enum: ["fast", "slow"] },
      rate: { type: "number" },
      note: { type: ["string", "null"] },
      labels: { type: "array", items: { type: "string" } },
      counts: { type: "array", items: { type: "integer" } },
      modes: { type: "array", items: { type: "string", enum: ["fast", "slow"] } },
      pair: { type: "array", prefixItems: [{ type: "integer" }, { type: "string" }], items: false },
      at: { type: "object", properties: { "a/b": { type: "object", properties: { on: { type: "boolean" } } } } },
      extra: { type: "object", properties: { known: { type: "integer" } }, additionalProperties: { type: "string" } },
      start: { type: "string", format: "date-time" },
      span: { type: "string", format: "duration" },
    }),
  ],
});

const one = <T>(...values: T[]) => fc.constantFrom(...values);
const usr = (id: string) => `AgentCore::OAuthUser::"${id}"`;
const input = "context.input";
const has = (name: string, body: string) => `(${input} has ${name} && ${body})`;

const longs: fc.Arbitrary<string> = fc.letrec<{ expr: string }>((tie) => ({
  expr: fc.oneof(
    { maxDepth: 2 },
    {
      weight: 5,
      arbitrary: one(
        `${input}.amount`,
        "0",
        "1",
        "3",
        "-2",
        "9007199254740991",
        "9223372036854775807",
        "-9223372036854775808",
        "4611686018427387904",
        `(if ${input} has other then ${input}.other else 7)`,
        `(if ${input} has pair then ${input}.pair.proj0 else 2)`,
      ),
    },
    {
      weight: 3,
      arbitrary: fc.tuple(tie("expr"), one("+", "-", "*"), tie("expr")).map(([a, op, b]) => `(${a} ${op} ${b})`),
    },
    { weight: 1, arbitrary: tie("expr").map((a) => `(-${a})`) },
  ),
})).expr;

const strings = one(
  "principal.id",
  `"US"`,
  `"alice"`,
  `(if ${input} has region then ${input}.region else "none")`,
  `(if ${input} has owner then ${input}.owner else principal.id)`,
  `(if principal.hasTag("dept") then principal.getTag("dept") else "risk")`,
  `(if ${input} has extra && ${input}.extra.hasTag("dept") then ${input}.extra.getTag("dept") else "q")`,
);

const sets = one(`["p", "q"]`, `["US", principal.id]`, `(if ${input} has labels then ${input}.labels else ["p"])`);

const durations = one(
  `duration("1h")`,
  `duration("-1d2h3m4s5ms")`,
  "context.system.now.toTime()",
  `context.system.now.durationSince(datetime("2026-01-01"))`,
  `(if ${input} has span then ${input}.span else duration("0ms"))`,
);
const times = one(
  "context.system.now",
  "context.system.now.toDate()",
  `datetime("2026-01-01")`,
  `datetime("2025-12-31T23:30:00-0100")`,
  `datetime("1969-12-31T01:02:03.004Z")`,
  `context.system.now.offset(duration("-12h"))`,
  `(if ${input} has start then ${input}.start.toDate() else datetime("2026-06-01"))`,
);
const decimals = one(
  `decimal("1.5")`,
  `decimal("-0.25")`,
  `(if ${input} has rate then ${input}.rate else decimal("1.25"))`,
);
const order = one("<", "<=", ">", ">=", "==", "!=");

const atoms = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(longs, order, longs).map(([a, op, b]) => `(${a} ${op} ${b})`) },
  { weight: 3, arbitrary: fc.tuple(strings, one("==", "!="), strings).map(([a, op, b]) => `(${a} ${op} ${b})`) },
  { weight: 2, arbitrary: fc.tuple(sets, strings).map(([a, b]) => `${a}.contains(${b})`) },
  {
    weight: 2,
    arbitrary: fc.tuple(sets, one("containsAll", "containsAny"), sets).map(([a, f, b]) => `${a}.${f}(${b})`),
  },
  { weight: 1, arbitrary: fc.tuple(sets, one("==", "!="), sets).map(([a, op, b]) => `(${a} ${op} ${b})`) },
  { weight: 1, arbitrary: fc.tuple(durations, order, durations).map(([a, op, b]) => `(${a} ${op} ${b})`) },
  { weight: 1, arbitrary: fc.tuple(times, order, times).map(([a, op, b]) => `(${a} ${op} ${b})`) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(decimals, one("lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"), decimals)
      .map(([a, f, b]) => `${a}.${f}(${b})`),
  },
  {
    weight: 6,
    arbitrary: one(
      "true",
      "false",
      has("flag", `${input}.flag`),
      has("labels", `${input}.labels.isEmpty()`),
      has("counts", `${input}.counts.contains(${input}.amount)`),
      has("counts", `${input}.counts == [1, 2, 1]`),
      has("modes", `${input}.modes.contains(AgentCore::T___rich_Input_modes::"fast")`),
      has("mode", `${input}.mode == AgentCore::T___rich_Input_mode::"fast"`),
      has("mode", `${input}.mode in [AgentCore::T___rich_Input_mode::"slow"]`),
      has("note", `${input}.note has typeChoice0 && ${input}.note.typeChoice0 == "x"`),
      has("note", `${input}.note has typeChoice1`),
      has("rate", `${input}.rate == decimal("1.25")`),
      has("pair", `${input}.pair.proj1 == "US"`),
      has("extra", `${input}.extra has known && ${input}.extra.known < 3`),
      has("extra", `${input}.extra.hasTag("known")`),
      `${input} has at && ${input}.at has "a/b" && ${input}.at["a/b"] has on && ${input}.at["a/b"].on`,
      `context has input.at`,
      `principal == ${usr("alice")}`,
      `principal in [${usr("bob")}, ${usr("carol")}]`,
      `principal is AgentCore::OAuthUser in ${usr("bob")}`,
      `${usr("alice")} has id`,
      `${usr("alice")}.hasTag("dept")`,
      `(if ${input} has flag then principal else ${usr("bob")}) has id`,
      `(if ${input} has flag && ${input}.flag then ${usr("alice")} else ${usr("bob")}) == principal`,
      `(if ${input} has flag then {a: ${input}.amount, b: true} else {a: 3, b: false}).a == 3`,
      `{a: ${input}.amount} == {a: 3}`,
      `[${input}.amount, 2].contains(3)`,
      `[[1], [${input}.amount]].contains([3])`,
      `action == AgentCore::Action::"T___rich"`,
      `(if principal.hasTag("dept") then action else AgentCore::Action::"Mcp") in AgentCore::Action::"T"`,
      `resource == AgentCore::Gateway::"other"`,
    ),
  },
);

const conditions = fc.letrec<{ expr: string }>((tie) => ({
  expr: fc.oneof(
    { maxDepth: 2 },
    { weight: 4, arbitrary: atoms },
    {
      weight: 2,
      arbitrary: fc.tuple(tie("expr"), one("&&", "||"), tie("expr")).map(([a, op, b]) => `(${a} ${op} ${b})`),
    },
    { weight: 1, arbitrary: tie("expr").map((a) => `!(${a})`) },
    {
      weight: 1,
      arbitrary: fc.tuple(tie("expr"), tie("expr"), tie("expr")).map(([a, b, c]) => `(if ${a} then ${b} else ${c})`),
    },
  ),
})).expr;

export const richPolicy: fc.Arbitrary<string> = fc
  .tuple(
    one("permit", "forbid"),
    one(
      "principal",
      "principal",
      `principal == ${usr("alice")}`,
      `principal in ${usr("bob")}`,
      "principal is AgentCore::OAuthUser",
    ),
    fc.array(
      fc.tuple(one("when", "unless"), conditions).map(([kind, body]) => `${kind} { ${body} }`),
      {
        minLength: 1,
        maxLength: 2,
      },
    ),
  )
  .map(([effect, principal, clauses]) => `${effect}(${principal}, action, resource) ${clauses.join(" ")};`);

const arguments_: fc.Arbitrary<JsonObject> = fc.record(
  {
    amount: one(0, 1, 2, 3, -1, 1024, 1025, 9007199254740991, -9007199254740991),
    other: one(0, 3, -3, 9007199254740991),
    flag: fc.boolean(),
    region: one("US", "alice", "p"),
    owner: one("US", "bob"),
    mode: one("fast", "slow"),
    rate: one<number | string>(1.25, 1.5, -0.25, 2, "1.2500"),
    note: one("x", "y", null),
    labels: fc.array(one("p", "q", "US", "alice"), { maxLength: 3 }),
    counts: fc.array(one(1, 2, 3), { maxLength: 3 }),
    modes: fc.array(one("fast", "slow"), { maxLength: 2 }),
    pair: fc.tuple(one(1, 3), one("US", "x")),
    at: one<JsonObject>({}, { "a/b": {} }, { "a/b": { on: true } }, { "a/b": { on: false } }),
    extra: one<JsonObject>({}, { known: 2 }, { dept: "q" }, { known: 4, dept: "US" }),
    start: one("2026-06-01T10:00:00Z", "2026-01-01", "1969-12-31T23:00:00+01:00"),
    span: one("PT1H", "P1DT0.5S", "PT0S"),
  },
  { requiredKeys: ["amount"] },
);

export const richRequest: fc.Arbitrary<ExampleRequest> = fc.record({
  principal: fc
    .record({ id: one("alice", "bob", "US"), dept: fc.option(one("risk", "US", "alice"), { nil: undefined }) })
    .map(({ id, dept }) => user(dept === undefined ? {} : { dept }, id)),
  tool: fc.constant(richTool),
  arguments: arguments_,
  now: one("2026-01-01T00:00:00.000Z", "2026-06-01T13:30:00.500Z", "1969-12-31T23:00:00.000Z"),
});
