import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse, type TestGateway } from "../support/gatehouse.ts";
import { connectClient, textOf } from "../support/mcp.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";

let upstream: Upstream;
let gatehouse: TestGatehouse;
let gateway: TestGateway;
let token: string;

beforeAll(async () => {
  upstream = await startUpstream();
  gatehouse = await startGatehouse({ lambdas: [`${import.meta.dirname}/../fixtures/functions`] });
  gateway = await gatehouse.createGateway({ search: true });
  await gatehouse.addTarget(gateway, "Up", { mcpServer: { endpoint: upstream.endpoint } });
  await gatehouse.addTarget(gateway, "Local", {
    lambda: {
      lambdaArn: "arn:aws:lambda:us-east-1:000000000000:function:greet",
      toolSchema: {
        inlinePayload: [
          {
            name: "greet",
            description: "Greets somebody",
            inputSchema: { type: "object", properties: { name: { type: "string" }, fail: { type: "boolean" } } },
          },
        ],
      },
    },
  });
  await gatehouse.attach(gateway, "ENFORCE", {
    reads: `permit(principal, action in [AgentCore::Action::"Up___echo", AgentCore::Action::"Local"], resource == AgentCore::Gateway::"{gateway}");`,
    small_transfers: `permit(principal, action == AgentCore::Action::"Up___transfer", resource == AgentCore::Gateway::"{gateway}") when { context.input.amount <= 100 };`,
    search: `permit(principal, action == AgentCore::Action::"x_amz_bedrock_agentcore_search", resource == AgentCore::Gateway::"{gateway}");`,
  });
  token = await gatehouse.token(gateway, "alice");
});
afterAll(async () => {
  await gatehouse[Symbol.asyncDispose]();
  await upstream.stop();
});

const permitted = ["Local___greet", "Up___echo", "Up___transfer", "x_amz_bedrock_agentcore_search"];
const denied =
  "Tool Execution Denied: Tool call not allowed due to policy enforcement [No policy applies to the request (denied by default).]";

describe.each(["legacy", "auto", { pin: "2026-07-28" }] as const)("the SDK's 2.4 client, negotiating %j", (mode) => {
  test("lists what it may use, calls it, and is told what is denied", async () => {
    const client = await connectClient(gateway.url, token, mode);
    expect(client.getProtocolEra()).toBe(mode === "legacy" ? "legacy" : "modern");
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).sort()).toEqual(permitted);

    const echoed = await client.callTool({ name: "Up___echo", arguments: { text: "hi" } });
    expect(echoed.isError).toBeFalsy();
    expect(textOf(echoed)).toBe('{"text":"hi"}');
    expect(echoed.structuredContent).toEqual({ name: "echo", arguments: { text: "hi" } });

    const small = await client.callTool({ name: "Up___transfer", arguments: { amount: 100 } });
    expect(small.isError).toBeFalsy();
    const before = upstream.calls.length;
    const large = await client.callTool({ name: "Up___transfer", arguments: { amount: 101 } });
    expect(large.isError).toBe(true);
    expect(textOf(large)).toBe(denied);
    expect(large._meta?.["gatehouse/decisionId"]).toMatch(/^[\da-f-]{36}$/);
    expect(upstream.calls).toHaveLength(before);
    await client.close();
  });
});

test("the SDK's 1.32 client lists and calls", async () => {
  const client = new OldClient({ name: "old-agent", version: "1.0.0" });
  const requestInit = { headers: { Authorization: `Bearer ${token}` } };
  // The old SDK's types predate exactOptionalPropertyTypes.
  await client.connect(new OldTransport(new URL(gateway.url), { requestInit }) as never);
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name).sort()).toEqual(permitted);
  expect(textOf(await client.callTool({ name: "Up___echo", arguments: { text: "old" } }))).toBe('{"text":"old"}');
  const large = await client.callTool({ name: "Up___transfer", arguments: { amount: 101 } });
  expect(textOf(large)).toBe(denied);
  await client.close();
});

describe("the Inspector's command line", () => {
  const inspector = createRequire(import.meta.url)
    .resolve("@modelcontextprotocol/inspector/package.json")
    .replace("package.json", "clients/launcher/build/index.js");
  const inspect = async (...args: string[]) => {
    const header = `Authorization: Bearer ${token}`;
    const command = [inspector, "--cli", gateway.url, "--transport", "http", "--header", header, ...args];
    const { stdout } = await promisify(execFile)(process.execPath, command, { timeout: 25_000 });
    return JSON.parse(stdout);
  };

  test("lists tools", async () => {
    const { tools } = await inspect("--method", "tools/list");
    expect(tools.map(({ name }: { name: string }) => name).sort()).toEqual(permitted);
  });

  test("calls a tool", async () => {
    const result = await inspect("--method", "tools/call", "--tool-name", "Up___echo", "--tool-arg", "text=inspected");
    expect(textOf(result)).toBe('{"text":"inspected"}');
  });
});

describe("a Lambda target", () => {
  test("gets the arguments as its event, and is told who calls in its client context", async () => {
    const client = await connectClient(gateway.url, token);
    const { greeting, event, custom } = JSON.parse(
      textOf(await client.callTool({ name: "Local___greet", arguments: { name: "Ada" } })),
    );
    expect(greeting).toBe("Hello Ada");
    expect(event).toEqual({ name: "Ada" });
    expect(custom).toMatchObject({
      bedrockAgentCoreMessageVersion: "1.0",
      bedrockAgentCoreGatewayId: gateway.id,
      bedrockAgentCoreToolName: "Local___greet",
    });
    expect(Object.keys(custom).sort()).toEqual([
      "bedrockAgentCoreAwsRequestId",
      "bedrockAgentCoreGatewayId",
      "bedrockAgentCoreMcpMessageId",
      "bedrockAgentCoreMessageVersion",
      "bedrockAgentCoreTargetId",
      "bedrockAgentCoreToolName",
    ]);
    await client.close();
  });

  test("that fails is a tool error without detail", async () => {
    const client = await connectClient(gateway.url, token);
    const result = await client.callTool({ name: "Local___greet", arguments: { fail: true } });
    expect(result.isError).toBe(true);
    expect(JSON.stringify(result)).not.toContain("secret-detail");
    await client.close();
  });
});

test("search finds what fits among the tools that the caller may use, never itself", async () => {
  const client = await connectClient(gateway.url, token);
  const search = (query: string) => client.callTool({ name: "x_amz_bedrock_agentcore_search", arguments: { query } });
  const { tools } = (await search("move some money")).structuredContent as { tools: { name: string }[] };
  expect(tools[0]?.name).toBe("Up___transfer");
  const hidden = (await search("reports a tool error")).structuredContent as { tools: { name: string }[] };
  expect(hidden.tools.map(({ name }) => name)).not.toContain("Up___fail");
  await client.close();
});
