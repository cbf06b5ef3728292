import fc from "fast-check";
import type { JsonObject } from "../../../json.ts";
import { gatewayOf, tool, user } from "../../testing/configuration.ts";
import type { ExampleRequest } from "../example.ts";

/**
 * A world in which few requests stand for all: policies compare each part of a request with few constants, so that one value
 * between each two of them, and one that is none of them, are enough. What holds of the requests that are enumerated here
 * holds of every request.
 */

export const smallConfiguration = gatewayOf({
  T: [
    tool("a", {
      "amount!": { type: "integer" },
      flag: { type: "boolean" },
      region: { type: "string" },
      mode: { type: "string", enum: ["fast", "slow"] },
      labels: { type: "array", items: { type: "string" } },
      rate: { type: "number" },
    }),
    tool("b", { "amount!": { type: "integer" }, note: { type: ["string", "boolean"] } }),
  ],
});

/** One part of a request: what policies may ask about it, and the values that stand for all. */
interface Feature {
  readonly conditions: readonly string[];
  readonly values: readonly Part[];
}

interface Part {
  readonly id?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly arguments?: JsonObject;
}

const input = "context.input";
const args = (...values: JsonObject[]): Part[] => values.map((one) => ({ arguments: one }));

const amount: Feature = {
  conditions: [
    `${input}.amount < 1`,
    `${input}.amount >= 3`,
    `${input}.amount == 2`,
    `${input}.amount + 1 > 3`,
    `3 - ${input}.amount <= 1`,
    `${input}.amount * 9007199254740991 > 0`,
    `-${input}.amount * 9007199254740991 < 9223372036854775807`,
  ],
  // 1,025 times 2^53-1 is beyond 64 bits, 1,024 times it isn't.
  values: args(...[-9007199254740991, -1025, -1024, -1, 0, 1, 2, 3, 4, 1024, 1025].map((n) => ({ amount: n }))),
};

const principal: Feature = {
  conditions: [
    `principal == AgentCore::OAuthUser::"alice"`,
    `principal.id == "bob"`,
    `principal in [AgentCore::OAuthUser::"alice", AgentCore::OAuthUser::"bob"]`,
    `AgentCore::OAuthUser::"alice" has id`,
  ],
  values: ["alice", "bob", "zoe"].map((id) => ({ id })),
};

const dept: Feature = {
  conditions: [
    `principal.hasTag("dept")`,
    `principal.hasTag("dept") && principal.getTag("dept") == "a"`,
    `principal.hasTag("dept") && principal.getTag("dept") != "b"`,
    `principal.hasTag("dept") && ["a", "b"].contains(principal.getTag("dept"))`,
  ],
  values: [{}, ...["a", "b", "z"].map((value) => ({ tags: { dept: value } }))],
};

const ofA: readonly Feature[] = [
  {
    conditions: [`${input} has flag`, `${input} has flag && ${input}.flag`],
    values: args({}, { flag: true }, { flag: false }),
  },
  {
    conditions: [
      `${input} has region && ${input}.region == "US"`,
      `${input} has region && ${input}.region != "UK"`,
      `!(${input} has region)`,
    ],
    values: args({}, { region: "US" }, { region: "UK" }, { region: "z" }),
  },
  {
    conditions: [
      `${input} has mode && ${input}.mode == AgentCore::T___a_Input_mode::"fast"`,
      `${input} has mode && ${input}.mode != AgentCore::T___a_Input_mode::"slow"`,
    ],
    values: args({}, { mode: "fast" }, { mode: "slow" }),
  },
  {
    conditions: [
      `${input} has labels && ${input}.labels.contains("p")`,
      `${input} has labels && ${input}.labels.containsAll(["p", "q"])`,
      `${input} has labels && ${input}.labels.containsAny(["p", "q"])`,
      `${input} has labels && ["p", "q"].containsAll(${input}.labels)`,
      `${input} has labels && ${input}.labels.isEmpty()`,
      `${input} has labels && ${input}.labels == ["q"]`,
    ],
    values: args(
      {},
      ...[[], ["p"], ["q"], ["p", "q"], ["z"], ["p", "z"], ["q", "z"], ["p", "q", "z"]].map((labels) => ({ labels })),
    ),
  },
  {
    conditions: [
      `${input} has rate && ${input}.rate.lessThan(decimal("1.5"))`,
      `${input} has rate && ${input}.rate == decimal("2.0")`,
    ],
    values: args({}, { rate: 1 }, { rate: 1.5 }, { rate: 2 }, { rate: 3 }),
  },
];
const ofB: readonly Feature[] = [
  {
    conditions: [
      `${input} has note && ${input}.note has typeChoice0`,
      `${input} has note && ${input}.note has typeChoice0 && ${input}.note.typeChoice0 == "x"`,
      `${input} has note && ${input}.note has typeChoice1 && ${input}.note.typeChoice1`,
    ],
    values: args({}, { note: "x" }, { note: "z" }, { note: true }, { note: false }),
  },
];

