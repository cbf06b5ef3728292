import {
  CreateGatewayTargetCommand,
  GetGatewayTargetCommand,
  type MetadataConfiguration,
  type TargetConfiguration,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse, type TestGateway } from "../support/gatehouse.ts";
import { both, output, setInterceptors, startInterceptors, type TestInterceptors } from "../support/interceptors.ts";
import { connectClient, post, textOf, toolsCall } from "../support/mcp.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";
import { serveWeb, type WebServer } from "../support/webServer.ts";

let upstream: Upstream;
/** Stands before the upstream, and adds headers to its answers. */
let front: WebServer;
let interceptors: TestInterceptors;
let gatehouse: TestGatehouse;
let gateway: TestGateway;
let token: string;
let bearer: { Authorization: string };

const metadata: MetadataConfiguration = {
  allowedRequestHeaders: ["X-Tenant", "X-Copy"],
  allowedResponseHeaders: ["X-Quota-Left", "X-Missing"],
  allowedQueryParameters: ["version"],
};

async function addTarget(name: string, mcp: TargetConfiguration["mcp"], metadataConfiguration?: MetadataConfiguration) {
  const { targetId } = await gatehouse.control.send(
    new CreateGatewayTargetCommand({
      gatewayIdentifier: gateway.id,
      name,
      targetConfiguration: { mcp } as TargetConfiguration,
      ...(mcp?.lambda ? { credentialProviderConfigurations: [{ credentialProviderType: "GATEWAY_IAM_ROLE" }] } : {}),
      metadataConfiguration,
    }),
  );
  await gatehouse.host.idle();
  const target = await gatehouse.control.send(new GetGatewayTargetCommand({ gatewayIdentifier: gateway.id, targetId }));
  expect(target).toMatchObject({ status: "READY", ...(metadataConfiguration && { metadataConfiguration }) });
}

beforeAll(async () => {
  upstream = await startUpstream();
  front = await serveWeb(async (request) => {
    const headers = new Headers(request.headers);
    for (const name of ["host", "connection", "content-length"]) headers.delete(name);
    const { method } = request;
    const body = method === "POST" ? await request.arrayBuffer() : null;
    const answer = await fetch(upstream.endpoint, { method, headers, body });
    const answered = new Headers(answer.headers);
    for (const name of ["connection", "content-length", "transfer-encoding"]) answered.delete(name);
    answered.set("X-Quota-Left", request.headers.get("x-tenant") ?? "unknown");
    answered.set("X-Private", "not to be seen");
    answered.set("Set-Cookie", "session=secret");
    return new Response(await answer.arrayBuffer(), { status: answer.status, headers: answered });
  });
  interceptors = await startInterceptors();
  gatehouse = await startGatehouse({ lambdas: [interceptors.folder, `${import.meta.dirname}/../fixtures/functions`] });
  gateway = await gatehouse.createGateway();
  const lambdaArn = "arn:aws:lambda:us-east-1:000000000000:function:greet";
  const inlinePayload = [
    { name: "greet", description: "Greets", inputSchema: { type: "object" as const, properties: {} } },
  ];
  await addTarget("Up", { mcpServer: { endpoint: `${front.url}/mcp` } }, metadata);
  await addTarget("Plain", { mcpServer: { endpoint: upstream.endpoint } });
  await addTarget("Fn", { lambda: { lambdaArn, toolSchema: { inlinePayload } } }, metadata);
  await setInterceptors(gatehouse, gateway, both);
  token = await gatehouse.token(gateway, "alice");
  bearer = { Authorization: `Bearer ${token}` };
});
afterAll(async () => {
  await gatehouse?.[Symbol.asyncDispose]();
  await interceptors?.[Symbol.asyncDispose]();
  await front?.stop();
  await upstream?.stop();
});
beforeEach(() => {
  interceptors.reset();
  upstream.calls.length = 0;
});

