import { CreatePolicyCommand, GetPolicyCommand } from "@aws-sdk/client-bedrock-agentcore-control";
import { sendOwn } from "@gatehouse/apply/ownCommand.ts";
import { isJsonObject } from "@gatehouse/core/json.ts";
import type { Client } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { startFeatureUpstream } from "../support/featureUpstream.ts";
import { startGatehouse, type TestGatehouse, type TestGateway } from "../support/gatehouse.ts";
import {
  both,
  type InterceptorEvent,
  interceptorArn,
  output,
  setInterceptors,
  startInterceptors,
  type TestInterceptors,
} from "../support/interceptors.ts";
import { connectClient, post, textOf, toolsCall } from "../support/mcp.ts";
import { events, startRawUpstream } from "../support/rawUpstream.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";

let upstream: Upstream;
let interceptors: TestInterceptors;
let gatehouse: TestGatehouse;
let gateway: TestGateway;
let bearer: { Authorization: string };
let clients: Record<"legacy" | "auto", Client>;

beforeAll(async () => {
  upstream = await startUpstream();
  interceptors = await startInterceptors();
  gatehouse = await startGatehouse({ lambdas: [interceptors.folder] });
  gateway = await gatehouse.createGateway();
  await gatehouse.addTarget(gateway, "Up", { mcpServer: { endpoint: upstream.endpoint } });
  await gatehouse.attach(gateway, "ENFORCE", {
    small: `permit(principal, action == AgentCore::Action::"Up___transfer", resource == AgentCore::Gateway::"{gateway}") when { context.input.amount <= 100 };`,
    echo: `permit(principal, action == AgentCore::Action::"Up___echo", resource == AgentCore::Gateway::"{gateway}");`,
  });
  await setInterceptors(gatehouse, gateway, both);
  const token = await gatehouse.token(gateway, "alice");
  bearer = { Authorization: `Bearer ${token}` };
  clients = {
    legacy: await connectClient(gateway.url, token, "legacy"),
    auto: await connectClient(gateway.url, token, "auto"),
  };
});
afterAll(async () => {
  await Promise.all(Object.values(clients ?? {}).map((client) => client.close()));
  await gatehouse?.[Symbol.asyncDispose]();
  await interceptors?.[Symbol.asyncDispose]();
  await upstream?.stop();
});
beforeEach(() => {
  interceptors.reset();
  upstream.calls.length = 0;
});

/** A change takes effect within a second, which a busy machine makes longer. */
const changed = { timeout: 10_000 };

/** The decisions that were made while something was done. */
async function decisionsDuring(act: () => Promise<unknown>) {
  const before = (await gatehouse.decisions(gateway)).length;
  await act();
  return (await gatehouse.decisions(gateway)).slice(before);
}

const call = (name: string, args: object, headers: Record<string, string> = {}) =>
  post(gateway.url, toolsCall(name, args), { ...bearer, ...headers });

