import { shop } from "@gatehouse/apply/testing.ts";
import type { ReplayReport } from "@gatehouse/core/policy/replay/report.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { orderPolicies, orderTools, type TestFolder, testFolder } from "./testing.ts";

const call = (id: string, amount: number, decision: "ALLOW" | "DENY", by: string[] = []) => ({
  time: `2026-11-22T12:00:0${amount % 10}.000Z`,
  principal: { type: "AgentCore::OAuthUser", id, tags: { sub: id } },
  tool: "Orders___cancel",
  arguments: { amount },
  decision,
  determiningPolicies: by,
});
const calls = [
  call("alice", 5, "ALLOW", ["small_orders"]),
  call("bob", 71, "ALLOW", ["small_orders"]),
  call("bob", 500, "DENY"),
  call("mallory", 1, "DENY", ["orders_2"]),
];
const ndjson = (lines: readonly unknown[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join("");

let folder: TestFolder;
beforeAll(async () => {
  folder = await testFolder();
  await folder.write({
    "tools.yaml": orderTools,
    "orders.cedar": orderPolicies,
    "stricter.cedar": orderPolicies.replace("< 100", "< 50"),
    "shop.yaml": shop,
    "calls.ndjson": ndjson(calls),
    "mixed.ndjson": `${ndjson([calls[0], { ...calls[1], tool: "Orders___refund" }])}nonsense\n`,
  });
});
afterAll(() => folder.remove());

const replay = (...args: readonly string[]) => folder.run("replay", ...args);
const withTools = ["calls.ndjson", "--gateway", "tools.yaml"] as const;

test("policies that decide as was decided change nothing", async () => {
  expect(await replay(...withTools, "--policies", "orders.cedar")).toEqual({
    status: 0,
    stdout: `4 calls, from 2026-11-22T12:00:00.000Z until 2026-11-22T12:00:05.000Z
  4 calls as before
  0 calls newly allowed
  0 calls newly denied
  0 calls not replayable
`,
    stderr: "",
  });
});

test("what would change is told by tool, principal and policy, with examples", async () => {
  const { status, stdout } = await replay(...withTools, "--policies", "stricter.cedar");
  expect(status).toBe(1);
  expect(stdout).toContain(`  3 calls as before
  0 calls newly allowed
  1 call newly denied
  0 calls not replayable

By tool
  Orders___cancel  +0 allowed  -1 denied

By principal
  bob  +0 allowed  -1 denied

By policy
  small_orders  +0 allowed  -1 denied

Newly denied, for example
  2026-11-22T12:00:01.000Z bob Orders___cancel {"amount":71}
    No policy applies to the request (denied by default).
`);
});

test("two sets of policies are compared with each other", async () => {
  const against = ["--policies", "stricter.cedar", "--against", "orders.cedar", "--json"];
  const { status, stdout } = await replay(...withTools, ...against);
  const report: ReplayReport = JSON.parse(stdout);
  expect(status).toBe(1);
  expect(report).toMatchObject({ calls: 4, unchanged: 3, newlyDenied: 1 });
  expect(await replay(...withTools, "--policies", "orders.cedar", "--against", "orders.cedar")).toMatchObject({
    status: 0,
  });
});

test("a document's own policies are tried where no others are named, or those of another document", async () => {
  expect(await replay("calls.ndjson", "--gateway", "shop.yaml")).toMatchObject({
    status: 1,
    stdout: expect.stringContaining("1 call newly allowed"),
  });
  await folder.write({ "other.yaml": shop.replace("< 100", "< 1") });
  const { stdout } = await replay("calls.ndjson", "--gateway", "shop.yaml", "--policies", "other.yaml");
  expect(stdout).toContain("2 calls newly denied");
});

test("what can't be replayed is counted and shown with its reason", async () => {
  const { status, stdout } = await replay("mixed.ndjson", "--gateway", "tools.yaml", "--policies", "orders.cedar");
  expect(status).toBe(0);
  expect(stdout).toMatch(
    /2 calls not replayable\n {4}1 × The line is not a JSON object\n {6}line 3: .*\n {4}1 × The gateway has no tool of its name\n {6}the call of Orders___refund at/,
  );
});

test("policies that are not valid are told, and nothing is replayed", async () => {
  await folder.write({ "typo.cedar": orderPolicies.replace("input.amount", "input.amout") });
  const { status, stdout } = await replay(...withTools, "--policies", "typo.cedar");
  expect({ status, stdout }).toEqual({ status: 1, stdout: expect.stringMatching(/^typo.cedar:4:/) });
});

test.each([
  ["no file", ["--gateway", "tools.yaml"], /^Name one file of recorded calls/],
  ["two files", ["a", "b", "--gateway", "tools.yaml"], /^Name one file of recorded calls/],
  ["no gateway", ["calls.ndjson"], /^Say --gateway FILE/],
  ["no such file", ["nope.ndjson", "--gateway", "tools.yaml"], /^There is no file nope.ndjson\.$/],
  ["a folder", [".", "--gateway", "tools.yaml"], /^\. is a folder/],
  ["policies that aren't there", [...withTools, "--policies", "no.cedar"], /^There is no file no.cedar\.$/],
  ["no workers", [...withTools, "--workers", "0"], /^--workers takes a number from 1 to 99, not "0"\.$/],
  [
    "recorded and a file",
    [...withTools, "--against", "recorded", "--against", "orders.cedar"],
    /^--against takes "recorded" or/,
  ],
  [
    "a gateway whose tools aren't in the file",
    ["calls.ndjson", "--gateway", "remote.yaml"],
    /^shop has tools of MCP servers/,
  ],
])("%s is wrong usage", async (_, args, message) => {
  const server = `      Remote: { targetConfiguration: { mcp: { mcpServer: { endpoint: "https://tools.example/mcp" } } } }\n`;
  await folder.write({ "remote.yaml": shop.replace("    targets:\n", `    targets:\n${server}`) });
  const { status, stdout, stderr } = await replay(...args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr.trim()).toMatch(message);
});