const call = (name: string, headers: Record<string, string> = {}, query = "", args: object = {}) =>
  post(`${gateway.url}${query}`, toolsCall(name, args), { ...bearer, ...headers });
const sent = () => upstream.calls[0]?.headers ?? new Headers();
const customOf = (body: Awaited<ReturnType<typeof call>>["body"]) => JSON.parse(textOf(body?.result)).custom;

describe("headers and query parameters", () => {
  test("go to an MCP server, and back, by the names that its configuration has", async () => {
    const { headers } = await call("Up___echo", { "x-tenant": "acme", "X-Other": "no" });
    expect(sent().get("x-tenant")).toBe("acme");
    expect(sent().has("x-other")).toBe(false);
    expect(headers.get("x-quota-left")).toBe("acme");
    for (const name of ["x-private", "set-cookie", "x-missing"]) expect(headers.has(name)).toBe(false);
  });

  test("go to a Lambda function in its client context, in AgentCore's words", async () => {
    const { body } = await call("Fn___greet", { "X-Tenant": "acme", "X-Other": "no" }, "?version=2&version=3&debug=1");
    expect(customOf(body)).toMatchObject({
      bedrockAgentCorePropagatedHeaders: { "X-Tenant": "acme" },
      bedrockAgentCorePropagatedQueryParameters: { version: "2,3" },
    });
    expect(customOf(body).bedrockAgentCorePropagatedQueryParameters).not.toHaveProperty("debug");
  });

  test("don't go where nothing is configured", async () => {
    await call("Plain___echo", { "X-Tenant": "acme" });
    expect(sent().has("x-tenant")).toBe(false);
    const { body } = await call("Fn___greet");
    expect(customOf(body)).not.toHaveProperty("bedrockAgentCorePropagatedHeaders");
    expect(customOf(body)).not.toHaveProperty("bedrockAgentCorePropagatedQueryParameters");
  });

  test("of callers at the same time don't mix, on one connection or several (T04)", async () => {
    const tenants = Array.from({ length: 30 }, (_, n) => `tenant-${n}`);
    const answers = await Promise.all(
      tenants.map((tenant) => call("Up___echo", { "X-Tenant": tenant }, "", { text: tenant })),
    );
    answers.forEach(({ headers, body }, n) => {
      expect(headers.get("x-quota-left")).toBe(tenants[n]);
      expect(textOf(body?.result)).toContain(`"${tenants[n]}"`);
    });
  });

  test("that are too large for a Lambda function fail the call, and don't reach it in part", async () => {
    const { body } = await call("Fn___greet", { "X-Tenant": "x".repeat(4_000) });
    expect(body?.result?.isError).toBe(true);
  });

  test("are those that the interceptor has set, where it has", async () => {
    interceptors.request = () =>
      output({ transformedGatewayRequest: { headers: { "X-Tenant": "by the interceptor" } } });
    await call("Up___echo", { "X-Tenant": "by the caller" });
    expect(sent().get("x-tenant")).toBe("by the interceptor");
    interceptors.request = () => output({ transformedGatewayRequest: { headers: { "X-Tenant": null } } });
    upstream.calls.length = 0;
    await call("Up___echo", { "X-Tenant": "by the caller" });
    expect(sent().has("x-tenant")).toBe(false);
  });
});

describe("T01 the caller's token", () => {
  test("goes to no target, not under another name either, nor in the query", async () => {
    await call("Up___echo", { "X-Tenant": `copy of ${token}`, "X-Copy": token });
    expect(JSON.stringify([...sent()])).not.toContain(token);
    const { body } = await call("Fn___greet", { "X-Copy": bearer.Authorization }, `?version=${token}`);
    expect(JSON.stringify(body)).not.toContain(token);
  });

  test("is not sent by an interceptor that gets it and names it as a header", async () => {
    interceptors.request = () =>
      output({
        transformedGatewayRequest: { headers: { ...bearer, Cookie: "a=b", "X-Tenant": bearer.Authorization } },
      });
    await call("Up___echo");
    expect(JSON.stringify([...sent()])).not.toContain(token);
    expect(sent().has("authorization")).toBe(false);
    expect(sent().has("cookie")).toBe(false);
  });
});

