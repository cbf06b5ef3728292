import {
  CreatePolicyCommand,
  DeletePolicyCommand,
  GetPolicyCommand,
  ListPoliciesCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { tableName } from "@gatehouse/local/tables.ts";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startGatehouse, type TestGatehouse, type TestGateway } from "../support/gatehouse.ts";
import { connectClient, post, textOf, toolsCall } from "../support/mcp.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";

let upstream: Upstream;
let gatehouse: TestGatehouse;
beforeAll(async () => {
  // Metrics are off on one machine, where nobody collects them.
  process.env.POWERTOOLS_METRICS_DISABLED = "false";
  upstream = await startUpstream();
  gatehouse = await startGatehouse();
});
afterAll(async () => {
  await gatehouse[Symbol.asyncDispose]();
  await upstream.stop();
});

const permitEcho = `permit(principal, action == AgentCore::Action::"Up___echo", resource == AgentCore::Gateway::"{gateway}");`;

async function gatewayWith(policies: Record<string, string>, mode: "ENFORCE" | "LOG_ONLY" = "ENFORCE") {
  const gateway = await gatehouse.createGateway();
  await gatehouse.addTarget(gateway, "Up", { mcpServer: { endpoint: upstream.endpoint } });
  const policyEngineId = await gatehouse.attach(gateway, mode, policies);
  const bearer = { Authorization: `Bearer ${await gatehouse.token(gateway, "alice")}` };
  const call = async (tool: string, args: object = {}) => (await post(gateway.url, toolsCall(tool, args), bearer)).body;
  return { gateway, policyEngineId, call };
}

async function createPolicy(policyEngineId: string, gateway: TestGateway, name: string, statement: string) {
  const cedar = { statement: statement.replaceAll("{gateway}", gateway.arn) };
  return gatehouse.control.send(new CreatePolicyCommand({ policyEngineId, name, definition: { cedar } }));
}

describe("T15 a forbid cannot be turned off by an error", () => {
  test("a forbid on a parameter that may be missing does not become ACTIVE", async () => {
    const { gateway, policyEngineId, call } = await gatewayWith({ permitEcho });
    const unsafe = `forbid(principal, action == AgentCore::Action::"Up___echo", resource == AgentCore::Gateway::"{gateway}") when { context.input.text == "secret" };`;
    const created = await createPolicy(policyEngineId, gateway, "unsafe", unsafe);
    const policy = await gatehouse.control.send(new GetPolicyCommand({ policyEngineId, policyId: created.policyId }));
    expect(policy.status).toBe("CREATE_FAILED");
    expect(policy.statusReasons?.join(" ")).toContain("text");
    // Nothing half done: what was in force still is.
    expect((await call("Up___echo", { text: "secret" }))?.result?.isError).toBeFalsy();

    const safe = unsafe.replace("context.input.text ==", "context.input has text && context.input.text ==");
    expect((await createPolicy(policyEngineId, gateway, "safe", safe)).status).toBe("ACTIVE");
    const denied = async () => (await call("Up___echo", { text: "secret" }))?.result?.isError;
    await expect.poll(denied, { timeout: 5_000 }).toBe(true);
    expect((await call("Up___echo"))?.result?.isError).toBeFalsy();
  });

  test("a forbid that fails while it is evaluated denies, is recorded, and says so", async () => {
    const { gateway, call } = await gatewayWith({
      permitTransfer: `permit(principal, action == AgentCore::Action::"Up___transfer", resource == AgentCore::Gateway::"{gateway}");`,
      overflowing: `forbid(principal, action == AgentCore::Action::"Up___transfer", resource == AgentCore::Gateway::"{gateway}") when { context.input.amount + 9223372036854775807 < 0 };`,
    });
    const before = upstream.calls.length;
    const body = await call("Up___transfer", { amount: 1 });
    expect(body?.result?.isError).toBe(true);
    expect(upstream.calls).toHaveLength(before);
    expect((await gatehouse.decisions(gateway)).at(-1)).toMatchObject({
      decision: "DENY",
      outcome: "denied",
      reason: expect.stringContaining("overflow"),
    });
  });
});

