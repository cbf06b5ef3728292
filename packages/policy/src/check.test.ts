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

/** What is said of a Cedar file for the tools. */
async function checked(text: string) {
  await folder.write({ "some.cedar": text });
  return folder.run("check", "some.cedar", "--gateway", "tools.yaml");
}
const resource = `resource == AgentCore::Gateway::"\${gateway.gateway.arn}"`;

test("the insurance example and a document with a gateway and an engine are as they should be", async () => {
  const insurance = fileURLToPath(new URL("../../../examples/insurance/insurance.yaml", import.meta.url));
  expect(await folder.run("check", insurance, "shop.yaml")).toEqual({
    status: 0,
    stdout: "4 policies checked, 0 findings.\n",
    stderr: "",
  });
});

test("Cedar files are checked for the tools of a list, or of the document beside them", async () => {
  const { status, stdout, stderr } = await folder.run("check", "orders.cedar", "--gateway", "tools.yaml");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  // What a forbid takes from a permit is no mistake, and shown.
  expect(stdout).toMatch(
    /^orders.cedar:6:1: note: policy orders_2: takes something from policy small_orders: user "mallory" calls Orders___cancel .*\n2 policies checked, 0 findings\.\n$/,
  );
  await folder.write({ "shop.cedar": orderPolicies.replaceAll("gateway.gateway.arn", "gateway.shop.arn") });
  expect(await folder.run("check", "shop.cedar", "shop.yaml")).toMatchObject({ status: 0 });
});

test.each([
  [
    "what isn't Cedar",
    "permit(principal",
    /^some.cedar:1:17: The policy is not one static Cedar policy: .*unexpected end/,
  ],
  [
    "a second policy that isn't",
    `${orderPolicies}\nforbid(principal, action);\n`,
    /^some.cedar:8:25: .*missing the `resource` variable/,
  ],
  [
    "a name that nobody knows, with the one that was meant",
    `permit(principal, action, ${resource});\n  permit(principal, action == AgentCore::Action::"Orders___cancle", ${resource});`,
    /^some.cedar:2:31: policy some_2: unrecognized action .*did you mean/,
  ],
  [
    "an argument that the tool hasn't",
    `permit(principal, action == AgentCore::Action::"Orders___cancel", ${resource}) when { context.input.amout < 1 };`,
    /^some.cedar:1:\d+: policy some_1: attribute `input.amout` .* not found.*did you mean `amount`/,
  ],
  [
    "a policy that never applies",
    `permit(principal, action, ${resource}) when { false };`,
    /warning: policy some_1: .*impossible/,
  ],
  [
    "a policy that allows every call of a tool",
    `permit(principal, action == AgentCore::Action::"Orders___cancel", ${resource});`,
    /^some.cedar:1:1: warning: policy some_1: ALLOW_ALL: .*Orders___cancel/,
  ],
  [
    "a policy that no call can fulfil",
    `permit(principal, action == AgentCore::Action::"Orders___cancel", ${resource}) when { context.input.amount < 1 && context.input.amount > 5 };`,
    /^some.cedar:1:1: warning: policy some_1: ALLOW_NONE: /,
  ],
  [
    "a policy that does nothing that another doesn't do",
    [10, 5]
      .map(
        (limit) =>
          `permit(principal, action == AgentCore::Action::"Orders___cancel", ${resource}) when { context.input.amount < ${limit} };`,
      )
      .join("\n"),
    /^some.cedar:2:1: warning: policy some_2: does nothing that policy some_1 doesn't do, for Orders___cancel/,
  ],
  [
    "two policies of one name",
    `@id("a") permit(principal, action, ${resource});\n@id("a") forbid(principal, action, ${resource});`,
    /^some.cedar:2:1: there already is a policy named a, in some.cedar line 1/,
  ],
  [
    "another gateway",
    `permit(principal, action, resource == AgentCore::Gateway::"\${gateway.other.arn}");`,
    /^some.cedar:1:1: policy some_1 is for \$\{gateway.other.arn\}, not for gateway: resource == AgentCore::Gateway::"\$\{gateway.gateway.arn\}"/,
  ],
  [
    "a template",
    `permit(principal == ?principal, action, ${resource});`,
    /^some.cedar:1:\d*:? ?The policy is not one static/,
  ],
])("%s is found", async (_, text, message) => {
  const { status, stdout, stderr } = await checked(text);
  expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
  expect(stdout).toMatch(message);
  expect(stdout).toMatch(/, [1-9] findings?\.\n$/);
});

