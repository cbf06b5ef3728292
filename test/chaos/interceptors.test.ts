import { sendOwn } from "@gatehouse/apply/ownCommand.ts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { startGatehouse, type TestGatehouse, type TestGateway } from "../support/gatehouse.ts";
import {
  both,
  type InterceptorEvent,
  output,
  setInterceptors,
  startInterceptors,
  type TestInterceptors,
} from "../support/interceptors.ts";
import { post, textOf, toolsCall } from "../support/mcp.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";

let upstream: Upstream;
let interceptors: TestInterceptors;
let gatehouse: TestGatehouse;
/** Three gateways with the same interceptors: one that stops what they can't look at, one that lets it pass, one that tells. */
let closed: TestGateway;
let open: TestGateway;
let debug: TestGateway;
const bearers = new Map<TestGateway, string>();

beforeAll(async () => {
  process.env.POWERTOOLS_METRICS_DISABLED = "false";
  upstream = await startUpstream();
  interceptors = await startInterceptors();
  gatehouse = await startGatehouse({ lambdas: [interceptors.folder] });
  const create = async (failure: "FAIL_CLOSED" | "FAIL_OPEN", exceptionLevel?: "DEBUG") => {
    const gateway = await gatehouse.createGateway(exceptionLevel === undefined ? {} : { exceptionLevel });
    await gatehouse.addTarget(gateway, "Up", { mcpServer: { endpoint: upstream.endpoint } });
    await gatehouse.attach(gateway, "ENFORCE", {
      echo: `permit(principal, action == AgentCore::Action::"Up___echo", resource == AgentCore::Gateway::"{gateway}");`,
    });
    await setInterceptors(gatehouse, gateway, both);
    await sendOwn(gatehouse.control, "PutGatewaySettings", {
      gatewayIdentifier: gateway.id,
      requestInterceptorFailure: failure,
      responseInterceptorFailure: failure,
      interceptorTimeoutSeconds: 1,
      interceptorContext: [{ name: "risk", type: "LONG" }],
    });
    bearers.set(gateway, `Bearer ${await gatehouse.token(gateway, "alice")}`);
    return gateway;
  };
  [closed, open, debug] = await Promise.all([
    create("FAIL_CLOSED"),
    create("FAIL_OPEN"),
    create("FAIL_CLOSED", "DEBUG"),
  ]);
});
afterAll(async () => {
  await gatehouse?.[Symbol.asyncDispose]();
  await interceptors?.[Symbol.asyncDispose]();
  await upstream?.stop();
});
beforeEach(() => {
  interceptors.reset();
  upstream.calls.length = 0;
});

const call = (gateway: TestGateway, tool = "Up___echo") =>
  post(gateway.url, toolsCall(tool, { text: "hi" }), { Authorization: bearers.get(gateway) ?? "" });
const requestOutput = (transformedGatewayRequest: unknown) => output({ transformedGatewayRequest });
const responseOutput = (transformedGatewayResponse: unknown) => output({ transformedGatewayResponse });
const nested = (depth: number): object => (depth === 0 ? {} : { a: nested(depth - 1) });

type Broken = readonly [what: string, behaviour: (event: InterceptorEvent) => unknown];

/** What is broken at either point. */
const broken: readonly Broken[] = [
  [
    "throws",
    () => {
      throw new Error("inside-detail");
    },
  ],
  ["hangs", () => new Promise(() => {})],
  ["returns nothing", () => undefined],
  ["returns a text", () => "inside-detail"],
  ["returns a list", () => [output({})]],
  ["returns 10 MB", () => output({ transformedGatewayResponse: { body: { text: "x".repeat(10_000_000) } } })],
  ["says another version", () => ({ interceptorOutputVersion: "2.0", mcp: {} })],
  ["says no version", () => ({ mcp: {} })],
  ["says nothing of MCP", () => ({ interceptorOutputVersion: "1.0", http: {} })],
  ["misspells a member", () => output({ transformedGatewayRespons: {} })],
  ["gives a status that is none", () => responseOutput({ statusCode: "200" })],
  [
    "gives a status that leads elsewhere",
    () => responseOutput({ statusCode: 302, headers: { Location: "https://x" } }),
  ],
  ["gives a status that is no answer", () => responseOutput({ statusCode: 100 })],
  ["gives headers that are none", () => responseOutput({ statusCode: 401, headers: { "X-A": "a\r\nX-B: b" } })],
  ["gives a header name that is none", () => responseOutput({ statusCode: 401, headers: { "X A": "a" } })],
  [
    "gives a body that is text",
    () => responseOutput({ statusCode: 200, body: '{"jsonrpc":"2.0","id":1,"result":{}}' }),
  ],
  ["answers another request", () => responseOutput({ body: { jsonrpc: "2.0", id: 2, result: {} } })],
  ["answers with a request", () => responseOutput({ body: { jsonrpc: "2.0", id: 1, method: "tools/call" } })],
  [
    "answers with a result and an error",
    () => responseOutput({ body: { jsonrpc: "2.0", id: 1, result: {}, error: {} } }),
  ],
];

