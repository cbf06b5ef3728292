import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { sendOwn } from "@gatehouse/apply/ownCommand.ts";
import type { JsonObject } from "@gatehouse/core/json.ts";
import type { ToolDecision } from "@gatehouse/core/observability/events.ts";
import { configRepository } from "@gatehouse/core/storage/configRepository.ts";
import { tableName } from "@gatehouse/local/tables.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse, type TestGateway } from "../support/gatehouse.ts";
import { both, output, setInterceptors, startInterceptors, type TestInterceptors } from "../support/interceptors.ts";
import { connectClient, post, toolsCall } from "../support/mcp.ts";
import { type OrdersApi, startOrdersApi } from "../support/ordersApi.ts";
import { events, type RawUpstream, startRawUpstream } from "../support/rawUpstream.ts";
import { type PublishedSpan, type SpanTap, tapSpans } from "../support/spanTap.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";

let tap: SpanTap;
let upstream: Upstream;
let api: OrdersApi;
let interceptors: TestInterceptors;
let gatehouse: TestGatehouse;
let gateway: TestGateway;
let token: string;

const policies = {
  small: `permit(principal, action == AgentCore::Action::"Up___transfer", resource == AgentCore::Gateway::"{gateway}") when { context.input.amount <= 100 };`,
  rest: `permit(principal, action in [AgentCore::Action::"Up___echo", AgentCore::Action::"Up___fail", AgentCore::Action::"Up___crash"], resource == AgentCore::Gateway::"{gateway}");`,
};

beforeAll(async () => {
  [tap, upstream, api, interceptors] = await Promise.all([
    tapSpans(),
    startUpstream(),
    startOrdersApi(),
    startInterceptors(),
  ]);
  gatehouse = await startGatehouse({ loadFunction: tap.loadFunction, lambdas: [interceptors.folder] });
  gateway = await gatehouse.createGateway();
  await gatehouse.addTarget(gateway, "Up", { mcpServer: { endpoint: upstream.endpoint } });
  await gatehouse.attach(gateway, "ENFORCE", policies);
  token = await gatehouse.token(gateway, "alice");
});
beforeEach(() => {
  tap.spans.length = 0;
  upstream.calls.length = 0;
});
afterAll(async () => {
  await gatehouse[Symbol.asyncDispose]();
  await interceptors[Symbol.asyncDispose]();
  await Promise.all([upstream.stop(), api.stop()]);
});

const call = (tool: string, args: unknown = {}, headers: Record<string, string> = {}) =>
  post(gateway.url, toolsCall(tool, args), { Authorization: `Bearer ${token}`, ...headers });

/** What was published by now, and the decisions about a gateway. */
async function recorded(of = gateway): Promise<{ spans: PublishedSpan[]; decisions: ToolDecision[] }> {
  const decisions = await gatehouse.decisions(of);
  return { spans: tap.spans, decisions };
}
const ofKind = (spans: readonly PublishedSpan[], kind: string) => spans.filter(({ span }) => span.kind === kind);

