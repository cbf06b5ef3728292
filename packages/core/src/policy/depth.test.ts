import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createAuthorizer } from "../control/administration/authorize.ts";
import { validateAdministrationPolicies } from "../control/administration/validate.ts";
import { deepest, depthOf } from "./depth.ts";
import { compilePolicies } from "./engine.ts";
import { gatewayArn, insurance, now, policiesOf, user } from "./testing/configuration.ts";
import { parsePolicy, validatePolicies } from "./validate.ts";

const amount = "context.input.coverage_amount";
const call = {
  tool: "ApplicationToolTarget___create_application",
  principal: user(),
  arguments: { coverage_amount: 5 },
  now,
};

function policy(condition: string, effect = "permit"): string {
  const scope = `principal, action == AgentCore::Action::"${call.tool}", resource == AgentCore::Gateway::"${gatewayArn}"`;
  return `${effect}(${scope}) when { ${condition} };`;
}

function decide(...statements: string[]) {
  const engine = compilePolicies({ configuration: insurance, policies: policiesOf(...statements) });
  engine.list(call);
  const { decision, error } = engine.authorize(call);
  engine.release();
  return { decision, error };
}

function administer(policies?: string): boolean {
  const key = { type: "Gatehouse::AccessKey", id: "key", roles: ["admin"] } as const;
  const inForce = { version: 1, ...(policies === undefined ? {} : { policies }) };
  return createAuthorizer().authorize(inForce, key, "GetGateway", gatewayArn).allowed;
}

const nested = (times: number, before: string, middle: string, after = "") =>
  before.repeat(times) + middle + after.repeat(times);

/** Each overflows Cedar's stack in reading, validating or evaluating it, and Cedar is of no use from then on. */
const hostile: readonly (readonly [string, string])[] = [
  ["brackets", nested(2_000, "(", "true", ")")],
  ["sets", nested(2_000, "[", "1", "]")],
  ["records", nested(1_000, "{a:", "1", "}")],
  ["negations", nested(1_000, "!(", "true", ")")],
  ["function calls", nested(1_000, "ip(", '"::1"', ")")],
  ["a sum that is valid", `1 < ${nested(400, "1+", "1")}`],
  ["attributes", `context${nested(2_000, ".a", "")}`],
  ["indexes", `context${nested(1_000, '["a"]', "")}`],
  ["conditionals", nested(400, "if true then ", "true", " else true")],
  ["alternatives of conditionals", nested(400, "if true then true else ", "true")],
  ["connectives", nested(1_000, "1==2||", "true")],
  ["conditions", nested(800, "true}when{", "true")],
  ["brackets after a comment that a carriage return ends", `// \r${nested(2_000, "(", "true", ")")}`],
  ["brackets that are never closed", "(".repeat(5_000)],
];

describe("T11 policies that would overflow Cedar's stack are refused", () => {
  test.each(hostile)("%s", (_, condition) => {
    expect(() => parsePolicy(policy(condition))).toThrow(/nested too deeply/);
    const administration = `permit(principal, action, resource) when { ${condition} };`;
    expect(() => validateAdministrationPolicies(administration)).toThrow(/nested too deeply/);
    expect(administer(administration)).toBe(false);
    expect(decide(policy(condition))).toMatchObject({ decision: "DENY" });

    expect([decide(policy("true")).decision, administer()]).toEqual(["ALLOW", true]);
  });

  test("whatever is not refused is decided, also where it is nearly too deep", () => {
    const layers: readonly ((inner: string) => string)[] = [
      (inner) => `(${inner})`,
      (inner) => `!(${inner})`,
      (inner) => `${inner} && 1==1`,
      (inner) => `1==2 || ${inner}`,
      (inner) => `if true then ${inner} else false`,
      (inner) => `if false then false else ${inner}`,
      (inner) => `[${inner}].contains(true)`,
      (inner) => `{a: {b: ${inner}}}.a.b`,
      (inner) => `1+1+1 > 1 && ${inner}`,
      (inner) => `true } when { ${inner}`,
    ];
    const choices = fc.uniqueArray(fc.constantFrom(...layers), { minLength: 1, maxLength: 3 });
    const texts = fc.tuple(choices, fc.infiniteStream(fc.nat())).map(([chosen, numbers]) => {
      let condition = `${amount} > 1`;
      for (const number of numbers) {
        const next = chosen[number % chosen.length]?.(condition) ?? condition;
        if (depthOf(policy(next)) > deepest) break;
        condition = next;
      }
      return condition;
    });
    const property = fc.property(texts, (condition) => {
      const administration = `permit(principal, action, resource) when { ${condition.replaceAll(amount, "2")} };`;
      const findings = validatePolicies(policiesOf(policy(condition)), insurance).map(({ message }) => message);
      expect(findings.filter((message) => /memory|stack|recursion|unreachable/.test(message))).toEqual([]);
      if (findings.length === 0) expect(decide(policy(condition)).error).toBeUndefined();
      administer(administration);
      expect([decide(policy("true")).decision, administer()]).toEqual(["ALLOW", true]);
    });
    fc.assert(property, { numRuns: 40 });
  }, 120_000);
});

test("a policy of many alternatives is followed as written, a forbid too", () => {
  const alternatives = Array.from({ length: 150 }, (_, number) => `${amount} == ${number}`).join(" || ");
  expect(validatePolicies(policiesOf(policy(alternatives)), insurance)).toEqual([]);
  expect(decide(policy(alternatives))).toEqual({ decision: "ALLOW" });
  expect(decide(policy(alternatives, "forbid"), policy("true"))).toEqual({ decision: "DENY" });
  expect(decide(policy(`(${alternatives}) && ${amount} == 6`, "forbid"), policy("true"))).toEqual({
    decision: "ALLOW",
  });
});

test("what stands in texts and comments is not nested, and what stands side by side neither", () => {
  expect(depthOf(`@id("((((((((((((((((((((((((((((((((((") // ((((((((((\npermit(principal, action, resource);`)).toBe(
    3,
  );
  expect(depthOf("permit(principal, action, resource);".repeat(1_000))).toBe(3);
  expect(depthOf(`permit(principal, action in [${'Action::"a", '.repeat(500)}], resource);`)).toBe(8);
});

test("T11 the depth of a hostile text is found in no time", () => {
  const start = performance.now();
  for (const piece of ["(", '"\\', "/", "&&", "if ", "\\"]) depthOf(piece.repeat(100_000 / piece.length));
  expect(performance.now() - start).toBeLessThan(1_000);
});
