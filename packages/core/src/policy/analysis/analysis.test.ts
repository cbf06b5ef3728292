import { afterAll, describe, expect, test } from "vitest";
import type { GatewayConfiguration } from "../../storage/records.ts";
import { gatewayArn, gatewayOf, insurance, tool } from "../testing/configuration.ts";
import { createAnalyzer, describeRequest, type PolicyText } from "./analysis.ts";

const analyzer = createAnalyzer({ milliseconds: 60_000, millisecondsPerQuestion: 20_000 });
afterAll(() => analyzer.close());

const create = "ApplicationToolTarget___create_application";
const risk = "RiskModelToolTarget___invoke_risk_model";
const approve = "ApprovalToolTarget___approve_underwriting";
const on = (name: string) => `principal, action == AgentCore::Action::"${name}", resource`;
const finance = `principal.hasTag("department") && principal.getTag("department") == "finance"`;
const overflow = "context.input.coverage_amount * 9007199254740991 > 0";

function policies(statements: Readonly<Record<string, string>>): PolicyText[] {
  return Object.entries(statements).map(([policyId, statement]) => ({ policyId, statement }));
}

async function alone(statement: string, configuration: GatewayConfiguration = insurance) {
  const { findings, undecided } = await analyzer.reviewAlone({ policyId: "p", statement }, configuration);
  return { findings, undecided, types: findings.map(({ type }) => type) };
}

async function added(statement: string, others: Readonly<Record<string, string>>, policyId = "p") {
  const { findings, undecided } = await analyzer.reviewInEngine({ policyId, statement }, policies(others), insurance);
  return { findings, undecided, types: findings.map(({ type }) => type) };
}

describe("a policy by itself", () => {
  test("is valid, and a request shows what it does", async () => {
    const { findings, undecided } = await alone(
      `permit(${on(create)}) when { ${finance} && context.input.coverage_amount >= 5 && context.input.coverage_amount < 7 };`,
    );
    expect(undecided).toEqual([]);
    expect(findings).toEqual([
      {
        type: "VALID",
        description:
          `The policy is valid; for example, it permits this: user "alice" with department "finance" calls ` +
          `${create} with ${JSON.stringify(findings[0]?.example?.arguments)}.`,
        example: {
          principal: { type: "AgentCore::OAuthUser", id: "alice", tags: { department: "finance" } },
          tool: create,
          arguments: { coverage_amount: expect.toSatisfy((n) => n === 5 || n === 6) },
        },
      },
    ]);
  });

  test.for<[string, string, string]>([
    ["permits everything", "permit(principal, action, resource);", "ALLOW_ALL"],
    [
      "permits everything by its cases",
      `permit(${on(create)}) when { context.input.coverage_amount < 5 || context.input.coverage_amount >= 5 };`,
      "ALLOW_ALL",
    ],
    [
      "permits nothing",
      `permit(${on(create)}) when { context.input.coverage_amount < 5 && context.input.coverage_amount > 5 };`,
      "ALLOW_NONE",
    ],
    [
      "permits nothing but by an error",
      `permit(${on(create)}) when { ${overflow} && ${overflow.replace(">", "<")} };`,
      "ALLOW_NONE",
    ],
    ["is for other principals", "permit(principal is AgentCore::IamEntity, action, resource);", "ALLOW_NONE"],
    ["is for no gateway", "permit(principal, action, resource is AgentCore::OAuthUser);", "ALLOW_NONE"],
    ["forbids everything", `forbid(${on(create)}) unless { false };`, "DENY_ALL"],
    [
      "forbids nothing",
      `forbid(${on(create)}) when { context.input has applicant_region && context.input.applicant_region != context.input.applicant_region };`,
      "DENY_NONE",
    ],
    [
      "forbids nothing, by exact arithmetic",
      `forbid(${on(create)}) when { context.input.coverage_amount == 9007199254740993 };`,
      "DENY_NONE",
    ],
  ])("that %s", async ([, statement, type]) => {
    const { types, undecided } = await alone(statement);
    expect({ types, undecided }).toEqual({ types: ["VALID", type], undecided: [] });
  });

  test("names the tools that it has no limit for, and not those that it has one for", async () => {
    const { findings } = await alone(
      `permit(principal, action, resource) when { !(context.input has coverage_amount) || ${finance} };`,
    );
    expect(findings[1]).toMatchObject({
      type: "ALLOW_ALL",
      tools: ["x_amz_bedrock_agentcore_search", risk, approve],
      description: `The policy permits every call of x_amz_bedrock_agentcore_search, ${risk} and ${approve}, whoever makes it and whatever the arguments.`,
    });
  });

  test("that does something for one of its tools does something", async () => {
    const { types } = await alone("forbid(principal, action, resource) when { context.input has claim_amount };");
    expect(types).toEqual(["VALID"]);
  });

  test("that is for another gateway is only validated", async () => {
    const { types } = await alone(`permit(principal, action, resource == AgentCore::Gateway::"${gatewayArn}-other");`);
    expect(types).toEqual(["VALID"]);
  });

  test("knows of no tags of IAM identities", async () => {
    const { gateway, targets } = insurance;
    const iam = { gateway: { ...gateway, authorizerType: "AWS_IAM" as const }, targets };
    const { findings } = await alone(`permit(${on(create)});`, iam);
    expect(findings[0]?.description).toContain(`IAM identity "alice" calls`);
    expect((await alone(`permit(${on(create)}) when { principal.hasTag("a") };`, iam)).types).toEqual([
      "VALID",
      "ALLOW_NONE",
    ]);
  });

  test("T15: that is not valid comes with line, column and a hint, and with no other finding", async () => {
    const { findings } = await alone(`forbid(${on(create)})\nwhen { context.input.coverage_amout < 5 };`);
    expect(findings.map(({ type }) => type)).toEqual(["INVALID"]);
    expect(findings[0]?.description).toMatch(/line 2, column 8: .*did you mean `coverage_amount`/);
    const missing = await alone(`forbid(${on(create)})\nwhen { context.input.applicant_region == "US" };`);
    expect(missing.findings[0]?.description).toMatch(/line 2, column 8: .*applicant_region.*has/s);
    expect((await alone("permit(")).types).toEqual(["INVALID"]);
  });

  test("T15: a forbid that errs denies, and so it is not one that denies nothing", async () => {
    const never = `forbid(${on(create)}) when { ${overflow} && context.input.coverage_amount < 0 };`;
    const { types, findings } = await alone(never);
    expect(types).toEqual(["VALID"]);
    // It is never satisfied, so what it denies, it denies by its error.
    expect(Math.abs(Number(findings[0]?.example?.arguments.coverage_amount))).toBeGreaterThan(1024);
    expect((await alone(`forbid(${on(create)}) when { 9007199254740991 * 9007199254740991 > 0 };`)).types).toEqual([
      "VALID",
      "DENY_ALL",
    ]);
  });
});

