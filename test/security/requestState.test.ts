import type { JsonObject } from "@gatehouse/core/json.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { startGatehouse, type TestGatehouse, type TestGateway } from "../support/gatehouse.ts";
import { post } from "../support/mcp.ts";
import { type RawUpstream, startRawUpstream } from "../support/rawUpstream.ts";

const resources = new AsyncDisposableStack();
let upstream: RawUpstream;
let gatehouse: TestGatehouse;
let gateway: TestGateway;
let other: TestGateway;

beforeAll(async () => {
  upstream = resources.use(await startRawUpstream());
  gatehouse = resources.use(await startGatehouse());
  gateway = await gatehouse.createGateway();
  other = await gatehouse.createGateway();
  for (const each of [gateway, other]) {
    await gatehouse.addTarget(each, "Raw", { mcpServer: { endpoint: upstream.endpoint } });
  }
  await gatehouse.addTarget(gateway, "Twin", { mcpServer: { endpoint: upstream.endpoint } });
});
afterAll(() => resources.disposeAsync());
beforeEach(() => {
  upstream.requests.length = 0;
  const inputRequests = { sure: { method: "elicitation/create", params: { message: "Sure?" } } };
  upstream.answer = ({ message: { params } }) =>
    params?.requestState === undefined
      ? { resultType: "input_required", inputRequests, requestState: "the server's own secret" }
      : { resultType: "complete", content: [{ type: "text", text: String(params.requestState) }] };
});

interface Attempt {
  readonly user?: string;
  readonly at?: TestGateway;
  readonly method?: "tools/call" | "prompts/get";
  readonly tool?: string;
  readonly args?: JsonObject;
  readonly requestState?: unknown;
  readonly capabilities?: JsonObject;
}

async function call({ user = "alice", at = gateway, tool = "Raw___ask", args = { amount: 1 }, ...attempt }: Attempt) {
  const { method = "tools/call", requestState, capabilities = { elicitation: {} } } = attempt;
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": capabilities,
  };
  const answers = requestState === undefined ? {} : { requestState, inputResponses: { sure: { action: "accept" } } };
  const params = { name: tool, arguments: args, ...answers, _meta };
  const headers = { "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": method, "Mcp-Name": tool };
  const authorization = { Authorization: `Bearer ${await gatehouse.token(at, user)}` };
  return post(at.url, { jsonrpc: "2.0", id: 1, method, params }, { ...headers, ...authorization });
}

async function stateOf(attempt: Attempt): Promise<string> {
  const { body } = await call(attempt);
  expect(body?.result?.resultType).toBe("input_required");
  return String(body?.result?.requestState);
}

/** Nothing of it may reach the server. */
async function refused(attempt: Attempt) {
  const before = upstream.requests.length;
  const { body } = await call(attempt);
  expect(body?.error).toMatchObject({ code: -32_602, message: "Invalid or expired requestState" });
  expect(upstream.requests).toHaveLength(before);
}

describe("T24 what a server wants back with the next attempt", () => {
  test("comes back to it as it was, and the client can't read it", async () => {
    const requestState = await stateOf({});
    expect(Buffer.from(requestState, "base64url").toString("latin1")).not.toContain("secret");
    const { body } = await call({ requestState });
    expect(body?.result?.content).toEqual([{ type: "text", text: "the server's own secret" }]);
  });

  test("opens for the same arguments in another order of their members", async () => {
    const requestState = await stateOf({ args: { a: { c: 1, b: [2, 3] }, d: 4 } });
    const { body } = await call({ requestState, args: { d: 4, a: { b: [2, 3], c: 1 } } });
    expect(body?.result?.resultType).toBe("complete");
  });

  test("of a prompt comes back to it, and opens for no tool of its name, nor a tool's for a prompt", async () => {
    const [prompt, tool] = [{ method: "prompts/get", args: { amount: "1" } } as const, { args: { amount: "1" } }];
    const ofPrompt = await stateOf(prompt);
    const { body } = await call({ ...prompt, requestState: ofPrompt });
    expect(body?.result).toMatchObject({ content: [{ type: "text", text: "the server's own secret" }] });
    await refused({ ...tool, requestState: ofPrompt });
    await refused({ ...prompt, requestState: await stateOf(tool) });
    await refused({ ...prompt, requestState: ofPrompt, args: { amount: "2" } });
    await refused({ ...prompt, requestState: ofPrompt, user: "mallory" });
  });

  test.each<[string, Attempt]>([
    ["by somebody else", { user: "mallory" }],
    ["for other arguments than were agreed to", { args: { amount: 1_000 } }],
    ["for another tool", { tool: "Twin___ask" }],
  ])("is refused %s", async (_, attempt) => {
    await refused({ requestState: await stateOf({}), ...attempt });
  });

  test("is refused by another gateway", async () => {
    await refused({ requestState: await stateOf({}), at: other });
  });

  test.each([
    ["altered", (state: string) => `${state.slice(0, -2)}${state.endsWith("AA") ? "BB" : "AA"}`],
    ["cut", (state: string) => state.slice(0, -8)],
    ["made up", () => "eyJzdGF0ZSI6ImFkbWluIn0"],
    ["the server's own", () => "the server's own secret"],
    ["empty", () => ""],
    ["no text", () => ({ state: 1 })],
    ["null", () => null],
  ])("is refused %s", async (_, alter) => {
    await refused({ requestState: alter(await stateOf({})) });
  });

  test("expires", async () => {
    const requestState = await stateOf({});
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_600_001 });
    try {
      await refused({ requestState });
    } finally {
      vi.useRealTimers();
    }
  });

  test("a client is asked for nothing that it hasn't declared, whatever the server does", async () => {
    const { status, body } = await call({ capabilities: { sampling: {} } });
    expect(status).toBe(400);
    expect(body?.error).toMatchObject({ code: -32_021, data: { requiredCapabilities: { elicitation: {} } } });
  });
});

test("T24 a list has no cursor, so whoever brings one made it up", async () => {
  const authorization = { Authorization: `Bearer ${await gatehouse.token(gateway, "alice")}` };
  for (const cursor of ["", "abc", 1, null]) {
    const { body } = await post(
      gateway.url,
      { jsonrpc: "2.0", id: 1, method: "tools/list", params: { cursor } },
      authorization,
    );
    expect(body?.error?.code).toBe(-32_602);
  }
});