describe("a call that is allowed", () => {
  test("has a SERVER span in its agent's trace, with a policy span and that of its target below", async () => {
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    const before = BigInt(Date.now()) * 1_000_000n;
    await call(
      "Up___transfer",
      { amount: 5, to: "bob" },
      {
        traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
        tracestate: "vendor=1",
        "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": "session-1",
      },
    );
    const { spans, decisions } = await recorded();
    const decision = decisions.at(-1);
    expect(spans.map(({ span }) => `${span.kind} ${span.name}`)).toEqual([
      "SERVER tools/call Up___transfer",
      "INTERNAL policy",
      "CLIENT tools/call transfer",
    ]);
    const [server, policy, client] = spans;
    for (const { source, sessionId, span } of spans) {
      expect([source, sessionId, span.traceId]).toEqual(["gateway", "session-1", traceId]);
      expect(BigInt(span.startTimeUnixNano)).toBeGreaterThanOrEqual(before);
      expect(BigInt(span.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano));
      expect(span.resource).toMatchObject({ "service.name": "gatehouse", "cloud.resource_id": gateway.arn });
    }
    expect(server?.span).toMatchObject({ parentSpanId: "00f067aa0ba902b7", traceState: "vendor=1" });
    expect(server?.span.status).toEqual({ code: "UNSET" });
    expect(server?.span.attributes).toMatchObject({
      "mcp.method.name": "tools/call",
      "mcp.protocol.version": "2025-11-25",
      "jsonrpc.request.id": "1",
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": "Up___transfer",
      "session.id": "session-1",
      "gatehouse.decision.id": decision?.decisionId,
    });
    expect(policy?.span.parentSpanId).toBe(server?.span.spanId);
    expect(policy?.span.attributes).toEqual({
      "aws.agentcore.policy.authorization_decision": "ALLOW",
      "aws.agentcore.policy.authorization_reason": decision?.reason,
      "aws.agentcore.policy.determining_policies": decision?.determiningPolicies,
      "aws.agentcore.policy.target_resource.id": gateway.arn,
      "aws.agentcore.gateway.policy.arn": decision?.policyEngine?.arn,
      "aws.agentcore.gateway.policy.mode": "ENFORCE",
    });
    expect(client?.span.parentSpanId).toBe(server?.span.spanId);
    expect(client?.span.attributes).toMatchObject({
      "gatehouse.target.name": "Up",
      "gatehouse.target.kind": "mcpServer",
      "gen_ai.tool.name": "transfer",
      "http.response.status_code": 200,
    });
    expect(upstream.calls[0]?.headers.get("traceparent")).toBe(`00-${traceId}-${client?.span.spanId}-01`);
    expect(decision).toMatchObject({ traceId, spanId: server?.span.spanId });
    expect(server?.facts).toEqual({
      type: "toolCall",
      decisionId: decision?.decisionId,
      gatewayId: gateway.id,
      policyEngine: decision?.policyEngine?.arn,
      mode: "ENFORCE",
      method: "tools/call",
      target: "Up",
      tool: "Up___transfer",
      decision: "ALLOW",
      outcome: "allowed",
      principal: "alice",
      agent: "agent",
      statusCode: 200,
      durationMicroseconds: expect.any(Number),
    });
    expect([policy?.facts, client?.facts]).toEqual([undefined, undefined]);
  });

  test("of an agent that says nothing of a trace is in one of its own", async () => {
    await call("Up___echo", { text: "hello" });
    await call("Up___echo", { text: "hello" });
    const { spans, decisions } = await recorded();
    const servers = ofKind(spans, "SERVER").map(({ span }) => span);
    expect(servers.map(({ parentSpanId }) => parentSpanId)).toEqual([undefined, undefined]);
    expect(new Set(spans.map(({ span }) => span.traceId)).size).toBe(2);
    expect(servers.map(({ traceId }) => traceId)).toEqual(decisions.slice(-2).map(({ traceId }) => traceId));
  });
});

describe("how a request ended", () => {
  const ended = async () => {
    const { spans } = await recorded();
    return spans.map(({ span, facts }) => ({
      kind: span.kind,
      code: span.status.code,
      type: span.attributes["error.type"],
      error: facts?.type === "toolCall" ? facts.error : undefined,
      outcome: facts?.type === "toolCall" ? facts.outcome : undefined,
    }));
  };
  const server = { kind: "SERVER", code: "ERROR" };
  const none = { type: undefined, error: undefined, outcome: undefined };
  const policy = { kind: "INTERNAL", code: "UNSET", ...none };
  const reached = { kind: "CLIENT", code: "UNSET", ...none };

  test.each<[string, string, object, object[]]>([
    [
      "policy denies it",
      "Up___transfer",
      { amount: 500 },
      [{ ...server, type: "policyDenied", error: "refused", outcome: "denied" }, policy],
    ],
    [
      "its arguments are wrong",
      "Up___transfer",
      { amount: "5" },
      [{ ...server, type: "invalidArguments", error: "4xx", outcome: "rejected" }],
    ],
    ["there is no such tool", "Up___nope", {}, [{ ...server, type: "unknownTool", error: "4xx", outcome: "rejected" }]],
    [
      "the tool says that it failed",
      "Up___fail",
      {},
      [{ ...server, type: "tool_error", error: "tool", outcome: "allowed" }, policy, reached],
    ],
    [
      "the target fails",
      "Up___crash",
      {},
      [
        { ...server, type: "targetFailed", error: "5xx", outcome: "allowed" },
        policy,
        { ...reached, code: "ERROR", type: "targetFailed" },
      ],
    ],
  ])("is told where %s", async (_, tool, args, expected) => {
    await call(tool, args);
    expect(await ended()).toEqual(expected);
  });

  test("is told where the target's HTTP status says so", async () => {
    const own = await gatehouse.createGateway();
    await gatehouse.addTarget(own, "Api", { openApiSchema: { inlinePayload: JSON.stringify(api.description) } });
    const bearer = `Bearer ${await gatehouse.token(own, "alice")}`;
    await post(own.url, toolsCall("Api___getOrder", { order_id: "missing" }), { Authorization: bearer });
    const { spans } = await recorded(own);
    expect(ofKind(spans, "SERVER")[0]?.facts).toMatchObject({ error: "4xx", statusCode: 404 });
    expect(ofKind(spans, "CLIENT")[0]?.span).toMatchObject({
      status: { code: "ERROR" },
      attributes: { "http.response.status_code": 404, "error.type": "404" },
    });
  });
});

