import { expect, test } from "vitest";
import type { Span } from "../../observability/spans/span.ts";
import { conversationOf } from "./conversationOf.ts";
import { numberedSpan, spanIdOf } from "./testing.ts";

const said = (role: string) => JSON.stringify([{ role, parts: [{ type: "text", content: "Hello." }] }]);
const content = { "gen_ai.input.messages": said("user"), "gen_ai.output.messages": said("assistant") };
const run = { "gen_ai.operation.name": "invoke_agent", ...content };
const called = { "gen_ai.tool.call.arguments": "{}", "gen_ai.tool.call.result": "done" };
const spans = (...attributes: readonly Span["attributes"][]) =>
  attributes.map((each, index) =>
    numberedSpan(index + 1, [index, index + 1], { parent: index === 0 ? 9 : 1, attributes: each }),
  );

test.each<[string, readonly Span[], readonly string[]]>([
  [
    "nothing that has to do with an agent",
    spans({ "http.route": "/" }),
    [
      "No span of the trace says that it is an agent's run, a model call or a tool call: gen_ai.operation.name (invoke_agent, chat, execute_tool), openinference.span.kind (AGENT, LLM, TOOL) or traceloop.span.kind (agent, tool) would.",
    ],
  ],
  [
    "content of nobody knows what: OpenTelemetry",
    spans(content),
    [
      "1 The span has content, and nothing says what it is: gen_ai.operation.name would (as chat, invoke_agent or execute_tool; LLM, AGENT or TOOL).",
    ],
  ],
  [
    "content of nobody knows what: OpenInference, beside a run",
    spans(run, { "llm.input_messages.0.message.content": "Hello." }),
    [
      "2 The span has content, and nothing says what it is: openinference.span.kind would (as chat, invoke_agent or execute_tool; LLM, AGENT or TOOL).",
    ],
  ],
  [
    "content of an operation of one's own",
    spans(run, { "gen_ai.operation.name": "ask_llm", ...content }),
    [
      '2 The span has content, and "ask_llm" does not say what it is: gen_ai.operation.name would (as chat, invoke_agent or execute_tool; LLM, AGENT or TOOL).',
    ],
  ],
  [
    "a run without content: OpenTelemetry",
    spans({ "gen_ai.operation.name": "invoke_agent" }),
    [
      "1 What the user asked is missing, for every evaluator of turns: gen_ai.input.messages on the span of the agent's run, or gen_ai.input.messages on its model calls, would say it.",
      "1 What the agent answered is missing, for every evaluator of turns: gen_ai.output.messages on the span of the agent's run, or gen_ai.output.messages on its last model call, would say it.",
    ],
  ],
  [
    "model calls without content: OpenInference, in a run with it",
    spans(
      { "openinference.span.kind": "AGENT", "input.value": "Hello.", "output.value": "Hello." },
      { "openinference.span.kind": "LLM" },
      { "openinference.span.kind": "LLM" },
    ),
    [
      "2 What the model was told is missing, for the context of every evaluator: llm.input_messages.N.message.content would say it. (So it is at 1 more of the trace's spans.)",
      "2 What the model has answered is missing, for the context of every evaluator: llm.output_messages.N.message.content would say it. (So it is at 1 more of the trace's spans.)",
    ],
  ],
  [
    "tool calls without anything: Traceloop",
    spans(run, { "traceloop.span.kind": "tool" }),
    [
      "1 Which tools the agent could have called is missing, for Builtin.ToolSelectionAccuracy: gen_ai.tool.definitions on the spans of its model calls would say it.",
      "2 Which tool was called is missing, for the trajectory and for every evaluator of tool calls: traceloop.entity.name would say it. The span's name stands for it.",
      "2 The call's arguments are missing, for Builtin.ToolParameterAccuracy: traceloop.entity.input would say them.",
      "2 The call's result is missing, for Builtin.Faithfulness and Builtin.Correctness: traceloop.entity.output would say it.",
    ],
  ],
  [
    "a tool that no list has",
    spans(
      run,
      { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "x", ...called },
      { "gen_ai.operation.name": "chat", ...content },
    ),
    [
      "1 Which tools the agent could have called is missing, for Builtin.ToolSelectionAccuracy: gen_ai.tool.definitions on its model calls would say it.",
    ],
  ],
  [
    "nothing, where a model failed or a tool did",
    spans(
      { ...run, "gen_ai.agent.tools": '["x"]' },
      { "gen_ai.operation.name": "chat", "gen_ai.input.messages": said("user"), "error.type": "timeout" },
      {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "x",
        "gen_ai.tool.call.arguments": "{}",
        "error.type": "timeout",
      },
    ),
    [],
  ],
])("what is missing is named: %s", (_name, told, expected) => {
  const { gaps } = conversationOf(told, "session-1");
  expect(
    gaps.map(({ spanId, message }) => `${spanId === undefined ? "" : `${Number.parseInt(spanId, 16)} `}${message}`),
  ).toEqual(expected);
});

test("what only has to do with the server around an agent is no gap beside its turns", () => {
  const other = numberedSpan(7, [0, 1], { traceId: "7".repeat(32), attributes: { "http.route": "/ping" } });
  const { turns, gaps } = conversationOf([other, ...spans(run)], "session-1");
  expect([turns.map(({ spanId }) => spanId), gaps]).toEqual([[spanIdOf(1)], []]);
});
