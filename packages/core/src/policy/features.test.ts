import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { featureActionsOf, promptArgumentsSchema } from "../features.ts";
import type { GatewayConfiguration, PromptDescription, TargetFeatures } from "../storage/records.ts";
import { createAnalyzer } from "./analysis/analysis.ts";
import { authorPolicies } from "./authoring/author.ts";
import { compilePolicies } from "./engine.ts";
import { recordedCallOf } from "./replay/decisions.ts";
import { replay } from "./replay/replay.ts";
import { definitionsOf, definitionsOfStrings, resolveInput } from "./schema/definitions.ts";
import { normalizeInputSchema } from "./schema/normalize.ts";
import { buildSchema } from "./schema/schema.ts";
import { gatewayOf, now, policiesOf, tool, user } from "./testing/configuration.ts";
import { describeSchema, validatePolicies } from "./validate.ts";

/** Prompts and resources as policies, and whatever looks at policies, see them. */

const analyzer = createAnalyzer({ milliseconds: 60_000, millisecondsPerQuestion: 20_000 });
afterAll(() => analyzer.close());

const review: PromptDescription = {
  name: "code review",
  arguments: [{ name: "language", required: true }, { name: "1st" }],
};
const features: TargetFeatures = { prompts: [review, { name: "greet" }], resources: [], resourceTemplates: [] };

function withFeatures(of: Readonly<Record<string, TargetFeatures>>): GatewayConfiguration {
  const configuration = gatewayOf(
    Object.fromEntries(Object.keys(of).map((name) => [name, [tool("show", { id: { type: "string" } })]])),
  );
  return {
    ...configuration,
    targets: configuration.targets.map((target) => ({ ...target, features: of[target.name] ?? {} })),
  };
}
const docs = withFeatures({ Docs: features, Other: features });

const getReview = "GetPrompt:Docs___code review";
const read = "ReadResource:Docs";
const on = (action: string) => `principal, action == AgentCore::Action::"${action}", resource`;
const inGroup = (group: string) => `principal, action in AgentCore::Action::"${group}", resource`;

function engine(...statements: string[]) {
  const compiled = compilePolicies({ configuration: docs, policies: policiesOf(...statements) });
  const decide = (action: string, args = {}, who = user()) =>
    compiled.authorize({ principal: who, tool: action, arguments: args, now });
  return { ...compiled, decide };
}

describe("the schema", () => {
  test("has an action a prompt, in its target's group, and one for a target's resources", () => {
    const { actions, groups, unrepresentable } = buildSchema(docs);
    expect([...actions.keys()].sort()).toEqual([
      "Docs___show",
      getReview,
      "GetPrompt:Docs___greet",
      "GetPrompt:Other___code review",
      "GetPrompt:Other___greet",
      "Other___show",
      read,
      "ReadResource:Other",
    ]);
    expect(groups.get("GetPrompt:Docs")).toBe("GetPrompt");
    expect(["GetPrompt", "ReadResource", "CallTool"].map((group) => groups.get(group))).toEqual(["Mcp", "Mcp", "Mcp"]);
    expect(unrepresentable).toEqual([]);
    const { cedarText } = describeSchema(docs);
    expect(cedarText).toContain(`action "ReadResource:Docs" in [Action::"ReadResource"]`);
    expect(cedarText).toContain(`action "GetPrompt:Docs___code review" in [Action::"GetPrompt:Docs"]`);
  });

  test("has none for a target that offers neither, and the groups all the same", () => {
    const { actions, groups } = buildSchema(withFeatures({ Docs: {} }));
    expect([...actions.keys()]).toEqual(["Docs___show"]);
    expect([...groups.keys()]).toEqual(["Docs", "CallTool", "GetPrompt", "ReadResource", "Mcp"]);
  });

  test("T12 a target that is named like a group has no actions: nobody could tell them apart", () => {
    const { actions, unrepresentableTools } = buildSchema(
      withFeatures({ GetPrompt: features, ReadResource: features }),
    );
    expect([...actions]).toEqual([]);
    expect(unrepresentableTools.size).toBe(8);
  });

  test("says of arguments what the generator says of the same schema", () => {
    const name = fc.constantFrom(
      "a",
      "b",
      "a-b",
      "a b",
      "if",
      "1st",
      "typeChoice0",
      "proj0",
      "__entity",
      "left_out_0",
      "ü",
      "x.y",
    );
    const declared = fc.uniqueArray(fc.record({ name, required: fc.boolean() }), { selector: (one) => one.name });
    fc.assert(
      fc.property(declared, (args) => {
        const normalized = normalizeInputSchema(promptArgumentsSchema({ name: "x", arguments: args }));
        const input = { alias: "T___x", normalized };
        const generated = definitionsOf([input]).get(input);
        if (generated === undefined || generated instanceof Error)
          throw generated ?? new Error("nothing was generated");
        const own = definitionsOfStrings(input);
        expect(own.definitions.commonTypes).toEqual(generated.definitions.commonTypes);
        expect(resolveInput(input, own)).toEqual(resolveInput(input, generated));
      }),
      { numRuns: 50 },
    );
  });
});

