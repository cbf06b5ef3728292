import { describe, expect, test } from "vitest";
import { GatehouseError } from "../../errors.ts";
import { longestPolicies } from "./constraints.ts";
import { parsePolicies } from "./policySet.ts";
import { shippedPolicies } from "./shippedPolicies.ts";
import { validateAdministrationPolicies } from "./validate.ts";

function refusalOf(text: string): string {
  try {
    validateAdministrationPolicies(text);
  } catch (error) {
    if (error instanceof GatehouseError && error.code === "validation") return error.message;
    throw error;
  }
  throw new Error("The policies were taken.");
}

test("the shipped policies are valid, without a warning, and each has a name", () => {
  expect(validateAdministrationPolicies(shippedPolicies)).toEqual([]);
  const names = parsePolicies(shippedPolicies).map(({ name }) => name);
  expect(names).toEqual(["admin", "policy-author", "evaluator-author", "analyst", "agent", "caller"]);
});

describe("what is refused is named by policy, line and column", () => {
  test.each([
    [
      "a syntax error",
      "permit(principal, action, resource);\npermit(princpal, action, resource);",
      /line 2, column 8: .*princpal/,
    ],
    [
      "an operation that there isn't, with the one that may be meant",
      '@id("typo")\npermit(principal, action == Gatehouse::Action::"CreateGatway", resource);',
      /policy "typo", line 2, column 29: unrecognized action .*did you mean "CreateGateway"/,
    ],
    [
      "a type that there isn't",
      'permit(principal in Gatehouse::Rolle::"admin", action, resource);',
      /policy "policy 1", line 1, column 21: unrecognized entity type .*did you mean `Gatehouse::Role`/,
    ],
    [
      "T15 a forbid that would be skipped for a missing claim",
      'forbid(principal is Gatehouse::OAuthUser, action, resource) when { principal.getTag("team") != "platform" };',
      /policy "policy 1", line 1, column 68: .*tag/,
    ],
    [
      "an attribute that there isn't",
      "permit(principal, action, resource) when { principal.name == 1 };",
      /attribute `name`/,
    ],
    ["a template", "permit(principal == ?principal, action, resource);", /template .*name a role/],
    [
      "two policies of one name",
      '@id("a") permit(principal, action, resource);\n@id("a") forbid(principal, action, resource) when { 1 == 2 };',
      /@id "a"; give each/,
    ],
    [
      "the tool of partial evaluation",
      '@id("u") permit(principal, action, resource) when { unknown("x") };',
      /policy "u" uses the function unknown/,
    ],
    ["half a character", "// \ud800\npermit(principal, action, resource);", /well-formed/],
  ])("%s", (_, text, message) => {
    expect(refusalOf(text)).toMatch(message);
  });

  test("in the order of the text, also beyond the tenth", () => {
    const good = Array.from({ length: 11 }, (_, index) => `@id("p${index}") permit(principal, action, resource);`);
    const text = [...good, '@id("bad") permit(principal, action == Gatehouse::Action::"X", resource);'].join("\n");
    expect(refusalOf(text)).toMatch(/policy "bad", line 12, column 40: .*no operation is called so/);
    expect(parsePolicies(text.replace('@id("bad") ', ""))[3]?.name).toBe("policy 12");
  });

  test("each mistake is told once", () => {
    expect(refusalOf("permit(principal, action, resource) when { resource.x };").match(/line 1/g)?.length).toBeLessThan(
      4,
    );
  });
});

describe("size", () => {
  const policy = "permit(principal, action, resource);\n";
  const ofBytes = (bytes: number) => `${policy}//${"x".repeat(bytes - policy.length - 2)}`;

  test("100 KB are taken, one byte more is not", () => {
    expect(validateAdministrationPolicies(ofBytes(longestPolicies))).toEqual([]);
    expect(refusalOf(ofBytes(longestPolicies + 1))).toMatch(/102400 bytes; these are 102401/);
  });

  test("bytes count, not characters", () => {
    expect(refusalOf(`${policy}//${"é".repeat(longestPolicies / 2)}`)).toMatch(/bytes/);
  });
});

test("what can never apply is taken, with a warning", () => {
  const warnings = validateAdministrationPolicies(
    '@id("never") permit(principal, action == Gatehouse::Action::"CreateGateway", resource is Gatehouse::Resource);',
  );
  expect(warnings.length).toBeGreaterThan(0);
  for (const warning of warnings) expect(warning).toMatch(/^policy "never", line 1, column \d+: /);
});
