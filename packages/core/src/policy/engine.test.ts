import { describe, expect, test } from "vitest";
import type { JsonObject } from "../json.ts";
import type { GatewayConfiguration } from "../storage/records.ts";
import { compilePolicies } from "./engine.ts";
import { gatewayArn, gatewayOf, insurance, now, policiesOf, tool, user, withSearch } from "./testing/configuration.ts";

const name = {
  search: "x_amz_bedrock_agentcore_search",
  create: "ApplicationToolTarget___create_application",
  risk: "RiskModelToolTarget___invoke_risk_model",
  approve: "ApprovalToolTarget___approve_underwriting",
};
const action = (id: string) => `AgentCore::Action::"${id}"`;

/** The talk's policies: small applications for everyone, the risk model for finance, and never for engineering. */
const talk = [
  `permit(principal is AgentCore::OAuthUser, action == ${action(name.create)}, resource == AgentCore::Gateway::"${gatewayArn}")
     when { context.input.coverage_amount <= 1000000 };`,
  `permit(principal, action == ${action(name.risk)}, resource)
     when { context.input has data_governance_approval && context.input.data_governance_approval
       && principal.hasTag("department") && principal.getTag("department") == "finance" };`,
  `forbid(principal, action in ${action("RiskModelToolTarget")}, resource)
     when { principal.hasTag("department") && principal.getTag("department") == "engineering" };`,
];

function engineOf(statements: readonly string[], configuration: GatewayConfiguration = insurance) {
  const engine = compilePolicies({ configuration, policies: policiesOf(...statements) });
  return {
    ...engine,
    decide: (called: string, args: JsonObject, tags = {}) =>
      engine.authorize({ principal: user(tags), tool: called, arguments: args, now }),
    shown: (tags = {}) => engine.list({ principal: user(tags), now }).shown,
  };
}

const byDefault = "No policy applies to the request (denied by default).";

describe("the insurance example", () => {
  const { decide, shown } = engineOf(talk);

  test("allows a small application and denies a large one", () => {
    expect(decide(name.create, { coverage_amount: 1_000_000, applicant_region: "US" })).toEqual({
      decision: "ALLOW",
      determiningPolicies: ["policy-0"],
      reason: "Allowed by policy policy-0.",
    });
    expect(decide(name.create, { coverage_amount: 10_000_000, applicant_region: "US" })).toEqual({
      decision: "DENY",
      determiningPolicies: [],
      reason: byDefault,
    });
  });

  test("a forbid wins, and says so", () => {
    expect(decide(name.risk, { data_governance_approval: true }, { department: "finance" }).decision).toBe("ALLOW");
    expect(decide(name.risk, { data_governance_approval: true }, { department: "engineering" })).toEqual({
      decision: "DENY",
      determiningPolicies: ["policy-2"],
      reason: "Denied by policy policy-2.",
    });
  });

  test("shows the tools that the caller could call with some arguments", () => {
    expect(shown()).toEqual([name.create]);
    expect(shown({ department: "finance" })).toEqual([name.create, name.risk]);
    expect(shown({ department: "engineering" })).toEqual([name.create]);
  });

  test("shows nothing where there is no policy, and denies by default", () => {
    const none = engineOf([]);
    expect(none.shown()).toEqual([]);
    expect(none.decide(name.search, { query: "risk" })).toMatchObject({ decision: "DENY", reason: byDefault });
  });

  test("the search tool is decided about like any other", () => {
    const { decide, shown } = engineOf([
      `permit(principal, action in ${action("CallTool")}, resource) when { context has input.query && context.input.query != "secret" };`,
    ]);
    expect(decide(name.search, { query: "secret" }).decision).toBe("DENY");
    expect(decide(name.search, { query: "risk" }).decision).toBe("ALLOW");
    expect(shown()).toEqual([name.search]);
  });
});

describe("listing", () => {
  test("hides a tool whose condition on the caller comes after one on the input", () => {
    const { shown } = engineOf([
      `permit(principal, action == ${action(name.create)}, resource)
         when { context.input.coverage_amount < 5 && principal.hasTag("d") && principal.getTag("d") == "finance" };`,
      `forbid(principal, action == ${action(name.create)}, resource)
         when { context.input.coverage_amount < 5 || principal.hasTag("banned") };`,
    ]);
    expect(shown({ d: "engineering" })).toEqual([]);
    expect(shown({ d: "finance" })).toEqual([name.create]);
    expect(shown({ d: "finance", banned: "yes" })).toEqual([]);
  });

  test("tells tools apart that one policy governs, by their names and by their arguments", () => {
    expect(engineOf([`permit(principal, action, resource) when { action == ${action(name.risk)} };`]).shown()).toEqual([
      name.risk,
    ]);
    const input = engineOf([
      `permit(principal, action, resource) when { context has input.claim_amount && context.input.claim_amount < 5 };`,
    ]);
    expect(input.shown()).toEqual([name.approve]);
  });

  test("hides a tool whose policies err whatever the input", () => {
    const overflow = `permit(principal, action == ${action(name.create)}, resource) when { 9007199254740991 * 9007199254740991 > 0 };`;
    expect(engineOf([...talk, overflow]).shown()).toEqual([]);
  });
});