describe.each(["legacy", "auto"] as const)("a %s client of the SDK", (era) => {
  test("is served when interceptors leave everything alone; each sees every method", async () => {
    const { tools } = await clients[era].listTools();
    expect(tools.map(({ name }) => name)).toEqual(["Up___echo", "Up___transfer"]);
    const result = await clients[era].callTool({ name: "Up___echo", arguments: { text: "hi" } });
    expect(textOf(result)).toBe('{"text":"hi"}');
    const methods = interceptors.events.request.map(({ mcp }) => mcp.gatewayRequest.body.method);
    expect(methods).toEqual(["tools/list", "tools/call"]);
    const answers = interceptors.events.response.map(({ mcp }) => mcp.gatewayResponse?.body.result);
    expect(answers).toMatchObject([{ tools: [{}, {}] }, { content: [{ text: '{"text":"hi"}' }] }]);
  });

  test("gets what the interceptors made of its call and of the answer; policy decides about what the target gets", async () => {
    interceptors.request = ({ mcp: { gatewayRequest } }) => {
      const { body } = gatewayRequest;
      if (body.method === "tools/call") body.params.arguments = { ...body.params.arguments, amount: 7 };
      return output({ transformedGatewayRequest: { body } });
    };
    interceptors.response = ({ mcp: { gatewayResponse } }) => {
      const { body } = gatewayResponse ?? {};
      body.result.content[0].text = body.result.content[0].text.replaceAll("secret", "*****");
      delete body.result.structuredContent;
      return output({ transformedGatewayResponse: { statusCode: 200, body } });
    };
    const decisions = await decisionsDuring(async () => {
      const result = await clients[era].callTool({ name: "Up___transfer", arguments: { amount: 1_000, to: "secret" } });
      expect(textOf(result)).toBe('{"amount":7,"to":"*****"}');
      expect(result.structuredContent).toBeUndefined();
    });
    expect(upstream.calls[0]?.params).toMatchObject({ arguments: { amount: 7, to: "secret" } });
    expect(decisions).toMatchObject([
      { tool: "Up___transfer", outcome: "allowed", interceptors: { request: "changed" } },
    ]);
  });

  test("may be sent to another tool, which policy decides about", async () => {
    interceptors.request = ({ mcp: { gatewayRequest } }) => {
      const { body } = gatewayRequest;
      if (body.method === "tools/call")
        Object.assign(body.params, { name: "Up___transfer", arguments: { amount: 101 } });
      return output({ transformedGatewayRequest: { body } });
    };
    const result = await clients[era].callTool({ name: "Up___echo", arguments: { text: "hi" } });
    expect(result.isError).toBe(true);
    expect(textOf(result)).toContain("Tool Execution Denied");
    expect(upstream.calls).toEqual([]);
  });
});

describe("what an interceptor is told", () => {
  test("is the request and the answer, as JSON; headers only where they are passed", async () => {
    const body = toolsCall("Up___echo", { text: "hi" }, "id-1");
    await post(gateway.url, JSON.stringify(body, null, 1), { ...bearer, "X-Tenant": "acme" });
    const gatewayRequest = { path: "/mcp", httpMethod: "POST", body };
    const rawGatewayRequest = { body: JSON.stringify(body, null, 1) };
    expect(interceptors.events.request).toEqual([
      { interceptorInputVersion: "1.0", mcp: { rawGatewayRequest, gatewayRequest } },
    ]);
    expect(interceptors.events.response).toEqual([
      {
        interceptorInputVersion: "1.0",
        mcp: {
          rawGatewayRequest,
          gatewayRequest,
          gatewayResponse: { statusCode: 200, body: expect.objectContaining({ jsonrpc: "2.0", id: "id-1" }) },
        },
      },
    ]);

    const inputConfiguration = { passRequestHeaders: true };
    await setInterceptors(
      gatehouse,
      gateway,
      both.map((one) => ({ ...one, inputConfiguration })),
    );
    await expect
      .poll(async () => {
        interceptors.reset();
        await call("Up___echo", {}, { "X-Tenant": "acme" });
        return interceptors.events.request[0]?.mcp.gatewayRequest.headers;
      }, changed)
      .toMatchObject({ "x-tenant": "acme", authorization: bearer.Authorization });
    expect(interceptors.events.response[0]?.mcp.gatewayResponse?.headers).toMatchObject({
      "content-type": "application/json",
    });
    await setInterceptors(gatehouse, gateway, both);
    await expect
      .poll(async () => {
        interceptors.reset();
        await call("Up___echo", {});
        return interceptors.events.request[0]?.mcp.gatewayRequest;
      }, changed)
      .not.toHaveProperty("headers");
  });
});

