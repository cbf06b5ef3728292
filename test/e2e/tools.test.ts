import { SynchronizeGatewayTargetsCommand } from "@aws-sdk/client-bedrock-agentcore-control";
import type { Tool } from "@modelcontextprotocol/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { runTools } from "../support/tools.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";

let gatehouse: TestGatehouse;
let upstream: Upstream;
const pay: Tool = { name: "pay", description: "Pays an invoice", inputSchema: { type: "object" } };
beforeAll(async () => {
  [gatehouse, upstream] = await Promise.all([startGatehouse(), startUpstream([pay])]);
});
afterAll(() => Promise.all([gatehouse[Symbol.asyncDispose](), upstream.stop()]));

test("npm run tools shows what has changed, and accepts what it has shown", async () => {
  const gateway = await gatehouse.createGateway();
  const targetId = await gatehouse.addTarget(gateway, "Bank", { mcpServer: { endpoint: upstream.endpoint } });
  const synchronize = new SynchronizeGatewayTargetsCommand({
    gatewayIdentifier: gateway.id,
    targetIdList: [targetId],
  });
  const tools = (...args: string[]) => runTools(gatehouse, args);
  const good = { status: 0, stdout: "Every tool is as it was approved.\n", stderr: "" };
  expect(await tools("drift", gateway.id)).toEqual(good);

  upstream.tools = [
    { ...pay, description: "Pays any invoice" },
    { ...pay, name: "refund" },
  ];
  await gatehouse.control.send(synchronize);
  await gatehouse.host.idle();
  const shown = await tools("drift", gateway.id, "Bank");
  expect(shown).toMatchObject({ status: 3, stderr: "" });
  expect(shown.stdout).toContain("~ Bank___pay: changed since it was approved\n");
  expect(shown.stdout).toContain("~ /description: Pays [-an-]{+any+} invoice\n");
  expect(shown.stdout).toContain("+ Bank___refund: new\n");

  const unconfirmed = await tools("accept", gateway.id, "Bank");
  expect(unconfirmed).toMatchObject({ status: 2, stderr: expect.stringContaining("there is nobody to ask") });
  expect(await tools("accept", gateway.id, "Bank", "pay", "--yes")).toMatchObject({ status: 0, stderr: "" });
  const rest = await tools("drift", gateway.id, targetId, "--json");
  expect(rest.status).toBe(3);
  expect(JSON.parse(rest.stdout)).toMatchObject([{ target: "Bank", tools: [{ name: "refund", kind: "NEW" }] }]);
  expect((await tools("accept", gateway.id, "Bank", "--yes")).status).toBe(0);
  expect(await tools("drift", gateway.id)).toEqual(good);
});

test.each([
  ["a gateway that isn't there", ["drift", "nobodys"], "There is no gateway nobodys."],
  ["no command", [], "Usage: npm run --silent tools"],
  ["no target to accept", ["accept", "x"], "Usage: npm run --silent tools"],
])("%s is an error", async (_, args, message) => {
  const { status, stderr } = await runTools(gatehouse, args);
  expect(status).toBe(1);
  expect(stderr).toContain(message);
});
