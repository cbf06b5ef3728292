import { expect, test } from "vitest";
import type { Json } from "../../../json.ts";
import type { Span } from "../../../observability/spans/span.ts";
import { conversationOf } from "../conversationOf.ts";
import { spansFromDocuments } from "../documents/spansFromDocuments.ts";
import { event, numberedSpan } from "../testing.ts";

/*
 * One turn, told of by each convention: the agent is asked, its model asks for a tool, is told what it gave, and answers.
 */
const schema = { type: "object", properties: { order: { type: "string" } } };
const definition = { type: "function", function: { name: "track", description: "Says where.", parameters: schema } };
const call = { id: "call_1", tool: "track", arguments: { order: "A-17" } };
const system = { role: "system", text: "You track shipments." } as const;
const user = { role: "user", text: "Where is order A-17?" } as const;
const asking = { role: "assistant", text: "", toolCalls: [call] } as const;
const told = { role: "tool", text: "In Lyon.", toolCallId: "call_1" } as const;
const answer = { role: "assistant", text: "It is in Lyon." } as const;

const turn = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "0000000000000001",
  agent: "Shipments",
  startedAt: 1_795_680_000_000,
  endedAt: 1_795_680_000_100,
  systemInstructions: ["You track shipments."],
  availableTools: [{ name: "track", description: "Says where.", inputSchema: schema }],
  request: "Where is order A-17?",
  response: "It is in Lyon.",
  steps: [
    {
      type: "modelCall",
      spanId: "0000000000000002",
      startedAt: 1_795_680_000_010,
      model: "m",
      input: [system, user],
      output: [asking],
    },
    {
      type: "toolCall",
      spanId: "0000000000000003",
      startedAt: 1_795_680_000_030,
      tool: "track",
      arguments: call.arguments,
      result: "In Lyon.",
    },
    {
      type: "modelCall",
      spanId: "0000000000000004",
      startedAt: 1_795_680_000_050,
      model: "m",
      input: [system, user, asking, told],
      output: [answer],
    },
  ],
};

const text = (value: Json) => JSON.stringify(value);

interface Parts {
  readonly agent?: Partial<Span>;
  readonly first?: Partial<Span>;
  readonly tool?: Partial<Span>;
  readonly second?: Partial<Span>;
}

function trace({ agent, first, tool, second }: Parts): Span[] {
  return [
    numberedSpan(1, [0, 100], agent),
    numberedSpan(2, [10, 20], { parent: 1, ...first }),
    numberedSpan(3, [30, 40], { parent: 1, ...tool }),
    numberedSpan(4, [50, 60], { parent: 1, ...second }),
  ];
}