test("every request that was decided about has one span for each decision, and others have none", async () => {
  const before = (await gatehouse.decisions(gateway)).length;
  tap.spans.length = 0;
  const client = await connectClient(gateway.url, token, "legacy");
  await client.listTools();
  await client.ping();
  await client.callTool({ name: "Up___echo", arguments: {} });
  await client.close();
  await post(gateway.url, "not JSON", { Authorization: `Bearer ${token}` });
  await post(gateway.url, toolsCall("Up___echo", {}), { Authorization: "Bearer nobody" });
  const { spans, decisions } = await recorded();
  const facts = spans.flatMap(({ facts }) => (facts?.type === "toolCall" ? [facts] : []));
  const made = decisions.slice(before);
  expect(facts.map(({ decisionId }) => decisionId).sort()).toEqual(made.map(({ decisionId }) => decisionId).sort());
  expect(made.map(({ method }) => method)).toEqual(["tools/list", "tools/call", "unknown"]);
  expect(ofKind(spans, "INTERNAL").map(({ span }) => span.attributes)).toMatchObject([
    { "aws.agentcore.policy.allowed_tools": expect.arrayContaining(["Up___echo"]) },
    {},
  ]);
});

describe("an answer that comes bit by bit", () => {
  let raw: RawUpstream;
  let own: TestGateway;
  let bearer: string;
  beforeAll(async () => {
    raw = await startRawUpstream();
    own = await gatehouse.createGateway();
    await gatehouse.addTarget(own, "Raw", { mcpServer: { endpoint: raw.endpoint } });
    bearer = await gatehouse.token(own, "alice");
  });
  afterAll(() => raw.stop());

  /** Progress first, and the result when the test lets it go. */
  function slowly(released: Promise<void>): void {
    raw.answer = ({ message: { id, params } }) =>
      events(
        (async function* () {
          const { progressToken = null } = (params?._meta ?? {}) as JsonObject;
          yield { jsonrpc: "2.0", method: "notifications/progress", params: { progressToken, progress: 1 } };
          await released;
          yield { jsonrpc: "2.0", id, result: { resultType: "complete", isError: true, content: [] } };
        })(),
      );
  }

  test("has its spans when it has ended", async () => {
    const released = Promise.withResolvers<void>();
    slowly(released.promise);
    const client = await connectClient(own.url, bearer);
    tap.spans.length = 0;
    const before: number[] = [];
    const onprogress = () => {
      before.push(tap.spans.length);
      released.resolve();
    };
    await client.callTool({ name: "Raw___ask", arguments: {} }, { onprogress });
    await client.close();
    const { spans } = await recorded(own);
    expect(before).toEqual([0]);
    expect(spans.map(({ span, facts }) => [span.kind, span.attributes["error.type"], facts?.type])).toEqual([
      ["SERVER", "tool_error", "toolCall"],
      ["CLIENT", undefined, undefined],
    ]);
  });

  test("has its spans when its client has gone", async () => {
    slowly(new Promise(() => {}));
    const client = await connectClient(own.url, bearer);
    tap.spans.length = 0;
    const gone = new AbortController();
    const request = client.callTool(
      { name: "Raw___ask", arguments: {} },
      { onprogress: () => gone.abort(), signal: gone.signal },
    );
    await expect(request).rejects.toThrow();
    await client.close();
    await expect.poll(() => tap.spans.length, { timeout: 20_000 }).toBe(2);
    const { spans } = await recorded(own);
    expect(spans.map(({ span, facts }) => [span.kind, span.status.code, facts])).toEqual([
      ["SERVER", "ERROR", expect.objectContaining({ outcome: "allowed", error: "4xx" })],
      ["CLIENT", expect.any(String), undefined],
    ]);
    expect(spans[0]?.span.attributes["error.type"]).toBe("cancelled");
  });
});