const brokenRequests: readonly Broken[] = [
  ["gives a body of text, in which keys are twice", () => requestOutput({ body: '{"jsonrpc":"2.0","id":1,"id":2}' })],
  ["gives a list of messages", ({ mcp }) => requestOutput({ body: [mcp.gatewayRequest.body] })],
  ["changes the id", ({ mcp }) => requestOutput({ body: { ...mcp.gatewayRequest.body, id: 2 } })],
  ["drops the id", ({ mcp: { gatewayRequest } }) => requestOutput({ body: { ...gatewayRequest.body, id: undefined } })],
  ["changes the method", ({ mcp }) => requestOutput({ body: { ...mcp.gatewayRequest.body, method: "tools/list" } })],
  ["nests too deep", ({ mcp }) => requestOutput({ body: { ...mcp.gatewayRequest.body, params: nested(70) } })],
  ["writes a key in two ways", ({ mcp }) => requestOutput({ body: { ...mcp.gatewayRequest.body, Method: "x" } })],
  [
    "reaches for a prototype",
    ({ mcp }) => requestOutput({ body: { ...mcp.gatewayRequest.body, params: JSON.parse('{"__proto__":{"a":1}}') } }),
  ],
  [
    "gives a number that nobody can hold",
    ({ mcp }) => requestOutput({ body: { ...mcp.gatewayRequest.body, n: 2 ** 60 } }),
  ],
  ["gives headers that can't be", () => requestOutput({ headers: { "X-A": ["a"] } })],
  ["tells policies what isn't declared", () => output({ policyContext: { score: 1 } })],
  ["tells policies another type", () => output({ policyContext: { risk: "high" } })],
  ["tells policies a fraction", () => output({ policyContext: { risk: 0.5 } })],
  ["answers with nothing", () => responseOutput({ statusCode: 200 })],
];

/** What is written during a test, metrics among it: it would drown what the tests say. */
const written: string[] = [];
beforeEach(() => {
  written.length = 0;
  vi.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** What happens to a call whose interceptor is broken, at each of the gateways. */
function expectations(point: "request" | "response", behaviour: Broken[1]) {
  interceptors[point] = behaviour;
  return {
    async stops() {
      const before = (await gatehouse.decisions(closed)).length;
      const { status, body } = await call(closed);
      expect(status).toBe(500);
      expect(body).toEqual({
        jsonrpc: "2.0",
        id: 1,
        error: {
          code: -32_603,
          message: "An internal error occurred. Please retry later.",
          data: { "gatehouse/error": { code: "interceptorFailed", retryable: true } },
        },
      });
      expect(upstream.calls).toHaveLength(point === "request" ? 0 : 1);
      const decisions = (await gatehouse.decisions(closed)).slice(before);
      const rejected = { outcome: "rejected", decision: "DENY", tool: "Up___echo" };
      const reason = expect.stringContaining(`The ${point.toUpperCase()} interceptor failed: `);
      if (point === "request")
        expect(decisions).toMatchObject([{ ...rejected, reason, interceptors: { request: "failed" } }]);
      else {
        expect(decisions).toHaveLength(2);
        expect(decisions).toContainEqual(expect.objectContaining({ outcome: "allowed" }));
        expect(decisions).toContainEqual(expect.objectContaining({ ...rejected, reason }));
      }
      expect(written.join("")).toContain('"InterceptorFailures":1');
    },
    async tellsOnlyWhoDebugs() {
      const { body } = await call(debug);
      expect(body?.error?.message).toContain(`The ${point.toUpperCase()} interceptor failed: `);
    },
    async passes() {
      upstream.calls.length = 0;
      const { status, body } = await call(open);
      expect(status).toBe(200);
      expect(textOf(body?.result)).toBe('{"text":"hi"}');
      expect(upstream.calls).toHaveLength(1);
      // Policy still decides: about the request as it came.
      expect((await call(open, "Up___fail")).body?.result?.isError).toBe(true);
      expect(upstream.calls).toHaveLength(1);
    },
  };
}

describe("T21 a REQUEST interceptor that", () => {
  test.each([...broken, ...brokenRequests])(
    "%s stops the call, or lets it pass where that was chosen",
    async (_, behaviour) => {
      const { stops, tellsOnlyWhoDebugs, passes } = expectations("request", behaviour);
      await stops();
      await tellsOnlyWhoDebugs();
      await passes();
    },
  );
});

describe("T21 a RESPONSE interceptor that", () => {
  const requestsOnly: Broken[] = [
    ["gives a request", ({ mcp }) => requestOutput({ body: mcp.gatewayRequest.body })],
    ["tells policies something", () => output({ policyContext: { risk: 1 } })],
  ];
  test.each([...broken, ...requestsOnly])(
    "%s has the answer withheld, or lets it pass where that was chosen",
    async (_, behaviour) => {
      const { stops, tellsOnlyWhoDebugs, passes } = expectations("response", behaviour);
      await stops();
      await tellsOnlyWhoDebugs();
      await passes();
    },
  );
});

test("T21 an interceptor that hangs holds up nobody else", async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  interceptors.request = ({ mcp }) => (mcp.gatewayRequest.body.params?.name === "Up___echo" ? promise : output({}));
  const slow = call(open);
  const list = await post(
    open.url,
    { jsonrpc: "2.0", id: 3, method: "tools/list" },
    { Authorization: bearers.get(open) ?? "" },
  );
  expect(list.status).toBe(200);
  resolve(output({}));
  expect((await slow).status).toBe(200);
});

test("a request too large for an interceptor is not sent to it", async () => {
  const text = "x".repeat(4_000_000);
  const body = toolsCall("Up___echo", { text });
  const { status } = await post(closed.url, body, { Authorization: bearers.get(closed) ?? "" });
  expect(status).toBe(500);
  expect(interceptors.events.request).toEqual([]);
  expect(upstream.calls).toEqual([]);
});
