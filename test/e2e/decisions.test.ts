import { SynchronizeGatewayTargetsCommand } from "@aws-sdk/client-bedrock-agentcore-control";
import { sendOwn } from "@gatehouse/apply/ownCommand.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { connectClient, textOf } from "../support/mcp.ts";
import { startUpstream, type Upstream, upstreamTools } from "../support/upstream.ts";

let upstream: Upstream;
let gatehouse: TestGatehouse;
beforeAll(async () => {
  upstream = await startUpstream();
  gatehouse = await startGatehouse();
});
afterAll(async () => {
  await gatehouse[Symbol.asyncDispose]();
  await upstream.stop();
});

const transfers = {
  transfers: `permit(principal, action == AgentCore::Action::"Up___transfer", resource == AgentCore::Gateway::"{gateway}") when { context.input.amount <= 100 };`,
  no_mallory: `forbid(principal == AgentCore::OAuthUser::"mallory", action, resource == AgentCore::Gateway::"{gateway}");`,
};

async function gatewayWith(mode?: "ENFORCE" | "LOG_ONLY") {
  const gateway = await gatehouse.createGateway();
  await gatehouse.addTarget(gateway, "Up", { mcpServer: { endpoint: upstream.endpoint } });
  if (mode !== undefined) await gatehouse.attach(gateway, mode, transfers);
  const connect = async (user: string, mode?: "legacy") =>
    connectClient(gateway.url, await gatehouse.token(gateway, user), mode);
  return { gateway, connect };
}

describe("every list and every call is in the ledger", () => {
  test("ENFORCE: who, agent, tool, decision, policies, reason, trace and session", async () => {
    const { gateway, connect } = await gatewayWith("ENFORCE");
    const client = await connect("alice");
    await client.listTools();
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const call = (amount: number) =>
      client.callTool({ name: "Up___transfer", arguments: { amount }, _meta: { traceparent } });
    const passed = await call(100);
    const denied = await call(101);
    const decisions = await gatehouse.decisions(gateway);
    expect(decisions.map(({ method, outcome }) => `${method} ${outcome}`)).toEqual([
      "tools/list listed",
      "tools/call allowed",
      "tools/call denied",
    ]);
    const [list, allowed, refused] = decisions;
    expect(list?.listed).toEqual({
      shown: { count: 1, names: ["Up___transfer"] },
      hidden: { count: 3, names: ["Up___echo", "Up___fail", "Up___crash"] },
    });
    expect(allowed).toMatchObject({
      schemaVersion: 1,
      principal: { type: "AgentCore::OAuthUser", id: "alice" },
      agent: "agent",
      gateway: { id: gateway.id, arn: gateway.arn },
      policyEngine: { mode: "ENFORCE" },
      target: "Up",
      tool: "Up___transfer",
      decision: "ALLOW",
      traceId: "0af7651916cd43dd8448eb211c80319c",
    });
    expect(allowed?.determiningPolicies).toHaveLength(1);
    expect(allowed?.determiningPolicies[0]).toMatch(/^transfers-/);
    expect(allowed?.decisionId).toBe(passed._meta?.["gatehouse/decisionId"]);
    expect(allowed?.durationMicroseconds).toBeGreaterThan(0);
    expect(refused).toMatchObject({ decision: "DENY", determiningPolicies: [] });
    expect(refused?.decisionId).toBe(denied._meta?.["gatehouse/decisionId"]);
    await client.close();
  });

  test("an explicit forbid names its policy", async () => {
    const { gateway, connect } = await gatewayWith("ENFORCE");
    // In the era that mirrors no arguments: who is not shown a tool cannot know what to mirror.
    const client = await connect("mallory", "legacy");
    expect((await client.listTools()).tools).toEqual([]);
    const result = await client.callTool({ name: "Up___transfer", arguments: { amount: 1 } });
    expect(result.isError).toBe(true);
    const decision = (await gatehouse.decisions(gateway)).at(-1);
    expect(decision?.outcome).toBe("denied");
    expect(decision?.determiningPolicies[0]).toMatch(/^no_mallory-/);
    await client.close();
  });

  test("LOG_ONLY: nothing is blocked or hidden, and what would have been is recorded", async () => {
    const { gateway, connect } = await gatewayWith("LOG_ONLY");
    const client = await connect("alice");
    expect((await client.listTools()).tools).toHaveLength(upstreamTools.length);
    expect(textOf(await client.callTool({ name: "Up___transfer", arguments: { amount: 5_000 } }))).toContain("5000");
    const [list, call] = await gatehouse.decisions(gateway);
    expect(list?.listed?.hidden.count).toBe(3);
    expect(call).toMatchObject({ decision: "DENY", outcome: "would-deny", policyEngine: { mode: "LOG_ONLY" } });
    expect(call?.logOnly).toMatchObject({ decision: "DENY", flips: true });
    await client.close();
  });

  test("no engine: everything is allowed, and recorded", async () => {
    const { gateway, connect } = await gatewayWith();
    const client = await connect("alice");
    await client.callTool({ name: "Up___echo", arguments: {} });
    const [call] = await gatehouse.decisions(gateway);
    expect(call).toMatchObject({ decision: "ALLOW", outcome: "allowed", tool: "Up___echo" });
    expect(call?.policyEngine).toBeUndefined();
    await client.close();
  });
});

