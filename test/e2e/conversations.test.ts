import { OpenAIInstrumentation as OpenInference } from "@arizeai/openinference-instrumentation-openai";
import { conversationOf } from "@gatehouse/core/evaluation/conversations/conversationOf.ts";
import { spansFromDocuments } from "@gatehouse/core/evaluation/conversations/documents/spansFromDocuments.ts";
import { type Attributes, context, type TracerProvider, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider as SdkTracerProvider, StackContextManager } from "@opentelemetry/sdk-trace";
import { OpenAIInstrumentation as Traceloop } from "@traceloop/instrumentation-openai";
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { serveWeb, type WebServer } from "../support/webServer.ts";

/*
 * An agent as people write them, its model's client instrumented by what people use, and its spans as they are on the wire.
 */
let model: WebServer;
let collector: WebServer;
const collected: unknown[] = [];
beforeAll(async () => {
  // Enough for spans that are begun where their parent is current.
  context.setGlobalContextManager(new StackContextManager().enable());
  model = await serveWeb(async (request) => Response.json(answerTo((await request.json()) as Asked)));
  collector = await serveWeb(async (request) => {
    collected.push(await request.json());
    return Response.json({});
  });
});
afterEach(() => {
  collected.length = 0;
});
afterAll(async () => {
  await model?.[Symbol.asyncDispose]();
  await collector?.[Symbol.asyncDispose]();
});

const toolCall = { id: "call_1", type: "function", function: { name: "track", arguments: '{"order":"A-17"}' } };

/** As OpenAI's client sends it. */
interface Asked {
  readonly messages: readonly { readonly role: string }[];
}

/** Asks for the tool, until it is told what it gave. */
function answerTo({ messages }: Asked) {
  const isTold = messages.at(-1)?.role === "tool";
  const message = isTold
    ? { role: "assistant", content: "It is in Lyon." }
    : { role: "assistant", content: null, tool_calls: [toolCall] };
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: "gpt-4o-mini-2024-07-18",
    choices: [{ index: 0, message, finish_reason: isTold ? "stop" : "tool_calls" }],
    usage: { prompt_tokens: 200, completion_tokens: 10, total_tokens: 210 },
  };
}

const instrumentations = {
  OpenInference: (provider: TracerProvider) => {
    const instrumentation = new OpenInference();
    // It was made for an older version of the same interface.
    instrumentation.setTracerProvider(provider as Parameters<typeof instrumentation.setTracerProvider>[0]);
    instrumentation.manuallyInstrument(OpenAI as unknown as Parameters<typeof instrumentation.manuallyInstrument>[0]);
    return instrumentation;
  },
  Traceloop: (provider: TracerProvider) => {
    const instrumentation = new Traceloop();
    instrumentation.setTracerProvider(provider as Parameters<typeof instrumentation.setTracerProvider>[0]);
    instrumentation.manuallyInstrument(OpenAI as unknown as Parameters<typeof instrumentation.manuallyInstrument>[0]);
    return instrumentation;
  },
};

const schema = { type: "object", properties: { order: { type: "string" } }, required: ["order"] };
const tools = [
  { type: "function" as const, function: { name: "track", description: "Says where.", parameters: schema } },
];

/** What the agent's own code says of its run and of its tool's call; nothing of what it leaves out. */
interface OwnSpans {
  readonly run?: Attributes;
  readonly tool?: Attributes;
}

