import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeRequest } from "../../observability/otlp/decode.ts";
import { readSpans } from "../../observability/otlp/readSpans.ts";
import type { Span } from "../../observability/spans/span.ts";
import type { Conversation, ToolCall } from "../conversation.ts";
import { conversationOf } from "./conversationOf.ts";
import { sessionsIn } from "./sessionsIn.ts";
import { gatewaySpan, numberedSpan, spanIdOf } from "./testing.ts";

const fixtures = `${import.meta.dirname}/../../../../../test/fixtures/otlp`;
/** The day after the spans were recorded. */
const recordedAt = new Date("2026-11-27T00:00:00Z");
const strandsSession = "7d1f1c1e-6a50-4f9e-9b39-2f1c6f6d2a11";

function recorded(file: string): Span[] {
  const { spans, rejected } = readSpans(decodeRequest("protobuf", readFileSync(`${fixtures}/${file}`)), recordedAt);
  expect(rejected).toEqual([]);
  return [...spans];
}

const chat = { "gen_ai.operation.name": "chat", "gen_ai.request.model": "m" };
const run = { "gen_ai.operation.name": "invoke_agent" };
const track = { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "track" };
const said = (role: string, content: string) => JSON.stringify([{ role, parts: [{ type: "text", content }] }]);
const asked = { "gen_ai.input.messages": said("user", "Where?") };
const answered = { "gen_ai.output.messages": said("assistant", "In Lyon.") };
const toolContent = (order: string) => ({
  "gen_ai.tool.call.arguments": JSON.stringify({ order }),
  "gen_ai.tool.call.result": "In Lyon.",
});

const toolCalls = ({ turns }: Conversation): ToolCall[] =>
  turns.flatMap(({ steps }) => steps.filter((step) => step.type === "toolCall"));

describe("spans recorded from a Strands agent", () => {
  test.each(["strands-1.62.0.binpb", "strands-1.62.0-latest.binpb"])("%s", (file) => {
    const { turns, gaps } = conversationOf(recorded(file), strandsSession);
    const tool = {
      name: "track_shipment",
      description: "Says where a shipment is.",
      inputSchema: expect.objectContaining({ type: "object", required: ["order"] }),
    };
    const turn = {
      agent: "Shipment agent",
      agentVersion: "1.62.0",
      systemInstructions: ["You track shipments."],
      availableTools: [tool],
      response: "It is in Lyon.",
    };
    expect(turns).toMatchObject([
      { ...turn, request: "Where is order A-17?" },
      { ...turn, request: "And the other one?" },
    ]);
    expect(turns.map(({ steps }) => steps.map(({ type }) => type))).toEqual([
      ["modelCall", "toolCall", "modelCall"],
      ["modelCall", "toolCall", "modelCall"],
    ]);
    expect(toolCalls({ sessionId: "", turns, gaps })).toMatchObject([
      { tool: "track_shipment", arguments: { order: "A-17" }, result: "Order A-17 is in Lyon." },
      {
        tool: "track_shipment",
        arguments: { order: "boom" },
        result: "Error: RuntimeError - the carrier does not answer",
        error: "the carrier does not answer",
      },
    ]);
    expect(turns[1]?.steps[2]).toMatchObject({
      input: [
        { role: "system", text: "You track shipments." },
        { role: "user", text: "Where is order A-17?" },
        { role: "assistant", toolCalls: [{ id: "call_1", tool: "track_shipment", arguments: { order: "A-17" } }] },
        { role: "tool", text: "Order A-17 is in Lyon.", toolCallId: "call_1" },
        { role: "assistant", text: "It is in Lyon." },
        { role: "user", text: "And the other one?" },
        { role: "assistant", toolCalls: [{ id: "call_3" }] },
        { role: "tool", toolCallId: "call_3" },
      ],
      output: [{ role: "assistant", text: "It is in Lyon." }],
    });
    expect(gaps).toEqual([]);
  });
});