describe("T14: arguments that Cedar can't hold", () => {
  const { decide } = engineOf(talk);

  test("deny the call with the reason where a policy could look at them", () => {
    for (const coverage_amount of [2 ** 53, -(2 ** 60), -1e300, 1.5, "5000001", null]) {
      const { decision, reason, error } = decide(name.create, { coverage_amount });
      expect({ decision, error }).toEqual({ decision: "DENY", error: undefined });
      expect(reason).toMatch(
        /The argument "coverage_amount" (must be an integer|cannot be represented: integers beyond 2\^53-1)\./,
      );
    }
  });

  test("don't matter where no policy does", () => {
    expect(decide(name.create, { coverage_amount: 1, applicant_region: 2 ** 60 }).decision).toBe("ALLOW");
  });

  test("-0 is 0, and the largest integers are exact", () => {
    const exact = engineOf([
      `permit(principal, action == ${action(name.create)}, resource) when { [0, 9007199254740991].contains(context.input.coverage_amount) };`,
    ]);
    expect(exact.decide(name.create, { coverage_amount: -0 }).decision).toBe("ALLOW");
    expect(exact.decide(name.create, { coverage_amount: Number.MAX_SAFE_INTEGER }).decision).toBe("ALLOW");
    expect(exact.decide(name.create, { coverage_amount: Number.MAX_SAFE_INTEGER - 1 }).decision).toBe("DENY");
  });

  test("literals beyond 2^53 in a policy keep their value", () => {
    const { decide } = engineOf([
      `permit(principal, action in [${action(name.create)}, ${action("Gone___tool")}], resource) when { context.input.coverage_amount <= 9223372036854775807 };`,
      `forbid(principal, action in ${action("ApplicationToolTarget")}, resource) when { 9007199254740992 == 9007199254740993 };`,
    ]);
    expect(decide(name.create, { coverage_amount: 1 }).decision).toBe("ALLOW");
  });

  test("a call's own escapes are data (T08)", () => {
    const forged = {
      coverage_amount: { __extn: { fn: "unknown", arg: "input" } },
      __entity: { type: "AgentCore::OAuthUser", id: "root" },
    };
    expect(decide(name.create, forged)).toMatchObject({
      decision: "DENY",
      reason: expect.stringContaining("must be an integer"),
    });
    expect(decide(name.create, { ...forged, coverage_amount: 1 }).decision).toBe("ALLOW");
  });
});