describe("what the analysis can't follow", () => {
  test("like: a request that shows it, and proofs that don't depend on it", async () => {
    const region = "context.input has applicant_region && context.input.applicant_region";
    const { findings, undecided } = await alone(
      `permit(${on(create)}) when { ${region} like "US-*" && !(${region} like "*-CA") };`,
    );
    expect(undecided).toEqual([]);
    expect(findings[0]?.example?.arguments.applicant_region).toMatch(/^US-/);
    expect((await alone(`permit(${on(create)}) when { ${region} like "a*" && ${region} == "b" };`)).types).toContain(
      "ALLOW_NONE",
    );
    expect(
      (await alone(`permit(${on(create)}) when { !(${region} like "a*") || ${region} like "a*" };`)).types,
    ).toContain("ALLOW_ALL");
  });

  test.for([
    ["like", `permit(${on(create)}) when { principal.id like "a*" && !(principal.id like "a**") };`, "`like`"],
    [
      "a computed tag",
      `permit(${on(create)}) when { principal.hasTag(principal.id) };`,
      "a tag whose name is computed",
    ],
    ["an address", `forbid(${on(create)}) when { ip("10.0.0.1").isLoopback() };`, "`isLoopback`"],
  ] as const)("%s: it is said, and nothing is guessed", async ([, statement, what]) => {
    const { types, undecided } = await alone(statement);
    expect(types).toEqual(["VALID"]);
    expect(undecided).toHaveLength(1);
    expect(undecided[0]).toMatchObject({ tools: [create] });
    expect(undecided[0]?.reason).toContain(what);
  });

  test("hard arithmetic is undecided after a while, and the next question is answered", async () => {
    const configuration = gatewayOf({
      T: [tool("cubes", { "x!": { type: "integer" }, "y!": { type: "integer" }, "z!": { type: "integer" } })],
    });
    const cube = (name: string) => `context.input.${name} * context.input.${name} * context.input.${name}`;
    const statement = `permit(principal, action, resource) when { context.input.x > 1 && context.input.y > 1 && context.input.z > 1 && ${cube("x")} + ${cube("y")} == ${cube("z")} };`;
    const hasty = createAnalyzer({ millisecondsPerQuestion: 1_500 });
    try {
      const [hard, easy] = await Promise.all([
        hasty.reviewAlone({ policyId: "p", statement }, configuration),
        analyzer.reviewAlone({ policyId: "p", statement: "permit(principal, action, resource);" }, configuration),
      ]);
      expect(hard.undecided).toEqual([{ tools: ["T___cubes"], reason: "the solver's time was up" }]);
      expect(hard.findings.map(({ type }) => type)).toEqual(["VALID"]);
      expect(easy.findings.map(({ type }) => type)).toEqual(["VALID", "ALLOW_ALL"]);
      const after = await hasty.reviewAlone(
        { policyId: "p", statement: "forbid(principal, action, resource);" },
        configuration,
      );
      expect(after.findings.map(({ type }) => type)).toEqual(["VALID", "DENY_ALL"]);
    } finally {
      await hasty.close();
    }
  });

  test("what there is no time for is undecided", async () => {
    const none = createAnalyzer({ milliseconds: 0 });
    const statement = `permit(${on(create)}) when { context.input.coverage_amount < 5 };`;
    const { findings, undecided } = await none.reviewAlone({ policyId: "p", statement }, insurance);
    expect(findings.map(({ type }) => type)).toEqual(["VALID"]);
    expect(undecided).toEqual([{ tools: [create], reason: "the time for the analysis was up" }]);
    await none.close();
  });
});