describe("a call that the agent's code and the gateway tell of is one", () => {
  const agent = [
    numberedSpan(1, [0, 100], { attributes: { ...run, ...asked, ...answered, "gen_ai.agent.tools": ["track"] } }),
    numberedSpan(2, [10, 50], { parent: 1, attributes: { ...track, ...toolContent("A-17") } }),
  ];
  const call = { tool: "track", spanId: spanIdOf(2), arguments: { order: "A-17" }, result: "In Lyon." };
  const masked = { "gen_ai.tool.call.arguments": '{"order":"<string of 4>"}' };

  test("when the gateway's span is within the agent's", () => {
    const client = numberedSpan(3, [15, 45], { parent: 2, attributes: { ...track, "mcp.method.name": "tools/call" } });
    const gateway = gatewaySpan(4, [20, 40], { parent: 3, attributes: masked });
    const target = numberedSpan(5, [25, 35], {
      parent: 4,
      kind: "CLIENT",
      scope: { name: "gatehouse.gateway" },
      attributes: track,
    });
    const conversation = conversationOf([...agent, client, gateway, target], "session-1");
    expect(toolCalls(conversation)).toMatchObject([{ ...call, decision: "ALLOW" }]);
    expect(conversation.gaps).toEqual([]);
  });

  test("when the trace isn't told to the gateway: by the tool, the time and what is known of the arguments", () => {
    const traceId = "1".repeat(32);
    const other = gatewaySpan(5, [12, 14], { traceId, attributes: { "gen_ai.tool.call.arguments": '{"parcel":"B"}' } });
    const gateway = gatewaySpan(4, [20, 40], {
      traceId,
      attributes: { ...masked, "gatehouse.decision.outcome": "denied", "error.type": "policyDenied" },
    });
    const conversation = conversationOf([other, gateway, ...agent], "session-1");
    expect(conversation.turns).toHaveLength(1);
    expect(toolCalls(conversation)).toMatchObject([
      { ...call, decision: "DENY", error: "policyDenied" },
      { tool: "Carrier___track", spanId: spanIdOf(5), arguments: { parcel: "B" }, decision: "ALLOW" },
    ]);
  });

  test("however often the agent calls the tool, and whichever is told of first", () => {
    const spans = [1, 2, 3].flatMap((index) => [
      numberedSpan(10 + index, [index * 10, index * 10 + 9], {
        parent: 1,
        attributes: { ...track, ...toolContent("A") },
      }),
      gatewaySpan(20 + index, [index * 10 + 2, index * 10 + 3], { traceId: String(index).repeat(32) }),
    ]);
    const conversation = conversationOf([...spans.toReversed(), ...agent.slice(0, 1)], "session-1");
    expect(toolCalls(conversation).map(({ spanId, decision }) => [spanId, decision])).toEqual([
      [spanIdOf(11), "ALLOW"],
      [spanIdOf(12), "ALLOW"],
      [spanIdOf(13), "ALLOW"],
    ]);
  });

  test("an answer that was withheld after all was denied", () => {
    const withheld = numberedSpan(6, [39, 39], {
      parent: 4,
      name: "answer withheld",
      scope: { name: "gatehouse.gateway" },
      attributes: { "gatehouse.decision.outcome": "rejected" },
    });
    const conversation = conversationOf([withheld, gatewaySpan(4, [20, 40], { parent: 2 }), ...agent], "session-1");
    expect(toolCalls(conversation)).toMatchObject([{ ...call, decision: "DENY" }]);
  });

  test("a tool of the agent's that asks the gateway for something else is another", () => {
    const plan = { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "plan_trip" };
    const spans = [
      numberedSpan(2, [10, 50], { attributes: { ...plan, ...toolContent("A-17") } }),
      gatewaySpan(4, [20, 40], { parent: 2, attributes: toolContent("B-1") }),
    ];
    const calls = toolCalls(conversationOf(spans, "session-1"));
    expect(calls.map(({ tool, decision }) => [tool, decision])).toEqual([
      ["plan_trip", undefined],
      ["Carrier___track", "ALLOW"],
    ]);
  });

  test("T22 an agent's span that says it is the gateway's decides nothing, where it is known whose it is", () => {
    const forged = gatewaySpan(4, [20, 40], { parent: 2 });
    const own = gatewaySpan(4, [20, 40], { parent: 2, attributes: { "gatehouse.decision.outcome": "denied" } });
    const isGateways = (span: Span) => span === own;
    for (const spans of [
      [forged, own, ...agent],
      [...agent, own, forged],
    ]) {
      expect(toolCalls(conversationOf(spans, "session-1", { isGateways }))).toMatchObject([
        { ...call, decision: "DENY" },
      ]);
    }
  });
});