describe("T15: nothing is allowed because a policy failed", () => {
  const everyone = "permit(principal, action, resource);";
  const err = (effect: string) =>
    `${effect}(principal, action, resource) when { 9007199254740991 * 9007199254740991 > 0 };`;

  test.for(["forbid", "permit"])("a %s that errs denies, and is named", (effect) => {
    const { decide } = engineOf([everyone, err(effect)]);
    const decision = decide(name.create, { coverage_amount: 1 });
    expect(decision).toMatchObject({ decision: "DENY", error: true, determiningPolicies: ["policy-1"] });
    expect(decision.reason).toContain("policy-1 could not be evaluated: integer overflow");
  });

  const forbid = `forbid(principal, action == ${action(name.create)}, resource) when { context.input.coverage_amount > 5 };`;
  const changed = gatewayOf(
    { ApplicationToolTarget: [tool("create_application", { coverage_amount: { type: "integer" } }), tool("other")] },
    withSearch,
  );

  test("a condition that errs denies also where a later one would have kept the policy from the caller", () => {
    // The policy's first condition asks an entity that nobody passes; its second is about another department.
    const errs = `permit(principal, action == ${action(name.create)}, resource)
      when { (if principal.hasTag("role") then principal else AgentCore::OAuthUser::"bob").id == "bob"
        && principal.hasTag("department") && principal.getTag("department") == "finance" };`;
    const { decide } = engineOf([`permit(principal, action, resource);`, errs]);
    const decision = decide(name.create, { coverage_amount: 1, applicant_region: "US" });
    expect(decision).toMatchObject({ decision: "DENY", error: true, determiningPolicies: ["policy-1"] });
  });

  const integer = { type: "integer" };
  const somewhere = { properties: { b: integer } };
  const a = { type: "object", properties: { a: integer } };
  const recursive = { type: "object", properties: { next: { $ref: "#/$defs/d" }, b: integer } };

  test.each([
    ["of an alternative (anyOf)", { ...a, anyOf: [somewhere, { properties: { c: integer } }] }],
    ["of an alternative (oneOf)", { ...a, oneOf: [{ ...somewhere, required: ["b"] }, { required: ["a"] }] }],
    ["of one of several objects", { ...a, allOf: [{ properties: { a: { minimum: 1 }, b: integer } }] }],
    ["in an alternative of one of several", { ...a, allOf: [{ anyOf: [somewhere] }] }],
    ["under a condition", { ...a, if: { required: ["c"] }, else: somewhere }],
    ["that depends on another", { ...a, dependentSchemas: { a: somewhere } }],
    ["of a definition", { ...a, $ref: "#/$defs/d", $defs: { d: somewhere } }],
    ["of a definition that contains itself", { type: "object", $ref: "#/$defs/d", $defs: { d: recursive } }],
  ])("a forbid that asks for a property %s never goes silent", (_, inputSchema) => {
    const { $defs = {}, ...own } = inputSchema as JsonObject;
    const configuration = gatewayOf({
      T: [
        { name: "root", inputSchema },
        { name: "within", inputSchema: { type: "object", properties: { p: own }, $defs } },
      ],
    });
    const asks = (path: string) => `context.input${path} has b && context.input${path}.b > 5`;
    const { decide } = engineOf(
      [
        everyone,
        `forbid(principal, action == ${action("T___root")}, resource) when { ${asks("")} };`,
        `forbid(principal, action == ${action("T___within")}, resource) when { context.input has p && ${asks(".p")} };`,
      ],
      configuration,
    );
    expect(decide("T___root", { a: 1, b: 9 }).decision).toBe("DENY");
    expect(decide("T___within", { p: { a: 1, b: 9 } }).decision).toBe("DENY");
  });

  test.each([
    ["anything", {}],
    ["an object that declares nothing", { type: "object" }],
    [
      "one of several objects",
      {
        anyOf: [
          { ...a, required: ["a"] },
          { type: "object", ...somewhere },
        ],
      },
    ],
    ["a map", { type: "object", additionalProperties: integer }],
  ])("a forbid that asks for a property of %s by its name never goes silent", (_, p) => {
    const statement = `forbid(principal, action, resource) when { context.input has p && context.input.p has b && context.input.p.b > 5 };`;
    const { decide } = engineOf([everyone, statement], gatewayOf({ T: [tool("t", { p })] }));
    const { decision, reason } = decide("T___t", { p: { b: 9 } });
    expect(decision).toBe("DENY");
    expect(reason).toContain("no policy can see into input.p of T___t, because");
  });

  test("a forbid that is no longer valid for its tool blocks it, and nothing else", () => {
    const { decide, shown, problems } = engineOf([everyone, forbid], changed);
    const decision = decide(name.create, { coverage_amount: 1 });
    expect(decision).toMatchObject({ decision: "DENY", error: true, determiningPolicies: ["policy-1"] });
    expect(decision.reason).toContain("policy-1 forbids, but is not valid for the tool as it is now");
    expect(decide("ApplicationToolTarget___other", {}).decision).toBe("ALLOW");
    expect(shown()).toEqual([name.search, "ApplicationToolTarget___other"]);
    expect(problems()).toEqual([{ policyId: "policy-1", message: expect.stringContaining("coverage_amount") }]);
  });

  test("a permit that is no longer valid for its tool permits nothing", () => {
    const { decide, shown, problems } = engineOf([forbid.replace("forbid", "permit")], changed);
    expect(decide(name.create, { coverage_amount: 9 })).toMatchObject({ decision: "DENY", reason: byDefault });
    expect(shown()).toEqual([]);
    expect(problems()).toHaveLength(1);
  });

  test("a policy stays in force for its other tools when one of them is gone", () => {
    const both = `forbid(principal, action in [${action(name.create)}, ${action(name.risk)}], resource);`;
    const { decide } = engineOf([everyone, both], changed);
    expect(decide(name.create, {})).toMatchObject({ decision: "DENY", reason: "Denied by policy policy-1." });
  });

  test("a policy in force that can't be read denies everything", () => {
    const { decide, shown, problems } = engineOf([everyone, "forbid(principal,"]);
    expect(decide(name.create, { coverage_amount: 1 })).toMatchObject({
      decision: "DENY",
      error: true,
      determiningPolicies: ["policy-1"],
    });
    expect(shown()).toEqual([]);
    expect(problems()).toHaveLength(1);
  });

  test("a tool that Cedar can't represent is denied with the reason, and hidden", () => {
    const { decide, list } = engineOf([everyone], gatewayOf({ T: [tool("bad"), tool("bad"), tool("good")] }));
    expect(decide("T___bad", {})).toMatchObject({ decision: "DENY", reason: expect.stringContaining("two tools") });
    expect(decide("T___none", {})).toMatchObject({ decision: "DENY", reason: "The gateway has no tool T___none." });
    expect(list({ principal: user(), now })).toEqual({ shown: ["T___good"], hidden: ["T___bad"] });
  });

  test("a property that Cedar can't represent denies only where a policy needs it", () => {
    const configuration = gatewayOf({ T: [tool("x", { __extn: { type: "string" }, n: { type: "integer" } })] });
    const limit = `forbid(principal, action, resource) when { context.input has n && context.input.n > 5 };`;
    const needs = `forbid(principal, action, resource) when { context.input has "__extn" && context.input["__extn"] == "x" };`;
    const { decide, shown } = engineOf([everyone, limit], configuration);
    expect(decide("T___x", { n: 1, __extn: "x" }).decision).toBe("ALLOW");
    expect(decide("T___x", { n: 9, __extn: "x" }).decision).toBe("DENY");
    expect(shown()).toEqual(["T___x"]);
    expect(engineOf([everyone, needs], configuration).decide("T___x", { n: 1 })).toMatchObject({
      decision: "DENY",
      error: true,
      determiningPolicies: ["policy-1"],
    });
  });

  test("a principal of another type, or with half a character for a claim, is denied", () => {
    const { authorize, decide, shown } = engineOf([
      `permit(principal, action, resource) when { principal.id like "*" && principal.hasTag("d") };`,
    ]);
    const request = { tool: name.create, arguments: { coverage_amount: 1 }, now };
    expect(
      authorize({ ...request, principal: { type: "AgentCore::IamEntity", id: "arn:a", tags: { d: "x" } } }),
    ).toMatchObject({ decision: "DENY", error: true });
    expect(decide(name.create, { coverage_amount: 1 }, { d: "\ud800" })).toMatchObject({
      decision: "DENY",
      error: true,
    });
    expect(shown({ d: "\ud800" })).toEqual([]);
    expect(decide(name.create, { coverage_amount: 1 }, { d: "x" }).decision).toBe("ALLOW");
  });
});