/** The agent: asks the model, calls the tool, and tells the model what it gave. @returns its spans, as documents. */
async function runAgent(
  instrument: (provider: TracerProvider) => { disable(): void },
  own: OwnSpans,
): Promise<unknown[]> {
  const exporter = new OTLPTraceExporter({ url: `${collector.url}/v1/traces` });
  const provider = new SdkTracerProvider({
    resource: resourceFromAttributes({ "service.name": "shipments", "session.id": "session-1" }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
  const instrumentation = instrument(provider);
  const tracer = provider.getTracer("shipments");
  const client = new OpenAI({ apiKey: "sk-none", baseURL: `${model.url}/v1` });
  const run = own.run && tracer.startSpan("run", { attributes: own.run });
  const inRun = run === undefined ? context.active() : trace.setSpan(context.active(), run);
  const messages: OpenAI.ChatCompletionMessageParam[] = [
    { role: "system", content: "You track shipments." },
    { role: "user", content: [{ type: "text", text: "Where is order A-17?" }] },
  ];
  const ask = () =>
    context.with(inRun, () => client.chat.completions.create({ model: "gpt-4o-mini", messages, tools }));
  const asked = (await ask()).choices[0]?.message;
  if (asked !== undefined) messages.push(asked);
  if (own.tool !== undefined) {
    const startTime = Date.now();
    tracer.startSpan("track", { attributes: own.tool, startTime }, inRun).end(startTime);
  }
  messages.push({ role: "tool", tool_call_id: toolCall.id, content: "Order A-17 is in Lyon." });
  await ask();
  run?.end();
  instrumentation.disable();
  await provider.shutdown();
  return collected;
}

const ownSpans: Readonly<Record<keyof typeof instrumentations, OwnSpans>> = {
  OpenInference: {
    run: {
      "openinference.span.kind": "AGENT",
      "input.value": "Where is order A-17?",
      "output.value": "It is in Lyon.",
    },
    tool: {
      "openinference.span.kind": "TOOL",
      "tool.name": "track",
      "input.value": '{"order":"A-17"}',
      "output.value": "Order A-17 is in Lyon.",
    },
  },
  Traceloop: {
    run: { "traceloop.span.kind": "workflow", "traceloop.entity.name": "shipments" },
    tool: {
      "traceloop.span.kind": "tool",
      "traceloop.entity.name": "track",
      "traceloop.entity.input": '{"args":[{"order":"A-17"}],"kwargs":{}}',
      "traceloop.entity.output": '"Order A-17 is in Lyon."',
    },
  },
};

describe.each(Object.entries(instrumentations))("%s", (name, instrument) => {
  const own = ownSpans[name as keyof typeof instrumentations]; // As its keys are.
  const [system, user] = [
    { role: "system", text: "You track shipments." },
    { role: "user", text: "Where is order A-17?" },
  ];
  const asking = {
    role: "assistant",
    text: "",
    toolCalls: [{ id: "call_1", tool: "track", arguments: { order: "A-17" } }],
  };
  const told = { role: "tool", text: "Order A-17 is in Lyon.", toolCallId: "call_1" };

  test("an agent with spans of its own is a conversation without gaps", async () => {
    const conversation = conversationOf(spansFromDocuments(await runAgent(instrument, own)), "session-1");
    expect(conversation.gaps).toEqual([]);
    expect(conversation.turns).toMatchObject([
      {
        agent: "shipments",
        request: "Where is order A-17?",
        response: "It is in Lyon.",
        systemInstructions: ["You track shipments."],
        availableTools: [{ name: "track", description: "Says where.", inputSchema: schema }],
        steps: [
          { type: "modelCall", model: "gpt-4o-mini-2024-07-18", input: [system, user], output: [asking] },
          { type: "toolCall", tool: "track", arguments: { order: "A-17" }, result: "Order A-17 is in Lyon." },
          {
            type: "modelCall",
            input: [system, user, asking, told],
            output: [{ role: "assistant", text: "It is in Lyon." }],
          },
        ],
      },
    ]);
  });

  test("an agent with no span for its tool has its call by what the model says, and a gap", async () => {
    const { tool: _, ...run } = own;
    const conversation = conversationOf(spansFromDocuments(await runAgent(instrument, run)), "session-1");
    expect(conversation.turns[0]?.steps).toMatchObject([
      { type: "modelCall" },
      { type: "toolCall", tool: "track", arguments: { order: "A-17" }, result: "Order A-17 is in Lyon." },
      { type: "modelCall" },
    ]);
    expect(conversation.gaps).toMatchObject([
      { message: expect.stringMatching(/^No span tells of the call of "track"/) },
    ]);
  });

  test("an agent with no span for its run is a turn a model call, and a gap says which span would hold them", async () => {
    const { run: _, ...tool } = own;
    const { turns, gaps } = conversationOf(spansFromDocuments(await runAgent(instrument, tool)), "session-1");
    // The last two may begin in the same millisecond, which is all that the SDK's clock knows.
    expect(turns.map(({ response }) => response).sort()).toEqual(["It is in Lyon.", undefined, undefined]);
    expect(gaps.filter(({ traceId }) => traceId === turns[0]?.traceId)).toMatchObject([
      {
        message: expect.stringMatching(
          /^What the agent answered is missing, .*: .* on a span with .*, would say it\.$/,
        ),
      },
      { message: expect.stringMatching(/^No span tells of the call of "track"/) },
    ]);
  });
});