const [chat, agentRun] = [
  { "gen_ai.operation.name": "chat", "gen_ai.request.model": "m" },
  { "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "Shipments" },
];
const toolRun = {
  "gen_ai.operation.name": "execute_tool",
  "gen_ai.tool.name": "track",
  "gen_ai.tool.call.id": "call_1",
};
const toolContent = { "gen_ai.tool.call.arguments": text(call.arguments), "gen_ai.tool.call.result": "In Lyon." };
const listed = { "gen_ai.tool.definitions": text([definition]) };

const parts = {
  system: { role: "system", parts: [{ type: "text", content: system.text }] },
  user: { role: "user", parts: [{ type: "text", content: user.text }] },
  asking: {
    role: "assistant",
    parts: [
      { type: "reasoning", content: "Let me see." },
      { type: "tool_call", id: "call_1", name: "track", arguments: call.arguments },
    ],
    finish_reason: "tool_call",
  },
  told: { role: "tool", parts: [{ type: "tool_call_response", id: "call_1", response: "In Lyon." }] },
  answer: { role: "assistant", parts: [{ type: "text", content: answer.text }], finish_reason: "stop" },
};

const inAttributes = trace({
  agent: {
    attributes: {
      ...agentRun,
      "gen_ai.input.messages": text([parts.user]),
      "gen_ai.output.messages": text([parts.answer]),
    },
  },
  first: {
    attributes: {
      ...chat,
      ...listed,
      "gen_ai.input.messages": text([parts.system, parts.user]),
      "gen_ai.output.messages": text([parts.asking]),
    },
  },
  tool: { attributes: { ...toolRun, ...toolContent } },
  second: {
    attributes: {
      ...chat,
      "gen_ai.input.messages": text([parts.system, parts.user, parts.asking, parts.told]),
      "gen_ai.output.messages": text([parts.answer]),
    },
  },
});

/** As attributes in their structured form, which not every SDK can have, and with the instructions apart. */
const structured = trace({
  agent: { attributes: agentRun },
  first: {
    attributes: {
      ...chat,
      "gen_ai.tool.definitions": [{ type: "function", name: "track", description: "Says where.", parameters: schema }],
      "gen_ai.system_instructions": [{ type: "text", content: system.text }],
      "gen_ai.input.messages": [parts.user],
      "gen_ai.output.messages": [parts.asking],
    },
  },
  tool: {
    attributes: { ...toolRun, "gen_ai.tool.call.arguments": call.arguments, "gen_ai.tool.call.result": "In Lyon." },
  },
  second: {
    attributes: {
      ...chat,
      "gen_ai.system_instructions": [{ type: "text", content: system.text }],
      "gen_ai.input.messages": [parts.user, parts.asking, parts.told],
      "gen_ai.output.messages": [parts.answer],
    },
  },
});

const openAiCalls = [{ id: "call_1", type: "function", function: { name: "track", arguments: text(call.arguments) } }];
const messageEvents = {
  system: event("gen_ai.system.message", { content: system.text }, 11),
  user: event("gen_ai.user.message", { content: user.text }, 12),
  asking: event("gen_ai.assistant.message", { tool_calls: text(openAiCalls) }, 13),
  told: event("gen_ai.tool.message", { id: "call_1", content: "In Lyon." }, 14),
  choseTool: event(
    "gen_ai.choice",
    { index: 0, finish_reason: "tool_calls", message: text({ role: "assistant", tool_calls: openAiCalls }) },
    19,
  ),
  answered: event(
    "gen_ai.choice",
    { index: 0, finish_reason: "stop", message: text({ role: "assistant", content: answer.text }) },
    59,
  ),
};

const inEvents = trace({
  agent: { attributes: agentRun },
  first: {
    attributes: { ...chat, ...listed },
    events: [messageEvents.choseTool, messageEvents.user, messageEvents.system],
  },
  tool: { attributes: { ...toolRun, ...toolContent } },
  second: {
    attributes: chat,
    events: [
      messageEvents.system,
      messageEvents.user,
      messageEvents.asking,
      messageEvents.told,
      messageEvents.answered,
    ],
  },
});

const inOneEvent = trace({
  agent: { attributes: agentRun },
  first: {
    attributes: { ...chat, ...listed },
    events: [
      event("gen_ai.content.prompt", {
        "gen_ai.prompt": text([
          { role: "system", content: system.text },
          { role: "user", content: user.text },
        ]),
      }),
      event("gen_ai.content.completion", {
        "gen_ai.completion": text([{ role: "assistant", content: null, tool_calls: openAiCalls }]),
      }),
    ],
  },
  tool: { attributes: { ...toolRun, ...toolContent } },
  second: {
    attributes: chat,
    events: [
      event("gen_ai.client.inference.operation.details", {
        "gen_ai.system_instructions": [{ type: "text", content: system.text }],
        "gen_ai.input.messages": [parts.user, parts.asking, parts.told],
      }),
      event("gen_ai.client.inference.operation.details", { "gen_ai.output.messages": [parts.answer] }),
    ],
  },
});

const flat = {
  system: { "llm.input_messages.0.message.role": "system", "llm.input_messages.0.message.content": system.text },
  user: {
    "llm.input_messages.1.message.role": "user",
    "llm.input_messages.1.message.contents.0.message_content.type": "text",
    "llm.input_messages.1.message.contents.0.message_content.text": user.text,
  },
  asking: (prefix: string) => ({
    [`${prefix}.message.role`]: "assistant",
    [`${prefix}.message.tool_calls.0.tool_call.id`]: "call_1",
    [`${prefix}.message.tool_calls.0.tool_call.function.name`]: "track",
    [`${prefix}.message.tool_calls.0.tool_call.function.arguments`]: text(call.arguments),
  }),
  told: {
    "llm.input_messages.3.message.role": "tool",
    "llm.input_messages.3.message.content": "In Lyon.",
    "llm.input_messages.3.message.tool_call_id": "call_1",
  },
};

const openInference = trace({
  agent: {
    attributes: {
      "openinference.span.kind": "AGENT",
      "agent.name": "Shipments",
      "input.value": user.text,
      "output.value": answer.text,
    },
  },
  first: {
    attributes: {
      "openinference.span.kind": "LLM",
      "llm.model_name": "m",
      "llm.tools.0.tool.json_schema": text(definition),
      ...flat.system,
      ...flat.user,
      ...flat.asking("llm.output_messages.0"),
    },
  },
  tool: {
    attributes: {
      "openinference.span.kind": "TOOL",
      "tool.name": "track",
      "input.value": text(call.arguments),
      "output.value": "In Lyon.",
    },
  },
  second: {
    attributes: {
      "openinference.span.kind": "LLM",
      "llm.model_name": "m",
      ...flat.system,
      ...flat.user,
      ...flat.asking("llm.input_messages.2"),
      ...flat.told,
      "llm.output_messages.0.message.role": "assistant",
      "llm.output_messages.0.message.content": answer.text,
    },
  },
});

const [human, ai] = [
  { type: "human", content: user.text },
  { type: "ai", content: "", tool_calls: [{ id: "call_1", name: "track", args: call.arguments }] },
];
/** LangGraph as OpenInference tells of it: a chain is what stands for the agent's run, and its state holds the messages. */
const langGraph = trace({
  agent: {
    name: "LangGraph",
    resource: { "service.name": "Shipments" },
    attributes: {
      "openinference.span.kind": "CHAIN",
      "input.value": text({ messages: [human] }),
      "output.value": text({
        messages: [
          human,
          ai,
          { type: "tool", content: "In Lyon.", tool_call_id: "call_1" },
          { type: "ai", content: answer.text },
        ],
      }),
    },
  },
  first: { attributes: openInference[1]?.attributes ?? {} },
  tool: {
    name: "track",
    attributes: {
      "openinference.span.kind": "TOOL",
      "tool.name": "track",
      "input.value": text(call.arguments),
      "output.value": text({ type: "tool", data: { content: "In Lyon.", tool_call_id: "call_1" } }),
    },
  },
  second: { attributes: openInference[3]?.attributes ?? {} },
});

function traceloop(prompt: string, completion: string): Span[] {
  const prompts = {
    [`${prompt}.0.role`]: "system",
    [`${prompt}.0.content`]: system.text,
    [`${prompt}.1.role`]: "user",
    [`${prompt}.1.content`]: text([{ type: "text", text: user.text }]),
  };
  const asking = (prefix: string) => ({
    [`${prefix}.role`]: "assistant",
    [`${prefix}.tool_calls.0.id`]: "call_1",
    [`${prefix}.tool_calls.0.name`]: "track",
    [`${prefix}.tool_calls.0.arguments`]: text(call.arguments),
  });
  const model = { "llm.request.type": "chat", "gen_ai.request.model": "m" };
  return trace({
    agent: {
      attributes: {
        "traceloop.span.kind": "workflow",
        "traceloop.workflow.name": "Shipments",
        "traceloop.entity.input": text({ args: [user.text], kwargs: {} }),
        "traceloop.entity.output": text(answer.text),
      },
    },
    first: {
      attributes: {
        ...model,
        ...prompts,
        ...asking(`${completion}.0`),
        "llm.request.functions.0.name": "track",
        "llm.request.functions.0.description": "Says where.",
        "llm.request.functions.0.parameters": text(schema),
      },
    },
    tool: {
      attributes: {
        "traceloop.span.kind": "tool",
        "traceloop.entity.name": "track",
        "traceloop.entity.input": text({ inputs: call.arguments }),
        "traceloop.entity.output": text({
          output: { lc: 1, type: "constructor", kwargs: { content: "In Lyon.", tool_call_id: "call_1" } },
        }),
      },
    },
    second: {
      attributes: {
        ...model,
        ...prompts,
        ...asking(`${prompt}.2`),
        [`${prompt}.3.role`]: "tool",
        [`${prompt}.3.content`]: "In Lyon.",
        [`${prompt}.3.tool_call_id`]: "call_1",
        [`${completion}.0.role`]: "assistant",
        [`${completion}.0.content`]: answer.text,
      },
    },
  });
}

const scope = { name: "strands.telemetry.tracer" };
const strandsRun = { ...agentRun, "gen_ai.agent.tools": text(["track"]) };
const strandsTool = { ...toolRun, "gen_ai.tool.description": "Says where.", "gen_ai.tool.json_schema": text(schema) };
const blocks = {
  system: text([{ text: system.text }]),
  user: text([{ text: user.text }]),
  asking: text([{ toolUse: { toolUseId: "call_1", name: "track", input: call.arguments } }]),
  told: text([{ toolResult: { toolUseId: "call_1", status: "success", content: [{ text: "In Lyon." }] } }]),
  result: text([{ text: "In Lyon." }]),
  answer: text([{ text: answer.text }]),
};

const strands = trace({
  agent: {
    scope,
    attributes: strandsRun,
    events: [
      event("gen_ai.user.message", { content: blocks.user }),
      event("gen_ai.choice", { message: `${answer.text}\n` }),
    ],
  },
  first: {
    scope,
    attributes: chat,
    events: [
      event("gen_ai.system.message", { content: blocks.system }),
      event("gen_ai.user.message", { content: blocks.user }),
      event("gen_ai.choice", { message: blocks.asking, finish_reason: "tool_use" }),
    ],
  },
  tool: {
    scope,
    attributes: strandsTool,
    events: [
      event("gen_ai.tool.message", { role: "tool", content: text(call.arguments), id: "call_1" }),
      event("gen_ai.choice", { message: blocks.result, id: "call_1" }),
    ],
  },
  second: {
    scope,
    attributes: chat,
    events: [
      event("gen_ai.system.message", { content: blocks.system }),
      event("gen_ai.user.message", { content: blocks.user }),
      event("gen_ai.assistant.message", { content: blocks.asking }),
      event("gen_ai.tool.message", { content: blocks.told }),
      event("gen_ai.choice", { message: blocks.answer, finish_reason: "end_turn" }),
    ],
  },
});

/** What AWS's distribution of OpenTelemetry makes of Strands' spans: the content in records of its own. */
function adot(): Span[] {
  const bodies: Readonly<Record<string, Json>> = {
    "0000000000000001": {
      input: { messages: [{ role: "user", content: { content: blocks.user } }] },
      output: {
        messages: [{ role: "assistant", content: { message: `${answer.text}\n`, finish_reason: "end_turn" } }],
      },
    },
    "0000000000000002": {
      input: {
        messages: [
          { role: "system", content: blocks.system },
          { role: "user", content: { content: blocks.user } },
        ],
      },
      output: { messages: [{ role: "assistant", content: { message: blocks.asking, finish_reason: "tool_use" } }] },
    },
    "0000000000000003": {
      input: { messages: [{ role: "tool", content: { content: text(call.arguments), role: "tool", id: "call_1" } }] },
      output: { messages: [{ role: "assistant", content: { message: blocks.result, id: "call_1" } }] },
    },
    "0000000000000004": {
      input: {
        messages: [
          { role: "system", content: blocks.system },
          { role: "user", content: { content: blocks.user } },
          { role: "assistant", content: { content: blocks.asking } },
          { role: "tool", content: { content: blocks.told } },
        ],
      },
      output: { messages: [{ role: "assistant", content: { message: blocks.answer, finish_reason: "end_turn" } }] },
    },
  };
  const documents = strands.flatMap(({ events: _, links: __, resource, ...span }) => [
    { ...span, resource: { attributes: resource } },
    {
      traceId: span.traceId,
      spanId: span.spanId,
      scope,
      timeUnixNano: span.endTimeUnixNano,
      severityNumber: 9,
      body: bodies[span.spanId],
      attributes: { "event.name": scope.name },
    },
  ]);
  return spansFromDocuments(documents.reverse());
}

/** OpenTelemetry's events as they were sent in those days: in the log, and not in the spans. */
function logged(): Span[] {
  const documents = inEvents.flatMap(({ events, ...span }) => [
    { ...span, resource: { attributes: span.resource } },
    ...events.map(({ name, timeUnixNano, attributes: { message, tool_calls: toolCalls, ...body } }) => ({
      traceId: span.traceId,
      spanId: span.spanId,
      timeUnixNano,
      attributes: { "event.name": name },
      body: {
        ...body,
        ...(typeof message === "string" ? { message: JSON.parse(message) } : {}),
        ...(typeof toolCalls === "string" ? { tool_calls: JSON.parse(toolCalls) } : {}),
      },
    })),
  ]);
  return spansFromDocuments(documents);
}

test.each([
  ["OpenTelemetry, in attributes as texts", inAttributes],
  ["OpenTelemetry, in structured attributes", structured],
  ["OpenTelemetry, an event a message", inEvents],
  ["OpenTelemetry, an event a message, in the log", logged()],
  ["OpenTelemetry, an event a request", inOneEvent],
  ["OpenInference", openInference],
  ["OpenInference, of LangGraph", langGraph],
  ["Traceloop", traceloop("gen_ai.prompt", "gen_ai.completion")],
  ["Traceloop, by its older names", traceloop("llm.prompts", "llm.completions")],
  ["Strands", strands],
  ["Strands, by AWS's distribution", adot()],
])("a turn is the same by every convention: %s", (_name, spans) => {
  expect(conversationOf(spans, "session-1")).toEqual({ sessionId: "session-1", turns: [turn], gaps: [] });
});
