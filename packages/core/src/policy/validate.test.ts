import { describe, expect, test } from "vitest";
import { GatehouseError } from "../errors.ts";
import { gatewayArn, gatewayOf, insurance, tool } from "./testing/configuration.ts";
import { appliesTo, parsePolicy, reviewPolicies, validatePolicies } from "./validate.ts";

const create = `AgentCore::Action::"ApplicationToolTarget___create_application"`;
const gateway = `AgentCore::Gateway::"${gatewayArn}"`;

/** The message of what parsing a statement throws. */
function refusalOf(statement: string): string {
  try {
    parsePolicy(statement);
  } catch (error) {
    if (error instanceof GatehouseError && error.code === "validation") return error.message;
    throw error;
  }
  throw new Error("the statement was accepted");
}

const messages = (statement: string, configuration = insurance) =>
  validatePolicies([{ policyId: "p", statement }], configuration).map(({ message }) => message);

describe("parsePolicy", () => {
  test("takes a policy apart", () => {
    const { effect, resourceArn, actions } = parsePolicy(
      `@id("limit") forbid(principal, action in [${create}, AgentCore::Action::"CallTool"], resource == ${gateway}) when { true };`,
    );
    expect({ effect, resourceArn, actions }).toEqual({
      effect: "forbid",
      resourceArn: gatewayArn,
      actions: { kind: "in", actions: ["ApplicationToolTarget___create_application", "CallTool"] },
    });
    expect(parsePolicy("permit(principal, action, resource);")).toMatchObject({
      effect: "permit",
      actions: { kind: "all" },
    });
    expect(parsePolicy("permit(principal, action, resource);").resourceArn).toBeUndefined();
    expect(parsePolicy(`permit(principal, action == ${create}, resource);`).actions).toEqual({
      kind: "equal",
      action: "ApplicationToolTarget___create_application",
    });
  });

  test("says where and what is wrong", () => {
    expect(refusalOf("permit(principal, action, resource) when {\n  context.input.é <\n};")).toContain(
      "line 2, column 17",
    );
    expect(refusalOf("permit(principal, action, resource) when {\n  1 +\n};")).toMatch(
      /line 3, column 1: .*unexpected token `}` \(expected/,
    );
    expect(refusalOf("")).toContain("unexpected end of input");
  });

  test.for([
    [
      "two policies",
      "permit(principal, action, resource); forbid(principal, action, resource);",
      "unexpected token `forbid`",
    ],
    ["a template", "permit(principal == ?principal, action, resource);", "template"],
    ["an unknown value", `permit(principal, action, resource) when { true && [unknown("x")].isEmpty() };`, "unknown"],
    ["half a character", `permit(principal, action, resource) when { principal.id == "\ud800" };`, "well-formed"],
    [
      "too long a text",
      `permit(principal, action, resource) when { principal.id == "${"a".repeat(10_000)}" };`,
      "at most 10000",
    ],
  ] as const)("refuses %s", ([, statement, reason]) => {
    expect(refusalOf(statement)).toContain(reason);
  });
});

describe("appliesTo", () => {
  test.for<[string, boolean]>([
    ["resource", true],
    [`resource == ${gateway}`, true],
    [`resource in ${gateway}`, true],
    ["resource is AgentCore::Gateway", true],
    [`resource is AgentCore::Gateway in ${gateway}`, true],
    [`resource == AgentCore::Gateway::"arn:other"`, false],
    [`resource is AgentCore::Gateway in AgentCore::Gateway::"arn:other"`, false],
    [`resource == AgentCore::OAuthUser::"${gatewayArn}"`, false],
    ["resource is AgentCore::OAuthUser", false],
  ])("%s: %s", ([resource, expected]) => {
    expect(appliesTo(parsePolicy(`permit(principal, action, ${resource});`), gatewayArn)).toBe(expected);
  });
});

describe("T15: strict validation", () => {
  test("passes what is right", () => {
    expect(
      messages(`permit(principal is AgentCore::OAuthUser, action == ${create}, resource == ${gateway})
      when { context.input.coverage_amount < 5000000 && principal.hasTag("department") && principal.getTag("department") == "finance" };`),
    ).toEqual([]);
    expect(
      messages(`forbid(principal, action in AgentCore::Action::"ApplicationToolTarget", resource)
      unless { context.input has applicant_region && context.input.applicant_region == "US" };`),
    ).toEqual([]);
    expect(
      messages(`permit(principal, action, resource) when { context.system.now < datetime("2027-01-01") };`),
    ).toEqual([]);
  });

  test.for<[string, string, RegExp]>([
    [
      "an attribute that may be missing",
      `forbid(principal, action == ${create}, resource)\nwhen { context.input.applicant_region == "US" };`,
      /line 2, column 8: .*applicant_region.*has/s,
    ],
    [
      "a tag that may be missing",
      `forbid(principal, action == ${create}, resource) when { principal.getTag("a") == "b" };`,
      /hasTag/,
    ],
    [
      "a misspelt attribute",
      `forbid(principal, action == ${create}, resource) when { context.input.coverage_amout < 5 };`,
      /did you mean `coverage_amount`/,
    ],
    [
      "a misspelt tool",
      `permit(principal, action == AgentCore::Action::"ApplicationToolTarget___create_applicatio", resource);`,
      /did you mean `AgentCore::Action::"ApplicationToolTarget___create_application"`/,
    ],
    [
      "an attribute that other tools don't have",
      `forbid(principal, action, resource) when { context.input.coverage_amount < 5 };`,
      /coverage_amount/,
    ],
    [
      "the wrong type",
      `forbid(principal, action == ${create}, resource) when { context.input.coverage_amount < "5" };`,
      /expected.*Long/,
    ],
  ])("refuses %s", ([, statement, message]) => {
    expect(messages(statement).join("\n")).toMatch(message);
  });

  test("names the tool that Cedar can't represent", () => {
    const configuration = gatewayOf({ T: [tool("x"), tool("x")] });
    expect(messages(`permit(principal, action == AgentCore::Action::"T___x", resource);`, configuration)[0]).toContain(
      "two tools of the gateway have this name",
    );
  });

  test.for([
    ["left out", `context.input has "__entity"`, "no policy can see input.__entity of T___x, because"],
    [
      "left out of an object",
      `context.input has o && context.input.o has "__extn"`,
      "no policy can see input.o.__extn of T___x, because",
    ],
    [
      "of no known type",
      "context.input.any == 5",
      "policies see whether input.any of T___x is there, but not into it, because",
    ],
  ] as const)("gives the reason for a property that is %s", ([, condition, reason]) => {
    const o = { type: "object", properties: { __extn: { type: "string" } } };
    const configuration = gatewayOf({ T: [tool("x", { __entity: { type: "string" }, "any!": true, o }), tool("y")] });
    const scopes = [`action == AgentCore::Action::"T___x"`, `action in AgentCore::Action::"T"`];
    const found = scopes.map((scope) =>
      messages(`permit(principal, ${scope}, resource) when { ${condition} };`, configuration),
    );
    for (const list of found) expect(list.join()).toContain(reason);
    const y = `permit(principal, action == AgentCore::Action::"T___y", resource) when { context.input.any == 5 };`;
    expect(messages(y, configuration).join()).not.toContain("T___x");
  });

  test("reports each policy under its id, and one that can't be parsed beside the others", () => {
    const findings = validatePolicies(
      [
        { policyId: "__proto__", statement: "permit(principal, action, resource) when { context.nothing };" },
        { policyId: "good", statement: "permit(principal, action, resource);" },
        { policyId: "bad", statement: "permit(" },
      ],
      insurance,
    );
    expect(new Set(findings.map(({ policyId }) => policyId))).toEqual(new Set(["__proto__", "bad"]));
  });

  test.for([
    ["false", `permit(principal, action == ${create}, resource) when { context.input.coverage_amount < 1 && false };`],
    ["for an action group as an action", `permit(principal, action == AgentCore::Action::"CallTool", resource);`],
    ["for principals whom the gateway doesn't know", "permit(principal is AgentCore::IamEntity, action, resource);"],
  ] as const)("warns of a policy that is always %s", ([, statement]) => {
    const { errors, warnings } = reviewPolicies([{ policyId: "p", statement }], insurance);
    expect(errors).toEqual([]);
    expect(warnings.map(({ message }) => message).join()).toContain("impossible");
  });
});
