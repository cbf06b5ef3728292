import { GetGatewayCommand, UpdateGatewayCommand } from "@aws-sdk/client-bedrock-agentcore-control";
import { sendOwn } from "@gatehouse/apply/ownCommand.ts";
import type { JsonObject } from "@gatehouse/core/json.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse, type TestGateway } from "../support/gatehouse.ts";
import { connectClient, post, textOf, toolsCall } from "../support/mcp.ts";
import { events, type RawUpstream, startRawUpstream } from "../support/rawUpstream.ts";
import { startUpstream } from "../support/upstream.ts";

const resources = new AsyncDisposableStack();
let upstream: RawUpstream;
let gatehouse: TestGatehouse;
let gateway: TestGateway;
let bearer: { Authorization: string };

beforeAll(async () => {
  upstream = resources.use(await startRawUpstream());
  gatehouse = resources.use(await startGatehouse());
  gateway = await gatehouse.createGateway();
  await gatehouse.addTarget(gateway, "Raw", { mcpServer: { endpoint: upstream.endpoint } });
  bearer = { Authorization: `Bearer ${await gatehouse.token(gateway, "alice")}` };
});
afterAll(() => resources.disposeAsync());
beforeEach(() => {
  upstream.requests.length = 0;
  upstream.answer = () => ({ resultType: "complete", content: [] });
});

const envelope = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
  "io.modelcontextprotocol/clientCapabilities": {},
};
const modernHeaders = { "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "Raw___ask" };

/** Calls the tool in the newest version, with what else a request may have. */
function ask(others: JsonObject = {}, meta: JsonObject = {}, headers: Record<string, string> = bearer) {
  const params = { name: "Raw___ask", arguments: {}, ...others, _meta: { ...envelope, ...meta } };
  return post(gateway.url, { jsonrpc: "2.0", id: 1, method: "tools/call", params }, { ...modernHeaders, ...headers });
}

const lastCall = () => upstream.requests.findLast(({ message }) => message.method === "tools/call");

describe("requests and results pass as they are", () => {
  const content = [
    { type: "text", text: "é\u{1f600}", annotations: { priority: 1 }, made: "up" },
    { type: "image", data: "AAAA", mimeType: "image/png" },
    { type: "audio", data: "AAAA", mimeType: "audio/wav" },
    { type: "resource", resource: { uri: "test://a", text: "a", _meta: { x: 1 } } },
    { type: "resource_link", uri: "test://b", name: "b" },
    { type: "hologram", depth: 3 },
  ];

  test.each(["modern", "legacy"] as const)(
    "to a server of the %s era, what nobody here knows included",
    async (era) => {
      upstream.era = era;
      const result = {
        resultType: "complete",
        content,
        structuredContent: [1, { a: null }],
        "x-new": { deep: [true] },
      };
      upstream.answer = () => ({
        ...result,
        _meta: { mine: 1, "io.modelcontextprotocol/serverInfo": { name: "raw" } },
      });
      const { body } = await ask(
        { arguments: { a: [1, { b: "c" }] }, "x-param": { y: 2 }, task: { ttl: 1 } },
        { "x-meta": 3 },
      );
      const { _meta, ...rest } = (body?.result ?? {}) as JsonObject & { _meta: JsonObject };
      expect(rest).toEqual(result);
      expect(_meta).toMatchObject({ mine: 1, "gatehouse/decisionId": expect.any(String) });
      expect((_meta["io.modelcontextprotocol/serverInfo"] as JsonObject).name).toMatch(/^test-/);
      const { params } = lastCall()?.message ?? {};
      expect(params).toMatchObject({ name: "ask", arguments: { a: [1, { b: "c" }] }, "x-param": { y: 2 } });
      expect(params?._meta).toMatchObject({ "x-meta": 3 });
      expect(params).not.toHaveProperty("task");
      upstream.era = "modern";
    },
  );

  test("a client of the older versions gets nothing that only the newest has", async () => {
    upstream.answer = () => ({
      resultType: "complete",
      content,
      _meta: { "io.modelcontextprotocol/serverInfo": { name: "raw" } },
    });
    const { body } = await post(gateway.url, toolsCall("Raw___ask", {}), bearer);
    expect(body?.result).toEqual({ content, _meta: { "gatehouse/decisionId": expect.any(String) } });
  });

  test("annotations are listed as the server made them", async () => {
    const { body } = await post(gateway.url, { jsonrpc: "2.0", id: 1, method: "tools/list" }, bearer);
    expect(body?.result?.tools).toMatchObject([{ name: "Raw___ask", annotations: { readOnlyHint: true, made: "up" } }]);
  });
});

describe("what comes ahead of the result", () => {
  /** Progress and a log message, and the result once the test lets it go. */
  function slowly(released: Promise<void>) {
    upstream.answer = ({ message: { id, params } }) =>
      events(
        (async function* () {
          const token = (params?._meta as JsonObject | undefined)?.progressToken ?? null;
          yield note("notifications/progress", { progressToken: token, progress: 1, total: 2 });
          yield note("notifications/progress", { progressToken: "another's", progress: 9 });
          yield note("notifications/message", { level: "info", data: "half way" });
          yield note("notifications/tools/list_changed", {});
          await released;
          yield { jsonrpc: "2.0", id, result: { resultType: "complete", content: [{ type: "text", text: "done" }] } };
        })(),
      );
  }
  const note = (method: string, params: JsonObject) => ({ jsonrpc: "2.0", method, params });

  test.each(["legacy", { pin: "2026-07-28" }] as const)(
    "reaches a client negotiating %j while the call is under way",
    async (mode) => {
      const released = Promise.withResolvers<void>();
      slowly(released.promise);
      const client = await connectClient(gateway.url, bearer.Authorization.slice("Bearer ".length), mode);
      const heard: unknown[] = [];
      const onprogress = (progress: unknown) => {
        heard.push(progress);
        // Only now: had the gate waited for the result, this would never end.
        released.resolve();
      };
      const result = await client.callTool({ name: "Raw___ask", arguments: {} }, { onprogress });
      expect(textOf(result)).toBe("done");
      expect(heard).toEqual([{ progress: 1, total: 2 }]);
      await client.close();
    },
  );

  async function frames(meta: JsonObject, headers: Record<string, string> = {}) {
    slowly(Promise.resolve());
    const params = { name: "Raw___ask", arguments: {}, _meta: { ...envelope, ...meta } };
    const response = await fetch(gateway.url, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json, text/event-stream",
        ...modernHeaders,
        ...bearer,
        ...headers,
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params }),
    });
    const text = await response.text();
    const type = response.headers.get("content-type");
    if (type === "application/json") return { type, messages: [JSON.parse(text) as JsonObject] };
    const lines = text.split("\n").filter((line) => line.startsWith("data: "));
    return { type, messages: lines.map((line) => JSON.parse(line.slice(6)) as JsonObject) };
  }

  test("is what the client asked for: its own progress, and messages from its level on", async () => {
    const { messages } = await frames({ progressToken: "p", "io.modelcontextprotocol/logLevel": "info" });
    expect(messages.map(({ method }) => method)).toEqual([
      "notifications/progress",
      "notifications/message",
      undefined,
    ]);
    expect(messages[0]?.params).toEqual({ progressToken: "p", progress: 1, total: 2 });
  });

  test("is nothing to a client that asks for nothing: its answer is one JSON object", async () => {
    expect(await frames({})).toMatchObject({ type: "application/json", messages: [{ id: 1 }] });
    expect(await frames({ "io.modelcontextprotocol/logLevel": "error" })).toMatchObject({ type: "application/json" });
  });

  test("is nothing to a client that takes no stream, and a stream is all there is for one that takes no JSON", async () => {
    const asked = { progressToken: 1 };
    expect(await frames(asked, { Accept: "application/json" })).toMatchObject({ type: "application/json" });
    expect(await frames({}, { Accept: "text/event-stream" })).toMatchObject({
      type: "text/event-stream",
      messages: [{ id: 1 }],
    });
    expect((await ask({}, {}, { ...bearer, Accept: "text/html" })).status).toBe(406);
  });

  test.each(["modern", "legacy"] as const)("ends at a server of the %s era when the client goes away", async (era) => {
    upstream.era = era;
    const arrived = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    upstream.answer = (request) => {
      request.gone.addEventListener("abort", () => gone.resolve());
      arrived.resolve();
      return new Promise(() => {});
    };
    const controller = new AbortController();
    const going = fetch(gateway.url, {
      method: "POST",
      signal: controller.signal,
      headers: { "Content-Type": "application/json", Accept: "application/json", ...bearer },
      body: JSON.stringify(toolsCall("Raw___ask", {})),
    }).catch(() => "gone");
    await arrived.promise;
    controller.abort();
    expect(await going).toBe("gone");
    await gone.promise;
    upstream.era = "modern";
  });
});