describe("what only the gateway tells of", () => {
  test("in a trace of its own is part of the turn that was under way, else a turn", () => {
    const agent = numberedSpan(1, [0, 100], { attributes: { ...run, ...asked, ...answered } });
    const [during, after] = [
      gatewaySpan(2, [50, 60], { traceId: "2".repeat(32), attributes: toolContent("A") }),
      gatewaySpan(3, [500, 600], { traceId: "3".repeat(32), attributes: toolContent("B") }),
    ];
    const { turns, gaps } = conversationOf([after, during, agent], "session-1");
    expect(turns.map(({ traceId, steps }) => [traceId, steps.map(({ spanId }) => spanId)])).toEqual([
      [agent.traceId, [spanIdOf(2)]],
      [after.traceId, [spanIdOf(3)]],
    ]);
    expect(gaps.filter(({ traceId }) => traceId === after.traceId)).toMatchObject([
      { message: expect.stringContaining("What the user asked is missing") },
      { message: expect.stringContaining("What the agent answered is missing") },
      { message: expect.stringContaining("Which tools the agent could have called is missing") },
    ]);
  });

  test("is what its result says: the text of a text, the structure of a structure", () => {
    const result = (content: object) => ({ "gen_ai.tool.call.result": JSON.stringify(content) });
    const spans = [
      gatewaySpan(1, [0, 1], { attributes: result({ content: [{ type: "text", text: "In Lyon." }] }) }),
      gatewaySpan(2, [2, 3], {
        attributes: result({
          content: [{ type: "text", text: '{"city":"Lyon"}' }],
          structuredContent: { city: "Lyon" },
        }),
      }),
      gatewaySpan(3, [4, 5], {
        attributes: {
          ...result({ content: [{ type: "text", text: "No such order." }], isError: true }),
          "error.type": "tool_error",
        },
      }),
    ];
    expect(toolCalls(conversationOf(spans, "session-1"))).toMatchObject([
      { result: "In Lyon." },
      { result: { city: "Lyon" } },
      { error: "tool_error: No such order." },
    ]);
  });
});

describe("agents within agents", () => {
  test("what they are told and answer is between agents; what they call is the turn's", () => {
    const spans = [
      numberedSpan(1, [0, 100], { attributes: { ...run, ...asked, "gen_ai.agent.name": "supervisor" } }),
      numberedSpan(2, [10, 20], {
        parent: 1,
        attributes: { ...chat, ...asked, "gen_ai.system_instructions": '[{"type":"text","content":"Delegate."}]' },
      }),
      numberedSpan(3, [30, 60], { parent: 1, attributes: { ...run, "gen_ai.agent.name": "clerk" } }),
      numberedSpan(4, [35, 40], {
        parent: 3,
        attributes: {
          ...chat,
          "gen_ai.system_instructions": '[{"type":"text","content":"Look it up."}]',
          "gen_ai.input.messages": said("user", "Look for A-17."),
          "gen_ai.output.messages": said("assistant", "Found."),
        },
      }),
      numberedSpan(5, [45, 50], { parent: 3, attributes: { ...track, ...toolContent("A-17") } }),
      numberedSpan(6, [70, 90], { parent: 1, attributes: { ...chat, ...asked, ...answered } }),
    ];
    expect(conversationOf(spans, "session-1").turns).toMatchObject([
      {
        agent: "supervisor",
        request: "Where?",
        response: "In Lyon.",
        systemInstructions: ["Delegate."],
        steps: [{ spanId: spanIdOf(2) }, { spanId: spanIdOf(4) }, { tool: "track" }, { spanId: spanIdOf(6) }],
      },
    ]);
  });

  test("a model call that the framework and the client's library tell of is one, with what either knows", () => {
    const spans = [
      numberedSpan(1, [0, 30], { attributes: { "gen_ai.operation.name": "chat", ...asked } }),
      numberedSpan(2, [1, 29], { parent: 1, kind: "CLIENT" }),
      numberedSpan(3, [2, 28], {
        parent: 2,
        attributes: { ...chat, "gen_ai.input.messages": said("user", "?"), ...answered },
      }),
    ];
    expect(conversationOf(spans, "session-1").turns[0]?.steps).toMatchObject([
      { spanId: spanIdOf(1), model: "m", input: [{ text: "Where?" }], output: [{ text: "In Lyon." }] },
    ]);
  });
});