describe("what is in force", () => {
  test("are the ACTIVE policies for this gateway and this kind of principal", () => {
    const inactive = policiesOf("permit(principal, action, resource);").map((policy) => ({
      ...policy,
      status: "CREATE_FAILED" as const,
    }));
    const foreign = policiesOf(
      `forbid(principal, action, resource == AgentCore::Gateway::"arn:other");`,
      "forbid(principal is AgentCore::IamEntity, action, resource);",
      `permit(principal, action == ${action(name.search)}, resource);`,
    );
    const engine = compilePolicies({ configuration: insurance, policies: [...inactive, ...foreign] });
    expect(engine.list({ principal: user(), now }).shown).toEqual([name.search]);
    expect(engine.problems()).toEqual([]);
  });

  test("applies by the clock that the request brings", () => {
    const { authorize } = engineOf([
      `permit(principal, action, resource) when { context.system.now < datetime("2026-11-22T12:00:01Z") };`,
    ]);
    const at = (date: string) =>
      authorize({ principal: user(), tool: name.search, arguments: { query: "" }, now: new Date(date) });
    expect(at("2026-11-22T12:00:00.999Z").decision).toBe("ALLOW");
    expect(at("2026-11-22T12:00:01.000Z").decision).toBe("DENY");
  });

  test("T16: an engine goes on deciding by its own policies after it was released and another was compiled", () => {
    const old = engineOf([`permit(principal, action == ${action(name.search)}, resource);`]);
    expect(old.decide(name.search, { query: "" }).decision).toBe("ALLOW");
    old.release();
    const next = engineOf([`forbid(principal, action == ${action(name.search)}, resource);`]);
    expect(next.decide(name.search, { query: "" }).reason).toBe("Denied by policy policy-0.");
    expect(old.decide(name.search, { query: "" }).decision).toBe("ALLOW");
    old.release();
    expect(next.decide(name.search, { query: "" }).reason).toBe("Denied by policy policy-0.");
  });
});