describe("a policy", () => {
  test("decides about a prompt by its arguments, and no other prompt or tool", () => {
    const { decide } = engine(
      `permit(${on(getReview)}) when { context.input.language == "ts" && !(context.input has "1st") };`,
    );
    expect(decide(getReview, { language: "ts" }).decision).toBe("ALLOW");
    expect(decide(getReview, { language: "ts", "1st": "x" }).decision).toBe("DENY");
    expect(decide(getReview, { language: "js" }).decision).toBe("DENY");
    expect(decide("GetPrompt:Other___code review", { language: "ts" }).decision).toBe("DENY");
    expect(decide("Docs___show", { id: "ts" }).decision).toBe("DENY");
    expect(decide("Docs___code review", { language: "ts" })).toMatchObject({ decision: "DENY" });
  });

  test("decides about resources by their URI", () => {
    const { decide } = engine(
      `permit(${on(read)}) when { context.input.uri like "file:///public/*" };`,
      `forbid(${inGroup("ReadResource")}) when { context.input.uri like "*.key" };`,
    );
    expect(decide(read, { uri: "file:///public/a" }).decision).toBe("ALLOW");
    expect(decide(read, { uri: "file:///public/a.key" }).determiningPolicies).toEqual(["policy-1"]);
    expect(decide(read, { uri: "file:///secret" }).decision).toBe("DENY");
    expect(decide("ReadResource:Other", { uri: "file:///public/a" }).decision).toBe("DENY");
  });

  test.each([
    ["Mcp", [true, true, true]],
    ["CallTool", [true, false, false]],
    ["Docs", [true, false, false]],
    ["GetPrompt", [false, true, false]],
    ["GetPrompt:Docs", [false, true, false]],
    ["GetPrompt:Other", [false, false, false]],
    ["ReadResource", [false, false, true]],
    [read, [false, false, true]],
  ])("for the group %s applies to what is in it", (group, expected) => {
    const { decide, list } = engine(`permit(${inGroup(group)});`);
    const actions = ["Docs___show", "GetPrompt:Docs___greet", read];
    const inputs = [{ id: "x" }, {}, { uri: "file:///a" }];
    expect(actions.map((action, i) => decide(action, inputs[i]).decision === "ALLOW")).toEqual(expected);
    const { shown } = list({ principal: user(), now });
    expect(actions.map((action) => shown.includes(action))).toEqual(expected);
  });

  test("in LOG_ONLY flips nothing and says what would have been", () => {
    const [all, none] = policiesOf(`permit(${inGroup("Mcp")});`, `forbid(${on(read)});`);
    if (all === undefined || none === undefined) throw new Error("There are two policies.");
    const { authorize } = compilePolicies({
      configuration: docs,
      policies: [all, { ...none, enforcementMode: "LOG_ONLY" }],
    });
    const decided = authorize({ principal: user(), tool: read, arguments: { uri: "file:///a" }, now });
    expect(decided).toMatchObject({
      decision: "ALLOW",
      logOnly: { decision: "DENY", flips: true, flippingPolicies: ["policy-1"] },
    });
  });

  test("T15 is valid only with arguments that there are", () => {
    const errorsOf = (statement: string) =>
      validatePolicies([{ policyId: "p", statement }], docs).map(({ message }) => message);
    expect(errorsOf(`permit(${on(read)}) when { context.input.uri like "a*" };`)).toEqual([]);
    expect(errorsOf(`permit(${on(read)}) when { context.input.url like "a*" };`).join()).toContain("url");
    expect(errorsOf(`forbid(${on(getReview)}) when { context.input.language > 5 };`)).not.toEqual([]);
    expect(errorsOf(`permit(${on("GetPrompt:Docs___nothing")});`)).not.toEqual([]);
    expect(errorsOf(`forbid(${on(getReview)}) when { context.input["1st"] == "x" };`).join()).toContain("optional");
  });

  test("explains a denial by what the arguments would have to be", () => {
    const { explain } = engine(`permit(${on(getReview)}) when { context.input.language == "ts" };`);
    expect(explain({ principal: user(), tool: getReview, arguments: { language: "js" }, now })).toEqual([
      expect.stringContaining("language"),
    ]);
  });
});