describe("trace context", () => {
  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
  const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
  const tracestate = "vendor=1,other=two";
  const baggage = "tenant=acme;p=1,user=alice";
  const lastTrace = async () => (await gatehouse.decisions(gateway)).at(-1)?.traceId;
  /** In the same trace, under a span of the gateway's. */
  const goesOn = (from: string, to: unknown) => {
    const [, id, span, flags] = String(to).split("-");
    expect([id, flags]).toEqual([from.split("-")[1], from.split("-")[3]]);
    expect(span).toMatch(/^[\da-f]{16}$/);
    expect(span).not.toBe(from.split("-")[2]);
  };

  test("comes in headers and goes on in _meta and in headers; the decision has its id", async () => {
    await call("Plain___echo", { traceparent, tracestate, baggage });
    expect(upstream.calls[0]?.params?._meta).toMatchObject({ tracestate, baggage });
    expect(Object.fromEntries(sent())).toMatchObject({ tracestate, baggage });
    goesOn(traceparent, sent().get("traceparent"));
    expect(upstream.calls[0]?.params?._meta?.traceparent).toBe(sent().get("traceparent"));
    expect(await lastTrace()).toBe(traceId);
  });

  test("comes in _meta, which counts before headers", async () => {
    const client = await connectClient(gateway.url, token);
    const _meta = { traceparent, tracestate };
    await client.callTool({ name: "Plain___echo", arguments: {}, _meta });
    await client.close();
    expect(upstream.calls[0]?.params?._meta).toMatchObject({ tracestate });
    goesOn(traceparent, sent().get("traceparent"));
    expect(await lastTrace()).toBe(traceId);
  });

  test("that is malformed goes nowhere, and takes its state with it; the gateway begins one", async () => {
    await call("Plain___echo", {
      traceparent: `00-${"0".repeat(32)}-00f067aa0ba902b7-01`,
      tracestate,
      baggage: "no baggage",
    });
    for (const name of ["tracestate", "baggage"]) {
      expect(upstream.calls[0]?.params?._meta?.[name]).toBeUndefined();
      expect(sent().has(name)).toBe(false);
    }
    const begun = await lastTrace();
    expect(begun).toMatch(/^(?!0{32})[\da-f]{32}$/);
    expect(sent().get("traceparent")?.split("-")[1]).toBe(begun);
  });

  test("is the interceptor's to set", async () => {
    interceptors.request = () => output({ transformedGatewayRequest: { headers: { traceparent } } });
    await call("Plain___echo");
    goesOn(traceparent, sent().get("traceparent"));
    expect(await lastTrace()).toBe(traceId);
  });
});

describe("a session", () => {
  const header = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id";
  const sessionId = "session-0123456789-0123456789-0123456789";
  const lastSession = async () => (await gatehouse.decisions(gateway)).at(-1)?.sessionId;

  test("is on record and in the answer, and no target is told of it (T05)", async () => {
    const { headers } = await call("Plain___echo", { [header]: sessionId });
    expect(headers.get(header)).toBe(sessionId);
    expect(await lastSession()).toBe(sessionId);
    expect(sent().has(header)).toBe(false);
  });

  test.each([
    ["too long", "x".repeat(257)],
    ["of other characters", "a b"],
  ])("whose id is %s is none: it is never cut to another's", async (_, id) => {
    const { status, headers } = await call("Plain___echo", { [header]: id });
    expect(status).toBe(200);
    expect(headers.has(header)).toBe(false);
    expect(await lastSession()).toBeUndefined();
  });

  test("is no credential", async () => {
    const { status } = await post(gateway.url, toolsCall("Plain___echo", {}), { [header]: sessionId });
    expect(status).toBe(401);
  });
});
