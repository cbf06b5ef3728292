import { fileURLToPath } from "node:url";
import { shop } from "@gatehouse/apply/testing.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { orderPolicies, orderTools, type TestFolder, testFolder } from "./testing.ts";

let folder: TestFolder;
beforeAll(async () => {
  folder = await testFolder();
  await folder.write({ "tools.yaml": orderTools, "orders.cedar": orderPolicies, "shop.yaml": shop });
});
afterAll(() => folder.remove());

const head = "gateway: tools.yaml\npolicies: [orders.cedar]\n";

/** What comes of a file of cases about cancelling orders. */
async function tested(cases: string, before = head) {
  await folder.write({ "cases.yaml": `${before}cases:\n${cases}` });
  return folder.run("test", "cases.yaml");
}
const cancel = (rest: string) => `  - { who: { id: alice }, tool: Orders___cancel, input: { amount: 5 }, ${rest} }\n`;

test("the insurance example's cases pass: the story of the talk", async () => {
  const cases = fileURLToPath(new URL("../../../examples/insurance/policy-tests.yaml", import.meta.url));
  expect(await folder.run("test", cases)).toEqual({ status: 0, stdout: "9 passed, 0 failed\n", stderr: "" });
});

test("a case passes for its decision, and for the policy that is to make it", async () => {
  const good = [
    cancel("expect: ALLOW"),
    cancel("expect: ALLOW, because: small_orders"),
    `  - { who: { id: mallory }, tool: Orders___cancel, input: { amount: 5 }, expect: DENY, because: orders_2 }\n`,
    `  - { who: { id: alice }, tool: Orders___cancel, input: { amount: 500 }, expect: DENY }\n`,
    `  - { who: { id: alice }, tool: Orders___show, expect: DENY }\n`,
  ];
  expect(await tested(good.join(""))).toEqual({ status: 0, stdout: "5 passed, 0 failed\n", stderr: "" });
});

test("a case that fails says what was decided, why, and what would be right", async () => {
  const { status, stdout } = await tested(
    `${cancel("expect: ALLOW")}  - name: large orders
    who: { id: bob, department: finance }
    tool: Orders___cancel
    input: { amount: 500 }
    expect: ALLOW
    because: small_orders
${cancel("expect: DENY")}${cancel("expect: ALLOW, because: orders_2")}`,
  );
  expect(status).toBe(1);
  expect(stdout).toBe(`FAILED large orders (cases.yaml:5)
  who:      bob {"department":"finance"}
  calls:    Orders___cancel {"amount":500}
  decided:  DENY. No policy applies to the request (denied by default).
  expected: ALLOW by policy small_orders
FAILED case 3 (cases.yaml:11)
  who:      alice {}
  calls:    Orders___cancel {"amount":5}
  decided:  ALLOW. Allowed by policy small_orders.
  expected: DENY
FAILED case 4 (cases.yaml:12)
  who:      alice {}
  calls:    Orders___cancel {"amount":5}
  decided:  ALLOW. Allowed by policy small_orders.
  expected: ALLOW by policy orders_2
1 passed, 3 failed
`);
});

test("claims are what tokens say, and the time is the case's, the file's, or now", async () => {
  const policy = (condition: string) =>
    `${head}  - { name: p, statement: 'permit(principal, action == AgentCore::Action::"Orders___show", resource == AgentCore::Gateway::"\${gateway.gateway.arn}") when { ${condition} };' }\n`.replace(
      "policies: [orders.cedar]\n",
      "policies:\n",
    );
  const show = (rest: string) => `  - { tool: Orders___show, expect: ALLOW, because: p, ${rest} }\n`;
  const claims = `principal.getTag("sub") == "alice" && principal.hasTag("level") && principal.getTag("level") == "3" && principal.hasTag("groups") && principal.getTag("groups") like "*admin*"`;
  const has = `principal.hasTag("sub") && ${claims}`;
  expect(await tested(show("who: { id: alice, level: 3, groups: [admin] }"), policy(has))).toMatchObject({ status: 0 });
  const until = `context.system.now < datetime("2026-02-01")`;
  const who = "who: { id: alice }";
  const inTime = show(`${who}, now: "2026-01-31T23:59:59Z"`);
  expect(await tested(inTime, policy(until))).toMatchObject({ status: 0 });
  expect(await tested(show(who), `now: "2026-01-31T12:00:00+01:00"\n${policy(until)}`)).toMatchObject({ status: 0 });
  const late = show(`${who}, now: "2026-02-01T00:00:00Z"`);
  expect(await tested(late, `now: "2026-01-01T00:00:00Z"\n${policy(until)}`)).toMatchObject({ status: 1 });
  expect(await tested(show(who), policy(until.replace("2026", "2999")))).toMatchObject({ status: 0 });
});