describe("a server that speaks otherwise than before", () => {
  test("changes its era in both directions, and loses its sessions, between calls", async () => {
    const steps: [typeof upstream.era, boolean][] = [
      ["modern", false],
      ["legacy", false],
      ["legacy", true],
      ["modern", false],
    ];
    const headers = { Authorization: `Bearer ${await gatehouse.token(gateway, "bob")}` };
    for (const [era, forgets] of steps) {
      upstream.era = era;
      if (forgets) upstream.sessions.clear();
      const { body } = await ask({}, {}, headers);
      expect(body?.result?.isError, `${era} ${forgets}`).toBeUndefined();
    }
    upstream.era = "modern";
  });

  test("sessions of two callers are two", async () => {
    upstream.era = "legacy";
    for (const user of ["carol", "dave", "carol"]) {
      await ask({}, {}, { Authorization: `Bearer ${await gatehouse.token(gateway, user)}` });
    }
    upstream.era = "modern";
    const calls = upstream.requests.filter(({ message }) => message.method === "tools/call");
    const [carol, dave, again] = calls.map(({ headers }) => headers.get("mcp-session-id"));
    expect(carol).toBe(again);
    expect(dave).not.toBe(carol);
  });
});

test("with plain names, agents see the targets' own, policies don't, and a name that two have is nobody's", async () => {
  await using other = await startUpstream();
  const own = await gatehouse.createGateway();
  await gatehouse.addTarget(own, "Raw", { mcpServer: { endpoint: upstream.endpoint } });
  await gatehouse.addTarget(own, "One", { mcpServer: { endpoint: other.endpoint } });
  await sendOwn(gatehouse.control, "PutGatewaySettings", { gatewayIdentifier: own.id, toolNames: "PLAIN" });
  await gatehouse.attach(own, "ENFORCE", {
    some: `permit(principal, action in [AgentCore::Action::"Raw", AgentCore::Action::"One___echo"], resource == AgentCore::Gateway::"{gateway}");`,
  });
  const client = await connectClient(own.url, await gatehouse.token(own, "alice"));
  expect((await client.listTools()).tools.map(({ name }) => name).sort()).toEqual(["ask", "echo"]);
  expect(textOf(await client.callTool({ name: "echo", arguments: { text: "hi" } }))).toBe('{"text":"hi"}');
  expect(textOf(await client.callTool({ name: "fail", arguments: {} }))).toContain("Tool Execution Denied");
  await expect(client.callTool({ name: "One___echo", arguments: {} })).rejects.toThrow("Unknown tool");
  await client.close();
  expect((await gatehouse.decisions(own)).map(({ tool }) => tool)).toEqual(
    expect.arrayContaining(["One___echo", "One___fail"]),
  );
  await gatehouse.addTarget(own, "Two", { mcpServer: { endpoint: other.endpoint } });
  const later = await connectClient(own.url, await gatehouse.token(own, "alice"));
  // A change takes effect within a second.
  const left = async () => (await later.listTools()).tools.map(({ name }) => name);
  await expect.poll(left, { timeout: 30_000 }).toEqual(["ask"]);
  await expect(later.callTool({ name: "echo", arguments: {} })).rejects.toThrow("Unknown tool");
  await later.close();
  const listed = (await gatehouse.decisions(own)).findLast(({ outcome }) => outcome === "listed");
  expect(listed?.reason).toContain("Two___echo");
});

