import { isAuthorized } from "@cedar-policy/cedar-wasm/nodejs";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../json.ts";
import { createAnalyzer } from "./analysis/analysis.ts";
import { compilePolicies } from "./engine.ts";
import { recordedCallOf } from "./replay/decisions.ts";
import { createReplayer } from "./replay/replayer.ts";
import { gatewayOf, now, policiesOf, tool, user } from "./testing/configuration.ts";
import { plainRequest } from "./testing/plainRequest.ts";
import { describeSchema, validatePolicies } from "./validate.ts";

const tools = { T: [tool("pay", { "amount!": { type: "integer" }, to: { type: "string" } }), tool("look")] };
const configuration = gatewayOf(tools, {
  settings: {
    interceptorContext: [
      { name: "risk", type: "LONG" },
      { name: "country", type: "STRING" },
      { name: "vip", type: "BOOL" },
    ],
  },
});
const without = gatewayOf(tools);
const on = (name: string) => `principal, action == AgentCore::Action::"T___${name}", resource`;
const told = { risk: 3, country: "CH", vip: true };

const decide = (statements: readonly string[], interceptor?: JsonObject, args: JsonObject = { amount: 1 }) => {
  const engine = compilePolicies({ configuration, policies: policiesOf(...statements) });
  const request = { principal: user(), tool: "T___pay", arguments: args, now };
  const decision = engine.authorize(interceptor === undefined ? request : { ...request, interceptor });
  engine.release();
  return decision;
};