test("the policies are the document's unless the cases name others, and its variables can be said", async () => {
  const where = "gateway: shop.yaml\n";
  expect(await tested(cancel("expect: ALLOW, because: small_orders"), where)).toMatchObject({ status: 0 });
  await folder.write({
    "shop.cedar": `@id("all") permit(principal, action, resource == AgentCore::Gateway::"\${gateway.shop.arn}");`,
  });
  const others = `${where}policies: [shop.yaml, shop.cedar]\n`;
  expect(await tested(cancel("expect: ALLOW, because: all"), others)).toMatchObject({ status: 0 });
  await folder.write({ "variable.yaml": `variables: { limit: }\n${shop.replace("< 100", () => `< \${limit}`)}` });
  const said = "gateway: variable.yaml\nvariables: { limit: 5 }\n";
  expect(await tested(cancel("expect: DENY"), said)).toMatchObject({ status: 0 });
  expect(await folder.run("test", "cases.yaml", "--set", "limit=6")).toMatchObject({ status: 1 });
});

test.each([
  [
    "a tool that isn't there",
    "tool: Orders___cancl, input: {}",
    /The gateway has no tool Orders___cancl; did you mean Orders___cancel\?/,
  ],
  [
    "input that the tool doesn't take",
    "tool: Orders___cancel, input: { amount: many }",
    /No policy is asked about this input, .*: amount must be integer/,
  ],
])("%s fails a case, whatever it expects", async (_, call, message) => {
  const { status, stdout } = await tested(`  - { who: { id: alice }, ${call}, expect: DENY }\n`);
  expect(stdout).toMatch(message);
  expect(status).toBe(1);
});

test("an IAM identity has no claims", async () => {
  await folder.write({ "iam.yaml": `authorizerType: AWS_IAM${orderTools}` });
  const one = (who: string) =>
    tested(`  - { who: ${who}, tool: Orders___show, expect: DENY }\n`, "gateway: iam.yaml\npolicies: []\n");
  expect(await one("{ id: 'arn:aws:iam::000000000000:role/x' }")).toMatchObject({ status: 0 });
  expect((await one("{ id: a, team: b }")).stdout).toMatch(/IAM identities, which have no claims/);
});

test("policies that aren't valid decide nothing: they are told, and no case is", async () => {
  await folder.write({ "typo.cedar": orderPolicies.replace("input.amount", "input.amout") });
  const { status, stdout } = await tested(cancel("expect: ALLOW"), "gateway: tools.yaml\npolicies: [typo.cedar]\n");
  expect(status).toBe(1);
  expect(stdout).toMatch(/^typo.cedar:4:\d+: policy small_orders: attribute/);
  expect(stdout).not.toMatch(/passed/);
});