describe("targets that fail", () => {
  test("a tool error of the target is the agent's to read", async () => {
    const { connect } = await gatewayWith();
    const client = await connect("alice");
    const result = await client.callTool({ name: "Up___fail", arguments: {} });
    expect(result.isError).toBe(true);
    expect(textOf(result)).toBe("it failed");
    await client.close();
  });

  test("a call that fails does not take another of the same caller with it", async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
    const slow = await startUpstream(upstreamTools, 0, async (tool) => {
      if (tool !== "echo") return;
      reach();
      await released;
    });
    const gateway = await gatehouse.createGateway();
    await gatehouse.addTarget(gateway, "Up", { mcpServer: { endpoint: slow.endpoint } });
    const client = await connectClient(gateway.url, await gatehouse.token(gateway, "alice"));
    const underWay = client.callTool({ name: "Up___echo", arguments: { text: "slow" } });
    await reached;
    expect((await client.callTool({ name: "Up___crash", arguments: {} })).isError).toBe(true);
    release();
    expect(textOf(await underWay)).toBe('{"text":"slow"}');
    await client.close();
    await slow.stop();
  });

  test("a target that breaks is an internal error, told in full only at exception level DEBUG", async () => {
    const { connect } = await gatewayWith();
    const client = await connect("alice");
    const result = await client.callTool({ name: "Up___crash", arguments: {} });
    expect(result.isError).toBe(true);
    expect(textOf(result)).toBe("An internal error occurred. Please retry later.");
    expect(JSON.stringify(result)).not.toContain("secret-detail");
    await client.close();

    const gateway = await gatehouse.createGateway({ exceptionLevel: "DEBUG" });
    await gatehouse.addTarget(gateway, "Up", { mcpServer: { endpoint: upstream.endpoint } });
    const debugging = await connectClient(gateway.url, await gatehouse.token(gateway, "alice"));
    const told = await debugging.callTool({ name: "Up___crash", arguments: {} });
    expect(textOf(told)).toContain("secret-detail");
    await debugging.close();
  });
});

test("a target's tools can be synchronised again, and new ones taken as they come", async () => {
  const changing = await startUpstream(upstreamTools.slice(0, 1));
  const gateway = await gatehouse.createGateway();
  await sendOwn(gatehouse.control, "PutGatewaySettings", { gatewayIdentifier: gateway.id, newTools: "ACCEPT" });
  const targetId = await gatehouse.addTarget(gateway, "Up", { mcpServer: { endpoint: changing.endpoint } });
  const client = await connectClient(gateway.url, await gatehouse.token(gateway, "alice"));
  const names = async () => (await client.listTools(undefined, { cacheMode: "refresh" })).tools.map(({ name }) => name);
  expect(await names()).toEqual(["Up___echo"]);

  changing.tools = upstreamTools.slice(0, 2);
  await gatehouse.control.send(
    new SynchronizeGatewayTargetsCommand({ gatewayIdentifier: gateway.id, targetIdList: [targetId] }),
  );
  await gatehouse.host.idle();
  await expect.poll(names, { timeout: 5_000 }).toEqual(["Up___echo", "Up___transfer"]);
  await client.close();
  await changing.stop();
});