describe("a call that is repeated", () => {
  let raw: RawUpstream;
  let own: TestGateway;
  let bearer: string;
  beforeAll(async () => {
    raw = await startRawUpstream();
    own = await gatehouse.createGateway();
    const targetSettings = [{ target: "Raw", idempotentTools: ["ask"], maxRetries: 2, timeoutSeconds: 600 }];
    await sendOwn(gatehouse.control, "PutGatewaySettings", { gatewayIdentifier: own.id, targetSettings });
    await gatehouse.addTarget(own, "Raw", { mcpServer: { endpoint: raw.endpoint } });
    bearer = await gatehouse.token(own, "alice");
  });
  beforeEach(() => {
    raw.requests.length = 0;
  });
  afterAll(() => raw.stop());

  /** Answers the calls of the tool with these, one after the other. */
  function answerWith(...statuses: readonly (200 | 503)[]): void {
    const left = [...statuses];
    raw.answer = () => (left.shift() === 200 ? { content: [] } : new Response("too much to do", { status: 503 }));
  }

  async function ask(): Promise<PublishedSpan[]> {
    await post(own.url, toolsCall("Raw___ask", {}), { Authorization: `Bearer ${bearer}` });
    return (await recorded(own)).spans;
  }

  const attempts = (spans: readonly PublishedSpan[]) =>
    ofKind(spans, "CLIENT").map(({ span: { status, attributes } }) => [
      status.code,
      attributes["error.type"],
      attributes["http.response.status_code"],
      attributes["http.request.resend_count"],
    ]);

  /** The spans that the server was told to go on under, call by call. */
  const parentsTold = () =>
    raw.requests
      .filter(({ message }) => message.method === "tools/call")
      .map(({ headers }) => headers.get("traceparent")?.split("-")[2]);

  test("has a span for each attempt, which its target goes on under, and is one request all the same", async () => {
    answerWith(503, 503, 200);
    const spans = await ask();
    expect(attempts(spans)).toEqual([
      ["ERROR", "503", 503, undefined],
      ["ERROR", "503", 503, 1],
      ["UNSET", undefined, 200, 2],
    ]);
    const clients = ofKind(spans, "CLIENT").map(({ span }) => span);
    expect(parentsTold()).toEqual(clients.map(({ spanId }) => spanId));
    const [server, ...others] = ofKind(spans, "SERVER");
    expect(others).toEqual([]);
    expect(clients.map(({ parentSpanId }) => parentSpanId)).toEqual(Array(3).fill(server?.span.spanId));
    // An attempt has ended before the next begins: what lies between is the wait.
    for (const [index, { startTimeUnixNano }] of clients.slice(1).entries())
      expect(BigInt(startTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(clients[index]?.endTimeUnixNano ?? "0"));
    expect(server?.span.status.code).toBe("UNSET");
    expect(server?.facts).toMatchObject({ outcome: "allowed", statusCode: 200 });
    expect(server?.facts).not.toHaveProperty("error");
  });

  test("tells how it ended where no attempt is answered", async () => {
    answerWith(503, 503, 503);
    const spans = await ask();
    expect(attempts(spans).map(([code, type, , count]) => [code, type, count])).toEqual([
      ["ERROR", "503", undefined],
      ["ERROR", "503", 1],
      ["ERROR", "503", 2],
    ]);
    expect(ofKind(spans, "SERVER")[0]?.facts).toMatchObject({ error: "5xx", statusCode: 503 });
  });

  test("that succeeds at once has one span, with no count", async () => {
    answerWith(200);
    expect(attempts(await ask())).toEqual([["UNSET", undefined, 200, undefined]]);
  });
});

describe("behind interceptors", () => {
  beforeEach(() => interceptors.reset());
  afterAll(() => setInterceptors(gatehouse, gateway, undefined));

  test("what is kept of a result is what the agent got", async () => {
    await setInterceptors(gatehouse, gateway, both);
    const repository = configOf();
    const record = await repository.getGateway(gateway.id);
    if (record === undefined) throw new Error("The gateway is gone.");
    await repository.updateGateway(record, { ...record, settings: { recordResults: "FULL" } });
    await until(async () => {
      tap.spans.length = 0;
      interceptors.response = ({ mcp }) => {
        const body = structuredClone(mcp.gatewayResponse?.body);
        body.result = { content: [{ type: "text", text: "taken out" }] };
        return output({ transformedGatewayResponse: { statusCode: 200, body } });
      };
      await call("Up___echo", { text: "personal-detail-7c1" });
      const { spans } = await recorded();
      const kept = String(ofKind(spans, "SERVER")[0]?.span.attributes["gen_ai.tool.call.result"]);
      expect(kept).not.toContain("personal-detail-7c1");
      return kept.includes("taken out");
    });
  });

  test("each invocation of an interceptor has a span, which says how it went", async () => {
    // By now the gateway has both; what has changed takes effect within a second.
    await setInterceptors(gatehouse, gateway, both);
    const invoked = async () => {
      tap.spans.length = 0;
      await call("Up___echo", { text: "hello" });
      const { spans } = await recorded();
      return { spans, calls: ofKind(spans, "CLIENT").filter(({ span }) => "faas.invoked_name" in span.attributes) };
    };
    await until(async () => (await invoked()).calls.length === 2);
    const well = await invoked();
    const [server] = ofKind(well.spans, "SERVER");
    expect(well.spans.map(({ span }) => `${span.kind} ${span.name}`)).toEqual([
      "SERVER tools/call Up___echo",
      "INTERNAL policy",
      "CLIENT tools/call echo",
      "CLIENT REQUEST interceptor",
      "CLIENT RESPONSE interceptor",
    ]);
    for (const { span, facts } of well.calls) {
      expect([span.traceId, span.parentSpanId]).toEqual([server?.span.traceId, server?.span.spanId]);
      expect([span.status.code, facts]).toEqual(["UNSET", undefined]);
      expect(span.attributes).toEqual({
        "faas.invoked_name": span.name.startsWith("REQUEST") ? "request-interceptor" : "response-interceptor",
        "faas.invoked_provider": "aws",
        "faas.invoked_region": "us-east-1",
        "gatehouse.interception.point": span.name.split(" ")[0],
      });
    }
    // One before the target was asked, the other after it.
    const [target] = ofKind(well.spans, "CLIENT");
    const [request, response] = well.calls.map(({ span }) => span);
    expect(BigInt(request?.endTimeUnixNano ?? "0")).toBeLessThanOrEqual(BigInt(target?.span.startTimeUnixNano ?? "0"));
    expect(BigInt(response?.startTimeUnixNano ?? "0")).toBeGreaterThanOrEqual(
      BigInt(target?.span.endTimeUnixNano ?? "0"),
    );

    interceptors.request = () => {
      throw new Error("out of order, personal-detail-7c1");
    };
    const ill = await invoked();
    expect(ill.calls.map(({ span }) => [span.name, span.status, span.attributes["error.type"]])).toEqual([
      ["REQUEST interceptor", { code: "ERROR" }, "interceptorFailed"],
    ]);
    expect(JSON.stringify(ill.spans)).not.toContain("personal-detail-7c1");
  });

  test("an answer that is withheld has a decision and a span of its own", async () => {
    interceptors.response = () => {
      throw new Error("out of order");
    };
    await call("Up___echo", { text: "hello" });
    const { spans, decisions } = await recorded();
    const [first, second] = decisions.slice(-2);
    expect([first?.outcome, second?.outcome]).toEqual(["allowed", "rejected"]);
    const counted = spans.filter(({ facts }) => facts !== undefined);
    expect(counted.map(({ span, facts }) => [span.kind, span.spanId, facts])).toEqual([
      ["SERVER", first?.spanId, expect.objectContaining({ decisionId: first?.decisionId, error: "5xx" })],
      ["INTERNAL", second?.spanId, expect.objectContaining({ decisionId: second?.decisionId, outcome: "rejected" })],
    ]);
    expect(counted[1]?.span.parentSpanId).toBe(first?.spanId);
    expect(first?.traceId).toBe(second?.traceId);
  });
});

const configOf = () =>
  configRepository({ client: DynamoDBDocumentClient.from(new DynamoDBClient({})), table: tableName("config") });

/** A change takes effect within a second. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds()));
}