test.each([
  ["no file", [], "", /^Name a file of cases/],
  ["no such file", ["nope.yaml"], "", /^There is no file nope.yaml\.$/],
  ["no gateway", ["c.yaml"], "cases: []", /^c.yaml: gateway is required$/],
  ["a gateway that isn't there", ["c.yaml"], "gateway: no.yaml\ncases: []", /^There is no file .*no.yaml\.$/],
  ["no cases", ["c.yaml"], "gateway: tools.yaml", /^c.yaml: cases must be a list$/],
  [
    "a key that is unknown",
    ["c.yaml"],
    "gateway: tools.yaml\ncase: []\ncases: []",
    /^c.yaml:2: case is not known here; did you mean cases\?$/,
  ],
  ["no text at all", ["c.yaml"], "", /^c.yaml: the file must be an object/],
  ["what isn't YAML", ["c.yaml"], "a: [", /^c.yaml:1: is not YAML/],
  [
    "a wrong time",
    ["c.yaml"],
    "gateway: tools.yaml\nnow: yesterday\ncases: []",
    /^c.yaml:2: now must be a time as in 2026-01-31T12:00:00Z$/,
  ],
  [
    "a policy without a statement",
    ["c.yaml"],
    "gateway: tools.yaml\npolicies: [{ name: a }]\ncases: []",
    /^c.yaml:2: policies\[0\].statement is required$/,
  ],
  [
    "everything that is wrong with a case",
    ["c.yaml"],
    "gateway: tools.yaml\ncases:\n  - who: { department: x }\n    tool: 7\n    input: 3\n    expct: allow",
    /^c.yaml:6: cases\[0\].expct is not known here; did you mean expect\?\nc.yaml:3: cases\[0\].expect must be ALLOW or DENY\nc.yaml:3: cases\[0\].who.id is required\nc.yaml:4: cases\[0\].tool must be text\nc.yaml:5: cases\[0\].input must be an object$/,
  ],
])("%s is wrong usage", async (_, args, text, message) => {
  await folder.write({ "c.yaml": text });
  const { status, stdout, stderr } = await folder.run("test", ...args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr.trim()).toMatch(message);
});

test("prompts and resources of a list are tried like tools, by their actions", async () => {
  const offered = `${orderTools}
prompts:
  - { name: Orders___summary, arguments: [{ name: period, required: true }] }
resources:
  - { uri: "gatehouse:Docs/file:///public/terms.md", name: terms }
`;
  const statements = {
    monthly: `permit(principal, action == AgentCore::Action::"GetPrompt:Orders___summary", resource) when { context.input.period == "month" };`,
    public_files: `permit(principal, action == AgentCore::Action::"ReadResource:Docs", resource) when { context.input.uri like "file:///public/*" };`,
  };
  const policies = Object.entries(statements).map(([id, statement]) => `@id("${id}")\n${statement}\n`);
  await folder.write({ "offered.yaml": offered, "offered.cedar": policies.join("\n") });
  const ask = (tool: string, input: string, expected: string) =>
    `  - { who: { id: alice }, tool: "${tool}", input: ${input}, expect: ${expected} }\n`;
  const cases = [
    ask("GetPrompt:Orders___summary", "{ period: month }", "ALLOW"),
    ask("GetPrompt:Orders___summary", "{ period: year }", "DENY"),
    ask("ReadResource:Docs", '{ uri: "file:///public/terms.md" }', "ALLOW, because: public_files"),
    ask("ReadResource:Docs", '{ uri: "file:///secret" }', "DENY"),
    ask("Orders___show", "{}", "DENY"),
  ];
  const before = "gateway: offered.yaml\npolicies: [offered.cedar]\n";
  expect(await tested(cases.join(""), before)).toEqual({ status: 0, stdout: "5 passed, 0 failed\n", stderr: "" });
  const undeclared = await tested(ask("GetPrompt:Orders___summary", "{ month: 1 }", "DENY"), before);
  expect(undeclared.stdout).toContain("No policy is asked about this input");
  expect((await folder.run("check", "offered.cedar", "--gateway", "offered.yaml")).status).toBe(0);
});

test.each([
  ["prompts: {}", "prompts must be a list"],
  ["prompts: [{ name: summary }]", "prompts[0] must have a name as Target___prompt"],
  ["prompts: [{ name: Orders___summary, arguments: [period] }]", "prompts[0] must have a name as Target___prompt"],
  ["resources: [{ uri: 'file:///a' }]", "resources[0] must have a uri as gatehouse:Target/uri"],
  ["resources: [{ uri: 'gatehouse:Docs/file:///a/../b' }]", "dot segments"],
])("a list with %s is refused", async (text, complaint) => {
  await folder.write({ "odd.yaml": `${orderTools}\n${text}\n` });
  const { status, stdout, stderr } = await folder.run("check", "orders.cedar", "--gateway", "odd.yaml");
  expect(status).not.toBe(0);
  expect(stdout + stderr).toContain(complaint);
});