/** Policies about few parts of the requests for one tool, and all requests that can differ to them. */
export interface SmallCase {
  readonly tool: string;
  readonly statements: readonly string[];
  readonly requests: readonly ExampleRequest[];
}

const one = <T>(values: readonly T[]) => fc.constantFrom(...values);

export const smallCase: fc.Arbitrary<SmallCase> = one(["T___a", "T___b"]).chain((name) => {
  const own = name === "T___a" ? ofA : ofB;
  const features = [amount, principal, dept, ...own];
  // Of three parts there are hundreds of requests to try, which takes its time.
  const few = fc.oneof(
    { weight: 5, arbitrary: fc.subarray(features, { minLength: 1, maxLength: 2 }) },
    { weight: 1, arbitrary: fc.subarray(features, { minLength: 3, maxLength: 3 }) },
  );
  return few.chain((chosen) =>
    fc.record({
      tool: fc.constant(name),
      statements: fc.array(policyOn(name, chosen), { minLength: 1, maxLength: 4 }),
      requests: fc.constant(requestsOf(name, chosen)),
    }),
  );
});

function policyOn(name: string, features: readonly Feature[]): fc.Arbitrary<string> {
  const atom = one(features)
    .chain(({ conditions }) => one(conditions))
    .map((text) => `(${text})`);
  const expression = fc.letrec<{ expr: string }>((tie) => ({
    expr: fc.oneof(
      { maxDepth: 2 },
      { weight: 3, arbitrary: atom },
      {
        weight: 2,
        arbitrary: fc.tuple(tie("expr"), one(["&&", "||"]), tie("expr")).map((parts) => `(${parts.join(" ")})`),
      },
      { weight: 1, arbitrary: tie("expr").map((inner) => `!${inner}`) },
      {
        weight: 1,
        arbitrary: fc.tuple(tie("expr"), tie("expr"), tie("expr")).map(([a, b, c]) => `(if ${a} then ${b} else ${c})`),
      },
    ),
  })).expr;
  const clause = fc.tuple(one(["when", "unless"]), expression).map(([kind, body]) => `${kind} { ${body} }`);
  return fc
    .tuple(one(["permit", "permit", "forbid"]), fc.array(clause, { maxLength: 2 }))
    .map(
      ([effect, clauses]) =>
        `${effect}(principal, action == AgentCore::Action::"${name}", resource) ${clauses.join(" ")};`,
    );
}

function requestsOf(name: string, features: readonly Feature[]): ExampleRequest[] {
  const combined = features.reduce<Part[]>(
    (parts, { values }) => parts.flatMap((part) => values.map((value) => merge(part, value))),
    [{ arguments: { amount: 0 } }],
  );
  return combined.map(({ id = "alice", tags = {}, arguments: all = {} }) => ({
    principal: user(tags, id),
    tool: name,
    arguments: all,
  }));
}

function merge(a: Part, b: Part): Part {
  return { ...a, ...b, tags: { ...a.tags, ...b.tags }, arguments: { ...a.arguments, ...b.arguments } };
}