describe("T16 changes of policy and configuration", () => {
  test("take effect within the documented second", async () => {
    const { policyEngineId, call } = await gatewayWith({ permitEcho });
    expect((await call("Up___echo"))?.result?.isError).toBeFalsy();
    const { policies = [] } = await gatehouse.control.send(new ListPoliciesCommand({ policyEngineId }));
    await gatehouse.control.send(new DeletePolicyCommand({ policyEngineId, policyId: policies[0]?.policyId }));
    const changedAt = Date.now();
    // Calls without a pause, until one is denied: none that began a second after the change may pass.
    let allowedAt = 0;
    for (let denied = false; !denied; ) {
      const beganAt = Date.now();
      denied = (await call("Up___echo"))?.result?.isError === true;
      if (!denied) allowedAt = beganAt;
    }
    expect(allowedAt - changedAt).toBeLessThan(1_000);
  });

  test("a call runs against one version from start to end", async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
    const slow = await startUpstream(undefined, 0, async () => {
      reach();
      await released;
    });
    const gateway = await gatehouse.createGateway();
    const targetId = await gatehouse.addTarget(gateway, "Up", { mcpServer: { endpoint: slow.endpoint } });
    await gatehouse.attach(gateway, "ENFORCE", { permitEcho });
    const client = await connectClient(gateway.url, await gatehouse.token(gateway, "alice"));
    const underWay = client.callTool({ name: "Up___echo", arguments: { text: "slow" } });
    await reached;
    await gatehouse.deleteTarget(gateway, targetId);
    const names = async () => (await client.listTools(undefined, { cacheMode: "refresh" })).tools;
    await expect.poll(names, { timeout: 5_000 }).toEqual([]);
    release();
    expect(textOf(await underWay)).toBe('{"text":"slow"}');
    const call = (await gatehouse.decisions(gateway)).find(({ method }) => method === "tools/call");
    const list = (await gatehouse.decisions(gateway)).findLast(({ method }) => method === "tools/list");
    expect(call?.gateway.version).toBeLessThan(list?.gateway.version ?? 0);
    await client.close();
    await slow.stop();
  });
});

test("a decision that fails raises the alarm metric", async () => {
  const written: string[] = [];
  const stdout = vi.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0);
  const { call } = await gatewayWith({
    overflowing: `forbid(principal, action == AgentCore::Action::"Up___transfer", resource == AgentCore::Gateway::"{gateway}") when { context.input.amount + 9223372036854775807 < 0 };`,
  });
  await call("Up___transfer", { amount: 1 });
  stdout.mockRestore();
  const metrics = written.filter((line) => line.includes('"_aws"')).map((line) => JSON.parse(line));
  expect(metrics).toContainEqual(expect.objectContaining({ PolicyFailures: 1 }));
});

describe("an engine that cannot be loaded", () => {
  test.each([
    ["ENFORCE", true, "denied"],
    ["LOG_ONLY", false, "would-deny"],
  ] as const)("in %s: isError %s, recorded as %s", async (mode, isError, outcome) => {
    const { gateway, policyEngineId, call } = await gatewayWith({ permitEcho }, mode);
    const database = DynamoDBDocumentClient.from(new DynamoDBClient({}));
    const TableName = tableName("config");
    // What no operation of the control plane can do: the engine's own item is gone.
    const { Items = [] } = await database.send(new ScanCommand({ TableName, ConsistentRead: true }));
    const items = Items.filter(({ pk }) => String(pk).includes(policyEngineId));
    expect(items.length).toBeGreaterThan(0);
    for (const { pk, sk } of items) await database.send(new DeleteCommand({ TableName, Key: { pk, sk } }));
    const answer = async () => (await call("Up___echo"))?.result?.isError === true;
    await expect.poll(answer, { timeout: 5_000 }).toBe(isError);
    const last = async () => (await gatehouse.decisions(gateway)).at(-1);
    await call("Up___echo");
    await expect
      .poll(last, { timeout: 5_000 })
      .toMatchObject({ decision: "DENY", outcome, reason: expect.stringContaining("could not be loaded") });
    database.destroy();
  });
});