describe("a REQUEST interceptor", () => {
  test("can answer itself: no target is called, that is on record, and the RESPONSE interceptor still sees the answer", async () => {
    const result = { content: [{ type: "text", text: "from the cache" }] };
    interceptors.request = ({ mcp: { gatewayRequest } }) =>
      output({
        transformedGatewayRequest: { body: gatewayRequest.body },
        transformedGatewayResponse: {
          statusCode: 200,
          headers: { "X-Cache": "hit", "Content-Length": "1" },
          body: { jsonrpc: "2.0", id: gatewayRequest.body.id, result },
        },
      });
    const decisions = await decisionsDuring(async () => {
      const { status, headers, body } = await call("Up___echo", { text: "hi" });
      expect(status).toBe(200);
      expect(headers.get("x-cache")).toBe("hit");
      expect(body?.result).toEqual(result);
    });
    expect(upstream.calls).toEqual([]);
    expect(interceptors.events.response[0]?.mcp.gatewayResponse).toMatchObject({ statusCode: 200, body: { result } });
    expect(decisions).toMatchObject([
      {
        outcome: "rejected",
        tool: "Up___echo",
        interceptors: { request: "answered" },
        reason: expect.stringContaining("REQUEST interceptor"),
      },
    ]);
  });

  test("can refuse with a status and a challenge of its own", async () => {
    interceptors.request = () =>
      output({
        transformedGatewayResponse: {
          statusCode: 403,
          headers: { "WWW-Authenticate": 'Bearer error="insufficient_scope", scope="admin"' },
          body: { error: "not you" },
        },
      });
    const { status, headers, body } = await call("Up___echo", {});
    expect(status).toBe(403);
    expect(headers.get("www-authenticate")).toContain("insufficient_scope");
    expect(body?.error).toBe("not you");
  });

  test("sees initialize and notifications too", async () => {
    const initialize = {
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } },
    };
    expect((await post(gateway.url, initialize, bearer)).status).toBe(200);
    const notified = await post(gateway.url, { jsonrpc: "2.0", method: "notifications/initialized" }, bearer);
    expect(notified).toMatchObject({ status: 202, body: undefined });
    expect(interceptors.events.request.map(({ mcp }) => mcp.gatewayRequest.body.method)).toEqual([
      "initialize",
      "notifications/initialized",
    ]);
    expect(interceptors.events.response.map(({ mcp }) => mcp.gatewayResponse?.body)).toMatchObject([{ id: 1 }, null]);
  });

  test("isn't asked about what the gateway refuses before", async () => {
    await post(gateway.url, "{", bearer);
    await call("Up___echo", {}, { "Mcp-Name": "Up___transfer" });
    await post(gateway.url, toolsCall("Up___echo", {}));
    expect(interceptors.events.request).toEqual([]);
  });
});

describe("a RESPONSE interceptor", () => {
  test("can change the status and the headers, and leave the body as it is", async () => {
    interceptors.response = () =>
      output({ transformedGatewayResponse: { statusCode: 429, headers: { "Retry-After": "5" }, body: null } });
    const { status, headers, body } = await call("Up___echo", { text: "hi" });
    expect(status).toBe(429);
    expect(headers.get("retry-after")).toBe("5");
    expect(textOf(body?.result)).toBe('{"text":"hi"}');
  });

  test("may filter lists", async () => {
    interceptors.response = ({ mcp: { gatewayResponse } }) => {
      const { body } = gatewayResponse ?? {};
      body.result.tools = body.result.tools.filter(({ name }: { name: string }) => name === "Up___echo");
      return output({ transformedGatewayResponse: { body } });
    };
    const { tools } = await clients.auto.listTools();
    expect(tools.map(({ name }) => name)).toEqual(["Up___echo"]);
  });

  test("that isn't given the body can't change it by giving none", async () => {
    const [request, response] = both;
    const inputConfiguration = {
      passRequestHeaders: false,
      payloadFilter: { exclude: [{ field: "RESPONSE_BODY" as const }] },
    };
    await setInterceptors(gatehouse, gateway, [request ?? {}, { ...response, inputConfiguration }] as typeof both);
    await expect
      .poll(async () => {
        interceptors.reset();
        const { body } = await call("Up___echo", { text: "hi" });
        expect(textOf(body?.result)).toBe('{"text":"hi"}');
        return interceptors.events.response[0]?.mcp.gatewayResponse;
      }, changed)
      .toEqual({ statusCode: 200, body: null });
    await setInterceptors(gatehouse, gateway, both);
  });
});