describe("a policy in an engine", () => {
  test("that opens a tool for everybody together with another", async () => {
    const { findings } = await added(`permit(${on(create)}) unless { ${finance} };`, {
      q: `permit(${on(create)}) when { ${finance} };`,
    });
    expect(findings[1]).toMatchObject({ type: "ALLOW_ALL", tools: [create] });
    expect(findings[1]?.description).toContain(`Before, this was denied: user "alice" calls ${create}`);
  });

  test("that changes nothing has no finding, even if the engine allows everything", async () => {
    expect((await added(`permit(${on(create)});`, { q: "permit(principal, action, resource);" })).types).toEqual([
      "VALID",
    ]);
    // What denies everything already is not made to by another forbid.
    expect((await added(`forbid(${on(create)});`, { q: `permit(${on(risk)});` })).types).toEqual(["VALID"]);
  });

  test("that closes a tool to everybody", async () => {
    const { findings } = await added(`forbid(${on(create)}) when { ${finance} };`, {
      q: `permit(${on(create)}) when { ${finance} };`,
      r: `permit(${on(risk)});`,
    });
    expect(findings[1]).toMatchObject({
      type: "DENY_ALL",
      tools: [create],
      example: { principal: { tags: { department: "finance" } } },
    });
  });

  test("that replaces the one of its id", async () => {
    const before = { p: `permit(${on(create)});`, q: `permit(${on(risk)});` };
    const { findings } = await added(`permit(${on(create)}) when { 1 > 2 };`, before);
    expect(findings.map(({ type }) => type)).toEqual(["VALID", "ALLOW_NONE", "DENY_ALL"]);
    expect(findings[2]).toMatchObject({ tools: [create] });
  });

  test("T15: one that errs closes what it errs for", async () => {
    const { findings } = await added(`permit(${on(create)}) when { 9007199254740991 * 9007199254740991 > 0 };`, {
      q: "permit(principal, action, resource);",
    });
    expect(findings.map(({ type }) => type)).toEqual(["VALID", "ALLOW_NONE", "DENY_ALL"]);
  });
});