test("what a document says is meant is no finding, and a policy in LOG_ONLY takes nothing from others", async () => {
  const everyone = shop.replace("when { context.input.amount < 100 };", "when { context.input.amount < 100 || true };");
  await folder.write({ "open.yaml": everyone });
  const found = await folder.run("check", "open.yaml");
  expect(found).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/note: policy nothing_huge: takes something from policy small_orders/),
  });
  const logOnly = everyone.replace("      nothing_huge:\n", "      nothing_huge:\n        enforcementMode: LOG_ONLY\n");
  await folder.write({ "open.yaml": logOnly });
  expect(await folder.run("check", "open.yaml")).toMatchObject({
    status: 1,
    stdout: expect.stringMatching(/warning: policy small_orders: ALLOW_ALL/),
  });
  const ignoring = "      small_orders:\n        validationMode: IGNORE_ALL_FINDINGS\n";
  const meant = logOnly.replace("      small_orders:\n", ignoring);
  await folder.write({ "meant.yaml": meant });
  expect(await folder.run("check", "meant.yaml")).toEqual({
    status: 0,
    stdout: "2 policies checked, 0 findings.\n",
    stderr: "",
  });
});

test("what is wrong with a document is found where it stands", async () => {
  await folder.write({ "bad.yaml": shop.replace("forbid(", "forbad(").replace("tags:", "tag:") });
  const { status, stdout } = await folder.run("check", "bad.yaml");
  expect(status).toBe(1);
  expect(stdout).toMatch(/^bad.yaml:11: gateways.shop.tag is not known here/m);
  expect(stdout).toMatch(
    /^bad.yaml:35: policyEngines.shop_policies.policies.nothing_huge.statement can't be read: .* line 1, column 1: /m,
  );
  await folder.write({ "bad.yaml": "a: [" });
  expect((await folder.run("check", "bad.yaml")).stdout).toMatch(/^bad.yaml:1: is not YAML: /);
});

test("a policy about tools that only a server knows is left alone, and that is said", async () => {
  const server = `      Remote: { targetConfiguration: { mcp: { mcpServer: { endpoint: "https://tools.example/mcp" } } } }\n`;
  const text = shop.replace("    targets:\n", `    targets:\n${server}`).replace("Orders___cancel", "Remote___t");
  await folder.write({ "remote.yaml": text });
  const { status, stdout } = await folder.run("check", "remote.yaml");
  expect(stdout).toMatch(/^remote.yaml:\d+: note: policy small_orders isn't checked: .*MCP servers/);
  expect(status).toBe(0);
});

test.each([
  ["a list without tools", "tools: {}", /^tools.yaml:1: tools must be a list/],
  [
    "a tool without a target",
    "tools: [{ name: cancel, inputSchema: {} }]",
    /^tools.yaml:1: tools\[0\] must have a name as Target___tool/,
  ],
  [
    "a tool that is no tool",
    "tools:\n  - { name: A___b, inputSchema: {} }",
    /^tools.yaml:1: tools can't be used: The input schema of b must be of type object/,
  ],
  [
    "an authorizer that isn't",
    "tools: []\nauthorizerType: PASSWORD",
    /^tools.yaml:2: authorizerType must be one of CUSTOM_JWT, AWS_IAM, AUTHENTICATE_ONLY, NONE/,
  ],
])("%s is found", async (_, text, message) => {
  const other = await testFolder();
  await other.write({ "tools.yaml": text, "orders.cedar": orderPolicies });
  const { status, stdout } = await other.run("check", "orders.cedar", "--gateway", "tools.yaml");
  await other.remove();
  expect(stdout).toMatch(message);
  expect(status).toBe(1);
});

test.each([
  ["nothing to check", ["check"], /^Name what is to be checked/],
  ["no such file", ["check", "nope.cedar"], /^There is no file nope.cedar\.$/],
  ["no gateway", ["check", "orders.cedar"], /^Say --gateway FILE/],
  [
    "no such gateway",
    ["check", "orders.cedar", "--gateway", "shop.yaml", "--gateway-name", "shp"],
    /^shop.yaml has no gateway shp; did you mean shop\?$/,
  ],
  ["an unknown option", ["check", "orders.cedar", "--gatway", "x"], /^Unknown option '--gatway'/],
  ["a variable without a value", ["check", "shop.yaml", "--set", "x"], /^--set takes NAME=VALUE, not "x"\.$/],
  ["an unknown command", ["chek"], /^There is no command chek; did you mean check\?$/],
])("%s is wrong usage", async (_, args, message) => {
  const { status, stdout, stderr } = await folder.run(...args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr.trim()).toMatch(message);
});