test("a function that isn't there stops everything, and the decision says so", async () => {
  const own = await gatehouse.createGateway();
  await setInterceptors(gatehouse, own, [
    { interceptor: { lambda: { arn: interceptorArn("nobody") } }, interceptionPoints: ["REQUEST"] },
  ]);
  const token = await gatehouse.token(own, "alice");
  const { status, body } = await post(own.url, toolsCall("x", {}), { Authorization: `Bearer ${token}` });
  expect(status).toBe(500);
  expect(JSON.stringify(body)).not.toContain("nobody");
  expect(await gatehouse.decisions(own)).toMatchObject([
    { outcome: "rejected", interceptors: { request: "failed" }, reason: expect.stringContaining("nobody") },
  ]);
});

describe("what an interceptor tells policies", () => {
  const low = `permit(principal, action == AgentCore::Action::"Up___echo", resource == AgentCore::Gateway::"{gateway}") when { context.interceptor.risk < 5 };`;
  let own: TestGateway;
  let policyEngineId: string;
  let authorization: { Authorization: string };
  const settings = (change: object) =>
    sendOwn(gatehouse.control, "PutGatewaySettings", { gatewayIdentifier: own.id, ...change });
  const interceptorContext = [{ name: "risk", type: "LONG" as const }];
  const echo = async (text = "hi") =>
    (await post(own.url, toolsCall("Up___echo", { text }), authorization)).body?.result;

  beforeAll(async () => {
    own = await gatehouse.createGateway();
    await gatehouse.addTarget(own, "Up", { mcpServer: { endpoint: upstream.endpoint } });
    await setInterceptors(gatehouse, own, both);
    await settings({ interceptorContext, recordArguments: "FULL" });
    policyEngineId = await gatehouse.attach(own, "ENFORCE", { low });
    await setInterceptors(gatehouse, own, both);
    authorization = { Authorization: `Bearer ${await gatehouse.token(own, "alice")}` };
  });
  /** Tells a risk by what a call says. */
  const telling = ({ mcp: { gatewayRequest } }: InterceptorEvent) =>
    output({ policyContext: { risk: gatewayRequest.body.params?.arguments?.text === "risky" ? 9 : 1 } });

  test("decides, and the decision says that it was there, and what it was where arguments are recorded", async () => {
    interceptors.request = telling;
    expect((await echo())?.isError).toBeFalsy();
    expect(await echo("risky")).toMatchObject({ isError: true });
    expect((await gatehouse.decisions(own)).slice(-2)).toMatchObject([
      {
        outcome: "allowed",
        interceptors: { request: "unchanged", context: ["risk"] },
        request: { arguments: { text: "hi" }, interceptor: { risk: 1 } },
      },
      { outcome: "denied", interceptors: { context: ["risk"] }, request: { interceptor: { risk: 9 } } },
    ]);
  });

  test("T15 denies where it is missing, whatever the reason", async () => {
    interceptors.request = () => output({});
    expect(textOf(await echo())).toContain(`The interceptor's attribute "risk" is required`);
    await settings({ interceptorContext, requestInterceptorFailure: "FAIL_OPEN" });
    interceptors.request = () => {
      throw new Error("broken");
    };
    await expect.poll(async () => textOf((await echo()) ?? { content: [] }), changed).toContain("is required");
    await settings({ interceptorContext });
  });

  test("doesn't hide a tool from lists", async () => {
    interceptors.request = () => output({});
    const { body } = await post(own.url, { jsonrpc: "2.0", id: 1, method: "tools/list" }, authorization);
    expect(body?.result?.tools).toMatchObject([{ name: "Up___echo" }]);
  });

  test("T15 must stay declared as long as policies that are enforced read it, and with its type", async () => {
    for (const change of [{}, { interceptorContext: [{ name: "risk", type: "STRING" as const }] }]) {
      await expect(settings(change)).rejects.toThrow(/not valid/);
    }
    const cedar = { statement: low.replace("{gateway}", own.arn).replace("risk", "score") };
    const { policyId } = await gatehouse.control.send(
      new CreatePolicyCommand({ policyEngineId, name: "undeclared", definition: { cedar } }),
    );
    const policy = await gatehouse.control.send(new GetPolicyCommand({ policyEngineId, policyId }));
    expect(policy).toMatchObject({ status: "CREATE_FAILED", statusReasons: [expect.stringContaining("score")] });
  });

  test("is refused as a setting where it can't be", async () => {
    for (const interceptorContext of [
      [{ name: "risk", type: "DECIMAL" as never }],
      [{ name: "the risk", type: "LONG" as const }],
      [
        { name: "risk", type: "LONG" as const },
        { name: "risk", type: "BOOL" as const },
      ],
    ]) {
      await expect(settings({ interceptorContext })).rejects.toThrow(/interceptorContext/);
    }
  });
});