test("a gateway's schema has what its interceptor tells policies, with its types, and no other gateway's has", () => {
  const { cedarText } = describeSchema(configuration);
  expect(cedarText.replaceAll(/__cedar::|[\s"]/g, "")).toContain("interceptor:{country:String,risk:Long,vip:Bool}");
  expect(describeSchema(without).cedarText).not.toContain("interceptor");
});

test.for([
  ["what is declared", "context.interceptor.risk < 5", configuration, true],
  ["what isn't declared", "context.interceptor.score < 5", configuration, false],
  ["a type that it hasn't", 'context.interceptor.risk == "low"', configuration, false],
  ["what no interceptor tells", "context.interceptor.risk < 5", without, false],
] as const)("T15 a policy that reads %s is valid, or isn't", ([, condition, gateway, valid]) => {
  const findings = validatePolicies(
    [{ policyId: "p", statement: `permit(${on("pay")}) when { ${condition} };` }],
    gateway,
  );
  expect(findings.length === 0).toBe(valid);
});

describe("a decision", () => {
  const low = `permit(${on("pay")}) when { context.interceptor.risk < 5 };`;
  const everything = "permit(principal, action, resource);";
  const abroad = `forbid(${on("pay")}) when { context.interceptor.country != "CH" };`;

  test("is by what the interceptor has told", () => {
    expect(decide([low], told).decision).toBe("ALLOW");
    expect(decide([low], { ...told, risk: 5 }).decision).toBe("DENY");
    expect(decide([everything, abroad], told).decision).toBe("ALLOW");
    expect(decide([everything, abroad], { ...told, country: "X" }).decision).toBe("DENY");
  });

  test.each<[string, JsonObject | undefined]>([
    ["nothing", undefined],
    ["something else", { risk: 3 }],
    ["a value of another type", { country: 1 }],
    ["what looks like a value of Cedar's", { country: { __entity: { type: "T", id: "CH" } } }],
  ])("T15 denies where the interceptor told %s and a forbid reads what is missing", (_, interceptor) => {
    const { decision, reason } = decide([everything, abroad], interceptor);
    expect(decision).toBe("DENY");
    expect(reason).toContain(`The interceptor's attribute "country"`);
  });

  test("needs no more than what some policy of the tool reads", () => {
    expect(decide([low], { risk: 3 }).decision).toBe("ALLOW");
    expect(decide([everything], undefined).decision).toBe("ALLOW");
    expect(decide([`permit(${on("pay")}) when { context has interceptor };`], { risk: 3 }).decision).toBe("DENY");
  });

  test("is never explained by what the interceptor has told", () => {
    const engine = compilePolicies({
      configuration,
      policies: policiesOf(`permit(${on("pay")}) when { context.interceptor.risk < 5 && context.input.amount < 10 };`),
    });
    const request = { principal: user(), tool: "T___pay", arguments: { amount: 20 }, now };
    expect(engine.explain({ ...request, interceptor: told })).toEqual([expect.stringContaining("amount")]);
    const risky = { ...told, risk: 9 };
    expect(engine.explain({ ...request, interceptor: risky }).join()).not.toMatch(/risk|interceptor|amount/);
    engine.release();
  });
});

test("a list shows what some words of the interceptor would allow, and hides what none would", () => {
  const shown = (...statements: string[]) => {
    const engine = compilePolicies({ configuration, policies: policiesOf(...statements) });
    const names = engine.list({ principal: user({ team: "a" }), now }).shown;
    engine.release();
    return names;
  };
  const member = 'principal.hasTag("team") && principal.getTag("team") == "a"';
  expect(shown(`permit(${on("pay")}) when { context.interceptor.risk < 5 };`)).toEqual(["T___pay"]);
  expect(shown(`permit(${on("pay")}) when { ${member} && context.interceptor.vip };`)).toEqual(["T___pay"]);
  expect(shown(`permit(${on("pay")}) when { !(${member}) && context.interceptor.vip };`)).toEqual([]);
  // An argument of that name is none of the tool's, and an attribute of the interceptor's is no argument.
  expect(shown(`permit(${on("pay")}) when { ${member} && context.interceptor has risk };`)).toEqual(["T___pay"]);
  expect(
    shown(
      "permit(principal, action, resource);",
      `forbid(${on("pay")}) when { ${member} || context.interceptor.risk > 5 };`,
    ),
  ).toEqual(["T___look"]);
});

test("the engine decides as plain Cedar does, whatever it prepares and leaves out", { timeout: 60_000 }, () => {
  const condition = fc.constantFrom(
    "context.interceptor.risk < 5",
    'context.interceptor.country == "CH"',
    "context.interceptor.vip",
    "context.interceptor has risk",
    "context has interceptor",
    'context.interceptor == {risk: 3, country: "CH", vip: true}',
    "context.input.amount < 5",
    "context.input has to && context.input.to == context.interceptor.country",
    'principal.hasTag("team") && principal.getTag("team") == context.interceptor.country',
    "context.interceptor.risk * 4611686018427387904 > 0",
  );
  const statement = fc
    .tuple(fc.constantFrom("permit", "forbid"), fc.array(condition, { minLength: 1, maxLength: 3 }))
    .map(([effect, conditions]) => `${effect}(${on("pay")}) when { ${conditions.join(" && ")} };`);
  const request = fc.record({
    interceptor: fc.record({
      risk: fc.constantFrom(0, 3, 7),
      country: fc.constantFrom("CH", "x"),
      vip: fc.boolean(),
    }),
    arguments: fc.record(
      { amount: fc.constantFrom(1, 9), to: fc.constantFrom("CH", "y") },
      { requiredKeys: ["amount"] },
    ),
    principal: fc.constantFrom(user(), user({ team: "CH" }), user({ team: "x" })),
  });
  const tally = { ALLOW: 0, DENY: 0 };
  fc.assert(
    fc.property(fc.array(statement, { minLength: 1, maxLength: 4 }), request, (statements, asked) => {
      const engine = compilePolicies({ configuration, policies: policiesOf(...statements) });
      const full = { ...asked, tool: "T___pay", now };
      const { decision } = engine.authorize(full);
      const answer = isAuthorized({
        ...plainRequest(full, engine.schema),
        policies: { staticPolicies: Object.fromEntries(statements.map((text, n) => [`policy-${n}`, text])) },
      });
      engine.release();
      if (answer.type !== "success") throw new Error("Cedar could not decide.");
      const { response } = answer;
      // A policy that errs denies here, and is skipped there.
      const expected = response.diagnostics.errors.length > 0 ? "DENY" : response.decision.toUpperCase();
      expect(decision).toBe(expected);
      tally[decision]++;
    }),
    { numRuns: 300 },
  );
  expect(Math.min(tally.ALLOW, tally.DENY)).toBeGreaterThan(10);
});

test("a replay decides by what was told at the time of the call", () => {
  const call = (interceptor?: Record<string, Json>) =>
    recordedCallOf({
      schemaVersion: 1,
      decisionId: "d",
      time: now.toISOString(),
      method: "tools/call",
      principal: { type: "AgentCore::OAuthUser", id: "alice" },
      gateway: { id: "g", arn: "g", version: 1 },
      tool: "T___pay",
      decision: "ALLOW",
      outcome: "allowed",
      determiningPolicies: [],
      reason: "",
      durationMicroseconds: 1,
      request: { tags: {}, arguments: { amount: 1 }, ...(interceptor === undefined ? {} : { interceptor }) },
    });
  const candidate = policiesOf(`permit(${on("pay")}) when { context.interceptor.risk < 5 };`);
  const replayer = createReplayer({ configuration, candidate });
  for (const interceptor of [{ risk: 3 }, { risk: 4 }, { risk: 5 }, undefined]) replayer.add(call(interceptor));
  expect(replayer.tally).toMatchObject({ calls: 4, unchanged: 2, total: { newlyDenied: 2, newlyAllowed: 0 } });
  replayer.release();
});

describe("what a change means", () => {
  const analyzer = createAnalyzer({ milliseconds: 60_000, millisecondsPerQuestion: 20_000 });
  afterAll(() => analyzer.close());

  test("is shown by an example with what the interceptor would have to tell", async () => {
    const statement = `permit(${on("pay")}) when { context.interceptor.risk > 7 && context.interceptor.country == "CH" };`;
    const { findings, undecided } = await analyzer.reviewAlone({ policyId: "p", statement }, configuration);
    expect(undecided).toEqual([]);
    expect(findings).toMatchObject([{ type: "VALID", example: { interceptor: { country: "CH" } } }]);
    expect(findings[0]?.example?.interceptor?.risk).toBeGreaterThan(7);
  });

  test("a condition that nothing the interceptor tells can fulfil permits nothing", async () => {
    const statement = `permit(${on("pay")}) when { context.interceptor.risk > 7 && context.interceptor.risk < 7 };`;
    const { findings } = await analyzer.reviewAlone({ policyId: "p", statement }, configuration);
    expect(findings.map(({ type }) => type)).toContain("ALLOW_NONE");
  });
});
