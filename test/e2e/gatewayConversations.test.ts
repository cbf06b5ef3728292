import { conversationOf } from "@gatehouse/core/evaluation/conversations/conversationOf.ts";
import { spansFromDocuments } from "@gatehouse/core/evaluation/conversations/documents/spansFromDocuments.ts";
import type { Span } from "@gatehouse/core/observability/spans/span.ts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse, type TestGateway } from "../support/gatehouse.ts";
import { post, toolsCall } from "../support/mcp.ts";
import { type SpanTap, tapSpans } from "../support/spanTap.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";

/*
 * What an agent's code tells of its calls, and what the gateway does that they went through, is one conversation.
 */
let tap: SpanTap;
let upstream: Upstream;
let gatehouse: TestGatehouse;
let gateway: TestGateway;
let token: string;

const policies = {
  small: `permit(principal, action == AgentCore::Action::"Up___transfer", resource == AgentCore::Gateway::"{gateway}") when { context.input.amount <= 100 };`,
};

beforeAll(async () => {
  [tap, upstream] = await Promise.all([tapSpans(), startUpstream()]);
  gatehouse = await startGatehouse({ loadFunction: tap.loadFunction });
  gateway = await gatehouse.createGateway();
  await gatehouse.addTarget(gateway, "Up", { mcpServer: { endpoint: upstream.endpoint } });
  await gatehouse.attach(gateway, "ENFORCE", policies);
  token = await gatehouse.token(gateway, "alice");
});
beforeEach(() => {
  tap.spans.length = 0;
});
afterAll(async () => {
  await gatehouse?.[Symbol.asyncDispose]();
  await upstream?.stop();
});

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const nanoseconds = () => String(BigInt(Date.now()) * 1_000_000n);

/** Calls the tool as an agent does, in a span of its own. @returns the span. */
async function callTool(spanId: string, args: object, headers: Record<string, string>): Promise<object> {
  const startTimeUnixNano = nanoseconds();
  const answer = await post(gateway.url, toolsCall("Up___transfer", args), {
    Authorization: `Bearer ${token}`,
    "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": "session-1",
    ...headers,
  });
  return {
    traceId,
    spanId,
    name: "execute_tool transfer",
    startTimeUnixNano,
    endTimeUnixNano: nanoseconds(),
    attributes: {
      "session.id": "session-1",
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": "Up___transfer",
      "gen_ai.tool.call.arguments": JSON.stringify(args),
      "gen_ai.tool.call.result": JSON.stringify(answer.body?.result),
    },
  };
}

/** The gateway's spans of the calls so far, once they are recorded. */
async function gatewaysSpans(): Promise<Set<Span>> {
  await gatehouse.decisions(gateway);
  return new Set(tap.spans.map(({ span }) => span));
}

test("the agent's calls have the gateway's decisions, whether or not it has sent its trace along", async () => {
  const [small, large] = [
    { amount: 5, to: "bob" },
    { amount: 500, to: "bob" },
  ];
  const traced = { traceparent: `00-${traceId}-00000000000000a1-01` };
  const spans = spansFromDocuments([
    await callTool("00000000000000a1", small, traced),
    await callTool("00000000000000a2", large, {}),
  ]);
  const own = await gatewaysSpans();
  const { turns } = conversationOf([...own, ...spans], "session-1", { isGateways: (span) => own.has(span) });
  expect(own.size).toBeGreaterThan(2);
  expect(turns).toHaveLength(1);
  expect(turns[0]?.steps).toMatchObject([
    { spanId: "00000000000000a1", tool: "Up___transfer", arguments: small, decision: "ALLOW" },
    {
      spanId: "00000000000000a2",
      tool: "Up___transfer",
      arguments: large,
      decision: "DENY",
      error: expect.stringMatching(/^policyDenied/),
    },
  ]);
});

test("of an agent that tells of nothing, the gateway's calls are known, and what isn't is named", async () => {
  await callTool("00000000000000a1", { amount: 5, to: "bob" }, {});
  const { turns, gaps } = conversationOf([...(await gatewaysSpans())], "session-1");
  expect(turns.map(({ steps }) => steps)).toMatchObject([
    [{ type: "toolCall", tool: "Up___transfer", arguments: { amount: 5, to: "<string of 3>" }, decision: "ALLOW" }],
  ]);
  expect(gaps.map(({ message }) => message.replace(/, for .*$/, ""))).toEqual([
    "What the user asked is missing",
    "What the agent answered is missing",
    "Which tools the agent could have called is missing",
    "The call's arguments are masked",
  ]);
});