test("a streamed answer is read to its end first, and leaves whole; without interceptors it streams", async () => {
  await using raw = await startRawUpstream();
  const own = await gatehouse.createGateway();
  await gatehouse.addTarget(own, "Raw", { mcpServer: { endpoint: raw.endpoint } });
  raw.answer = ({ message: { id, params } }) => {
    const token = isJsonObject(params?._meta) ? params._meta.progressToken : undefined;
    const progress = { method: "notifications/progress", params: { progressToken: token, progress: 1 } };
    const result = { content: [{ type: "text", text: "secret" }] };
    return events([
      { jsonrpc: "2.0", ...progress },
      { jsonrpc: "2.0", id, result },
    ]);
  };
  const headers = {
    "Content-Type": "application/json",
    Accept: "application/json, text/event-stream",
    Authorization: `Bearer ${await gatehouse.token(own, "alice")}`,
  };
  const params = { name: "Raw___ask", arguments: {}, _meta: { progressToken: "mine" } };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
  const ask = () => fetch(own.url, { method: "POST", headers, body });
  expect((await ask()).headers.get("content-type")).toBe("text/event-stream");
  await setInterceptors(gatehouse, own, both);
  interceptors.response = ({ mcp: { gatewayResponse } }) => {
    const { result } = gatewayResponse?.body ?? {};
    const redacted = { ...result, content: [{ type: "text", text: "redacted" }] };
    return output({ transformedGatewayResponse: { body: { ...gatewayResponse?.body, result: redacted } } });
  };
  await vi.waitFor(async () => {
    const answer = await ask();
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(await answer.text()).toMatch(/^(?!.*(secret|progress)).*redacted/);
  }, changed);
});

test("prompts and resources are decided with what the interceptor tells", async () => {
  await using features = await startFeatureUpstream();
  const own = await gatehouse.createGateway();
  await gatehouse.addTarget(own, "Docs", { mcpServer: { endpoint: features.endpoint } });
  const interceptorContext = [{ name: "risk", type: "LONG" as const }];
  await sendOwn(gatehouse.control, "PutGatewaySettings", { gatewayIdentifier: own.id, interceptorContext });
  await gatehouse.attach(own, "ENFORCE", {
    low: `permit(principal, action, resource == AgentCore::Gateway::"{gateway}") when { context.interceptor.risk < 5 };`,
  });
  await setInterceptors(gatehouse, own, both);
  const authorization = { Authorization: `Bearer ${await gatehouse.token(own, "alice")}` };
  const askFor = async (risk: number, method: string, params: object) => {
    interceptors.request = () => output({ policyContext: { risk } });
    return (await post(own.url, { jsonrpc: "2.0", id: 1, method, params }, authorization)).body;
  };
  const prompt = { name: "Docs___greet", arguments: {} };
  const resource = { uri: "gatehouse:Docs/file:///public/readme.md" };
  for (const [method, params] of [["prompts/get", prompt] as const, ["resources/read", resource] as const]) {
    await vi.waitFor(async () => expect((await askFor(1, method, params))?.result).toBeDefined(), changed);
    expect((await askFor(9, method, params))?.error?.code).toBe(-32_000);
  }
  expect(features.asked).toHaveLength(2);
  expect((await askFor(1, "resources/list", {}))?.result?.resources).toHaveLength(2);
  expect((await askFor(9, "resources/list", {}))?.result?.resources).toEqual([]);
});