describe("the analysis", () => {
  test("proves what a policy about prompts and resources means", async () => {
    const typesOf = async (statement: string) => {
      const { findings, undecided } = await analyzer.reviewAlone({ policyId: "p", statement }, docs);
      return { types: findings.map(({ type }) => type), tools: findings.at(-1)?.tools, undecided };
    };
    expect(await typesOf(`permit(${on(getReview)}) when { context.input.language == "ts" };`)).toMatchObject({
      types: ["VALID"],
      undecided: [],
    });
    expect(await typesOf(`permit(${inGroup("GetPrompt:Docs")});`)).toMatchObject({
      types: ["VALID", "ALLOW_ALL"],
      tools: [getReview, "GetPrompt:Docs___greet"],
      undecided: [],
    });
    const never = `context.input.uri == "a" && context.input.uri == "b"`;
    expect(await typesOf(`permit(${on(read)}) when { ${never} };`)).toMatchObject({ types: ["VALID", "ALLOW_NONE"] });
    const prefix = await typesOf(`permit(${on(read)}) when { context.input.uri like "file:///public/*" };`);
    expect(prefix.types).toEqual(["VALID"]);
  });
});

test("the author of policies goes on writing about tools, and never about prompts", () => {
  const text = "Nobody may use show.";
  const [written] = authorPolicies(text, withFeatures({ Docs: features }));
  const [same] = authorPolicies(text, withFeatures({ Docs: {} }));
  expect(written).toEqual(same);
  expect(JSON.stringify(written)).toContain("Docs___show");
});

test("a replay decides recorded prompts and resources once more", async () => {
  const recorded = (method: string, of: object, args: Record<string, string>) =>
    recordedCallOf({
      schemaVersion: 1,
      decisionId: "3d9f0c52-1b7e-4f7a-8a55-0c9b7d6e2f11",
      time: now.toISOString(),
      method,
      principal: { type: "AgentCore::OAuthUser", id: "alice" },
      gateway: { id: "docs", arn: "arn:docs", version: 1 },
      target: "Docs",
      decision: "ALLOW",
      outcome: "allowed",
      determiningPolicies: ["policy-0"],
      reason: "because",
      durationMicroseconds: 50,
      request: { tags: {}, arguments: args },
      ...of,
    });
  async function* calls() {
    yield recorded("prompts/get", { prompt: "Docs___code review" }, { language: "ts" });
    yield recorded("prompts/get", { prompt: "Docs___code review" }, {});
    yield recorded("resources/read", {}, { uri: "file:///a" });
  }
  const report = await replay({
    configuration: docs,
    candidate: policiesOf(`permit(${on(getReview)});`),
    calls: calls(),
  });
  expect(report).toMatchObject({ calls: 3, unchanged: 1 });
  expect(JSON.stringify(report)).toContain(read);
});

test("a gateway's actions are those of its targets' prompts and resources", () => {
  expect(featureActionsOf(docs).map(({ name, group }) => `${name} in ${group}`)).toEqual([
    `${getReview} in GetPrompt:Docs`,
    "GetPrompt:Docs___greet in GetPrompt:Docs",
    `${read} in ReadResource`,
    "GetPrompt:Other___code review in GetPrompt:Other",
    "GetPrompt:Other___greet in GetPrompt:Other",
    "ReadResource:Other in ReadResource",
  ]);
});