describe("a target whose tools are listed as they are at the moment", () => {
  const listed = async (url: string, authorization: string) => {
    const list = { jsonrpc: "2.0", id: 1, method: "tools/list" };
    const { body } = await post(url, list, { Authorization: authorization });
    return ((body?.result?.tools ?? []) as { name: string }[]).map(({ name }) => name).sort();
  };
  const named = (...names: string[]) => ({
    resultType: "complete",
    tools: names.map((name) => ({ name, inputSchema: { type: "object" } })),
  });

  test("loses what is gone, gains nothing that nobody has synchronised, and holds nobody up when it hangs", async () => {
    await using live = await startRawUpstream();
    live.list = pages(named("one"), named("two"));
    const own = await gatehouse.createGateway();
    await gatehouse.addTarget(own, "Raw", { mcpServer: { endpoint: upstream.endpoint } });
    await gatehouse.addTarget(own, "Live", { mcpServer: { endpoint: live.endpoint, listingMode: "DYNAMIC" } });
    const authorization = `Bearer ${await gatehouse.token(own, "alice")}`;
    live.list = () => named("two", "three");
    expect(await listed(own.url, authorization)).toEqual(["Live___two", "Raw___ask"]);

    live.list = () => new Promise(() => {});
    const all = ["Live___one", "Live___two", "Raw___ask"];
    expect(await listed(own.url, authorization)).toEqual(all);
    const asked = live.requests.length;
    expect(await listed(own.url, authorization)).toEqual(all);
    expect(live.requests).toHaveLength(asked);
  });

  /** Page by page, with an empty text for a cursor: it is one like any other. */
  function pages(...all: ReturnType<typeof named>[]) {
    let page = 0;
    return () => {
      const { tools, resultType } = all[page++ % all.length] ?? named();
      return { tools, resultType, ...(page % all.length === 0 ? {} : { nextCursor: "" }) };
    };
  }
});

test("a gateway that is told not to stream answers with one JSON object", async () => {
  const own = await gatehouse.createGateway();
  await gatehouse.addTarget(own, "Raw", { mcpServer: { endpoint: upstream.endpoint } });
  const current = await gatehouse.control.send(new GetGatewayCommand({ gatewayIdentifier: own.id }));
  const { name, roleArn, authorizerType, authorizerConfiguration } = current;
  const protocolConfiguration = { mcp: { streamingConfiguration: { enableResponseStreaming: false } } };
  const settings = { name, roleArn, authorizerType, authorizerConfiguration, protocolConfiguration };
  await gatehouse.control.send(new UpdateGatewayCommand({ gatewayIdentifier: own.id, ...settings }));
  upstream.answer = ({ message: { id } }) =>
    events([
      { jsonrpc: "2.0", method: "notifications/message", params: { level: "error", data: "!" } },
      { jsonrpc: "2.0", id, result: { content: [] } },
    ]);
  const authorization = { Authorization: `Bearer ${await gatehouse.token(own, "alice")}` };
  const { headers } = await post(own.url, toolsCall("Raw___ask", {}), authorization);
  expect(headers.get("content-type")).toBe("application/json");
});
