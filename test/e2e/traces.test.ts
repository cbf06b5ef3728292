import { gzipSync } from "node:zlib";
import { OpenAIInstrumentation as OpenInference } from "@arizeai/openinference-instrumentation-openai";
import type { SpanFacts } from "@gatehouse/core/observability/facts.ts";
import { unpackSpan } from "@gatehouse/core/observability/spans/pack.ts";
import { SpanStatusCode, type TracerProvider } from "@opentelemetry/api";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider as SdkTracerProvider } from "@opentelemetry/sdk-trace";
import { OpenAIInstrumentation as Traceloop } from "@traceloop/instrumentation-openai";
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { type RecordedSpans, watchSpans } from "../support/spans.ts";
import { serveWeb, type WebServer } from "../support/webServer.ts";

let gatehouse: TestGatehouse;
let recorded: RecordedSpans;
let model: WebServer;
let basic: string;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  recorded = await watchSpans();
  model = await serveWeb(async () => Response.json(completion));
  const { accessKeyId, secretAccessKey } = gatehouse.host.administrator;
  basic = `Basic ${Buffer.from(`${accessKeyId}:${secretAccessKey}`).toString("base64")}`;
});
afterEach(() => recorded.clear());
afterAll(async () => {
  recorded?.stop();
  await model?.[Symbol.asyncDispose]();
  await gatehouse?.[Symbol.asyncDispose]();
});

const completion = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "gpt-4o-mini-2024-07-18",
  choices: [{ index: 0, message: { role: "assistant", content: "In Lyon." }, finish_reason: "stop" }],
  usage: { prompt_tokens: 200, completion_tokens: 10, total_tokens: 210 },
};
/** 200 tokens for 0.15 dollars a million, and 10 for 0.60. */
const costNanoDollars = 200 * 150 + 10 * 600;

/** What an application sets up, with one of the SDK's exporters. */
function tracing(exporter: "json" | "protobuf", compression: "gzip" | "none" = "none") {
  const Exporter = exporter === "json" ? JsonExporter : ProtobufExporter;
  const options = { url: `${gatehouse.url}/v1/traces`, headers: { Authorization: basic } };
  // The two exporters' enumerations of compressions are one, and not exported by either.
  const processor = new BatchSpanProcessor({
    exporter: new Exporter({ ...options, compression: compression as never }),
  });
  return new SdkTracerProvider({
    resource: resourceFromAttributes({ "service.name": "shipments" }),
    spanProcessors: [processor],
  });
}

test.each([
  ["json", "none"],
  ["json", "gzip"],
  ["protobuf", "none"],
  ["protobuf", "gzip"],
] as const)("the OpenTelemetry SDK's spans are recorded as it has made them: %s, %s", async (exporter, compression) => {
  const provider = tracing(exporter, compression);
  const tracer = provider.getTracer("shop", "2.1.0");
  const span = tracer.startSpan("execute_tool track", {
    attributes: {
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": "track",
      "gen_ai.conversation.id": "session-1",
      count: 3,
      share: 0.5,
      sure: true,
      list: ["a", "b"],
    },
  });
  span.addEvent("asked", { who: "carrier" });
  span.setStatus({ code: SpanStatusCode.ERROR, message: "no answer" });
  span.end();
  await provider.shutdown();

  const { traceId, spanId } = span.spanContext();
  const [packed] = recorded.spans;
  expect(recorded.spans).toHaveLength(1);
  expect(packed).toMatchObject({ traceId, spanId, sessionId: "session-1" });
  expect(packed?.facts).toMatchObject({ type: "agentToolCall", agent: "shipments", tool: "track", error: "tool" });
  expect(packed && unpackSpan([packed])).toMatchObject({
    name: "execute_tool track",
    kind: "INTERNAL",
    status: { code: "ERROR", message: "no answer" },
    attributes: { count: 3, share: 0.5, sure: true, list: ["a", "b"] },
    events: [{ name: "asked", attributes: { who: "carrier" } }],
    scope: { name: "shop", version: "2.1.0" },
    resource: { "service.name": "shipments" },
  });
  expect(recorded.senders).toEqual([`Gatehouse::AccessKey::"${gatehouse.host.administrator.accessKeyId}"`]);
});

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

test.each(Object.entries(instrumentations))("%s's model calls have tokens and a cost", async (_name, instrument) => {
  const provider = tracing("protobuf", "gzip");
  const instrumentation = instrument(provider);
  const client = new OpenAI({ apiKey: "sk-none", baseURL: `${model.url}/v1` });
  await client.chat.completions.create({ model: "gpt-4o-mini", messages: [{ role: "user", content: "Where is it?" }] });
  instrumentation.disable();
  await provider.shutdown();

  const facts = recorded.spans.map((span) => span.facts).filter((one): one is SpanFacts => one !== undefined);
  expect(facts).toEqual([
    {
      type: "modelCall",
      agent: "shipments",
      provider: expect.stringMatching(/^openai$/i),
      model: "gpt-4o-mini-2024-07-18",
      inputTokens: 200,
      outputTokens: 10,
      costNanoDollars,
      durationMicroseconds: expect.any(Number),
    },
  ]);
});

test("an exporter that sends a batch again sends the same events", async () => {
  const nanos = String(BigInt(Date.now()) * 1_000_000n);
  const span = {
    traceId: "a".repeat(32),
    spanId: "b".repeat(16),
    name: "x",
    startTimeUnixNano: nanos,
    endTimeUnixNano: nanos,
  };
  const body = gzipSync(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }));
  const headers = { "content-type": "application/json", "content-encoding": "gzip", authorization: basic };
  const send = () => fetch(`${gatehouse.url}/v1/traces`, { method: "POST", headers, body });
  for (const answer of [await send(), await send()]) {
    expect([answer.status, await answer.text()]).toEqual([200, "{}"]);
  }
  const [first, second] = recorded.spans;
  expect(recorded.spans).toHaveLength(2);
  expect(second).toEqual(first);
});