describe("calls that only a model tells of", () => {
  const asking = (id: string, order: string) =>
    JSON.stringify([{ role: "assistant", parts: [{ type: "tool_call", id, name: "track", arguments: { order } }] }]);
  const response = (id: string, text: string) =>
    JSON.stringify([{ role: "tool", parts: [{ type: "tool_call_response", id, response: text }] }]);

  test("are made when it has asked for them, and each result is the one that it was told next", () => {
    const spans = [
      numberedSpan(1, [0, 10], { attributes: { ...chat, ...asked, "gen_ai.output.messages": asking("1", "A") } }),
      numberedSpan(2, [20, 30], {
        attributes: {
          ...chat,
          "gen_ai.input.messages": response("1", "In Lyon."),
          "gen_ai.output.messages": asking("1", "B"),
        },
      }),
      numberedSpan(3, [40, 50], {
        attributes: { ...chat, "gen_ai.input.messages": response("1", "In Nice."), ...answered },
      }),
    ];
    const conversation = conversationOf(spans, "session-1");
    expect(conversation.turns[0]?.steps.map(({ type }) => type)).toEqual([
      "modelCall",
      "toolCall",
      "modelCall",
      "toolCall",
      "modelCall",
    ]);
    expect(toolCalls(conversation)).toMatchObject([
      { tool: "track", spanId: spanIdOf(1), arguments: { order: "A" }, result: "In Lyon." },
      { tool: "track", spanId: spanIdOf(2), arguments: { order: "B" }, result: "In Nice." },
    ]);
    expect(conversation.gaps.map(({ message }) => message)).toContain(
      "No span tells of the call of \"track\", only the model that has asked for it: a span of the call's own, with gen_ai.tool.name, gen_ai.tool.call.arguments and gen_ai.tool.call.result, would. (So it is at 1 more of the trace's spans.)",
    );
  });

  test("tell the arguments of a span that doesn't", () => {
    const spans = [
      numberedSpan(1, [0, 10], { attributes: { ...chat, ...asked, "gen_ai.output.messages": asking("1", "A") } }),
      numberedSpan(2, [12, 18], { attributes: track }),
      numberedSpan(3, [20, 30], {
        attributes: { ...chat, "gen_ai.input.messages": response("1", "In Lyon."), ...answered },
      }),
    ];
    expect(toolCalls(conversationOf(spans, "session-1"))).toMatchObject([
      { spanId: spanIdOf(2), arguments: { order: "A" }, result: "In Lyon." },
    ]);
  });
});

describe("sessions", () => {
  test("spans that name none belong to the one around them, or to the one of their trace", () => {
    const nameless = (number: number, times: [number, number], parent?: number): Span => {
      const span = numberedSpan(number, times, parent === undefined ? {} : { parent });
      return { ...span, attributes: {} };
    };
    const spans = [
      nameless(1, [0, 100]),
      numberedSpan(2, [10, 20], { parent: 1, attributes: { "session.id": "a" } }),
      nameless(3, [11, 12], 2),
      numberedSpan(4, [30, 40], { parent: 1, attributes: { "session.id": "b" } }),
      { ...numberedSpan(5, [0, 1]), traceId: "5".repeat(32), attributes: {} },
    ];
    const numbers = [...sessionsIn(spans)].map(([id, own]) => [
      id,
      own.map(({ spanId }) => Number.parseInt(spanId, 16)),
    ]);
    expect(Object.fromEntries(numbers)).toEqual({ a: [1, 2, 3], b: [1, 4] });
  });

  test("spans of another session are no part of a conversation, and a trace without one is, with a gap", () => {
    const spans = [
      numberedSpan(1, [0, 10], { attributes: { ...run, ...asked, ...answered } }),
      numberedSpan(2, [0, 10], { traceId: "2".repeat(32), attributes: { ...run, "session.id": "other" } }),
      { ...numberedSpan(3, [20, 30]), traceId: "3".repeat(32), attributes: { ...run, ...asked, ...answered } },
    ];
    const { turns, gaps } = conversationOf(spans, "session-1");
    expect(turns.map(({ spanId }) => spanId)).toEqual([spanIdOf(1), spanIdOf(3)]);
    expect(gaps).toEqual([
      {
        traceId: "3".repeat(32),
        message: "No span of the trace says which session it belongs to: set session.id (or gen_ai.conversation.id).",
      },
    ]);
  });
});

test("whatever order spans come in, and however often, the conversation is the same", () => {
  const spans = [
    ...recorded("strands-1.62.0.binpb"),
    ...recorded("strands-1.62.0-latest.binpb"),
    ...[1, 2, 3].map((number) =>
      numberedSpan(number, [0, 0], { parent: (number % 3) + 1, attributes: { ...run, "session.id": strandsSession } }),
    ),
    gatewaySpan(4, [0, 5], { traceId: "4".repeat(32), attributes: { "session.id": strandsSession } }),
    { ...numberedSpan(5, [0, 0]), traceId: "5".repeat(32), attributes: { ...track } },
  ];
  const again = spans.slice(0, 8).map((span) => ({ ...span, endTimeUnixNano: span.startTimeUnixNano }));
  const expected = conversationOf([...spans, ...again], strandsSession);
  expect(expected.turns.length).toBeGreaterThan(4);
  fc.assert(
    fc.property(fc.shuffledSubarray([...spans, ...again], { minLength: spans.length + again.length }), (shuffled) => {
      expect(conversationOf(shuffled, strandsSession)).toEqual(expected);
    }),
    { numRuns: 50 },
  );
});