describe("a change", () => {
  test("what it newly allows and denies, each with a request", async () => {
    const { newlyAllowed, newlyDenied, undecided } = await analyzer.compare(
      policies({ a: `permit(${on(create)}) when { context.input.coverage_amount < 100 };`, b: `permit(${on(risk)});` }),
      policies({
        a: `permit(${on(create)}) when { context.input.coverage_amount < 100 || ${finance} };`,
        b: `permit(${on(risk)});`,
        c: `forbid(${on(create)}) when { context.input.coverage_amount < 0 };`,
      }),
      insurance,
    );
    expect(undecided).toEqual([]);
    expect(newlyAllowed).toEqual([
      {
        tool: create,
        example: {
          principal: { type: "AgentCore::OAuthUser", id: "alice", tags: { department: "finance" } },
          tool: create,
          arguments: { coverage_amount: 100 },
        },
      },
    ]);
    expect(newlyDenied.map(({ tool: name, example }) => [name, example.arguments])).toEqual([
      [create, { coverage_amount: -1 }],
    ]);
  });

  test("written otherwise, it is none", async () => {
    const comparison = await analyzer.compare(
      policies({ a: `permit(${on(create)}) when { !(${finance}) || context.input.coverage_amount < 5 };` }),
      policies({
        x: `permit(${on(create)}) unless { ${finance} };`,
        y: `permit(${on(create)}) when { 5 > context.input.coverage_amount };`,
      }),
      insurance,
    );
    expect(comparison).toEqual({ newlyAllowed: [], newlyDenied: [], undecided: [] });
  });

  test("to many tools is shown with a request for each of them", async () => {
    const many = gatewayOf({
      T: Array.from({ length: 100 }, (_, i) =>
        tool(`t${i}`, { [`own${i}!`]: { type: "integer" }, "amount!": { type: "integer" } }),
      ),
    });
    const { newlyDenied, undecided } = await analyzer.compare(
      policies({ a: "permit(principal, action, resource);" }),
      policies({
        a: "permit(principal, action, resource);",
        b: "forbid(principal, action, resource) when { context.input.amount > 9 };",
      }),
      many,
    );
    expect(undecided).toEqual([]);
    expect(newlyDenied).toHaveLength(100);
    expect(newlyDenied[7]?.example).toMatchObject({ tool: "T___t7", arguments: { own7: 0, amount: 10 } });
  });

  test("T15: a forbid that isn't valid for a tool closes it, and opens it when it is taken away", async () => {
    const forbid = `forbid(${on(create)}) when { context.input.applicant_region == "US" };`;
    const { newlyAllowed, newlyDenied, undecided } = await analyzer.compare(
      policies({ a: "permit(principal, action, resource);", invalid: forbid }),
      policies({ a: "permit(principal, action, resource);" }),
      insurance,
    );
    expect({ newlyDenied, undecided }).toEqual({ newlyDenied: [], undecided: [] });
    expect(newlyAllowed.map(({ tool: name }) => name)).toEqual([create]);
  });

  test("T15: a policy that nobody can read closes everything, as it does in the engine", async () => {
    const { newlyDenied } = await analyzer.compare(
      policies({ a: `permit(${on(create)});` }),
      policies({ a: `permit(${on(create)});`, broken: "forbid(" }),
      insurance,
    );
    expect(newlyDenied.map(({ tool: name }) => name)).toEqual([create]);
  });
});

describe("how policies relate", () => {
  test("those that another makes superfluous, and the forbids that take something from a permit", async () => {
    const { shadowed, overlaps, undecided } = await analyzer.relations(
      policies({
        small: `permit(${on(create)}) when { context.input.coverage_amount < 5 };`,
        smaller: `permit(${on(create)}) when { context.input.coverage_amount < 4 && ${finance} };`,
        same: `permit(${on(create)}) when { 5 > context.input.coverage_amount };`,
        never: `permit(${on(create)}) when { 1 > 2 };`,
        risky: `permit(${on(risk)}) when { ${finance} };`,
        closed: `forbid(${on(risk)}) when { principal.hasTag("department") };`,
        negative: `forbid(${on(create)}) when { context.input.coverage_amount < 0 };`,
      }),
      insurance,
    );
    expect(undecided).toEqual([]);
    expect(shadowed).toEqual([
      { policyId: "smaller", by: "small", tools: [create] },
      { policyId: "same", by: "small", tools: [create] },
      { policyId: "risky", by: "closed", tools: [risk] },
    ]);
    expect(overlaps.map(({ forbid, permit, example }) => [forbid, permit, describeRequest(example)])).toEqual([
      ["negative", "small", `user "alice" calls ${create} with {"coverage_amount":-1}`],
      ["negative", "smaller", `user "alice" with department "finance" calls ${create} with {"coverage_amount":-1}`],
      ["negative", "same", `user "alice" calls ${create} with {"coverage_amount":-1}`],
      ["closed", "risky", `user "alice" with department "finance" calls ${risk} without arguments`],
    ]);
  });

  test("a policy is shadowed only if it is for every tool that it is about", async () => {
    const { shadowed } = await analyzer.relations(
      policies({
        all: "permit(principal, action, resource);",
        one: `forbid(${on(create)});`,
        two: `forbid(${on(create)}) when { ${finance} };`,
      }),
      insurance,
    );
    expect(shadowed).toEqual([{ policyId: "two", by: "one", tools: [create] }]);
  });

  test("of many policies, what there is no time for is undecided, and nothing goes on without end", {
    timeout: 20_000,
  }, async () => {
    const hurried = createAnalyzer({ milliseconds: 3_000 });
    const many = Array.from({ length: 200 }, (_, amount): [string, string] => [
      `p${amount}`,
      `${amount % 2 ? "permit" : "forbid"}(${on(create)}) when { context.input.coverage_amount == ${amount} };`,
    ]);
    const { undecided } = await hurried.relations(policies(Object.fromEntries(many)), insurance);
    await hurried.close();
    expect(undecided).toEqual([{ tools: [create], reason: "the time for the analysis was up" }]);
  });
});
