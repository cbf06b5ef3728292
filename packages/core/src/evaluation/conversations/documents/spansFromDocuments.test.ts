import { readFileSync } from "node:fs";
import { toJsonString } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GatehouseError } from "../../../errors.ts";
import { decodeRequest } from "../../../observability/otlp/decode.ts";
import { ExportTraceServiceRequestSchema } from "../../../observability/otlp/generated/opentelemetry/proto/collector/trace/v1/trace_service_pb.ts";
import { readSpans } from "../../../observability/otlp/readSpans.ts";
import { span as spanSchema } from "../../../observability/spans/span.ts";
import { conversationOf } from "../conversationOf.ts";
import { sessionsIn } from "../sessionsIn.ts";
import { spansFromDocuments } from "./spansFromDocuments.ts";

const fixtures = `${import.meta.dirname}/../../../../../../test/fixtures/otlp`;
const session = "7d1f1c1e-6a50-4f9e-9b39-2f1c6f6d2a11";

/** What AWS's distribution of OpenTelemetry writes of a span. */
const adot = {
  resource: { attributes: { "service.name": "shipments" } },
  scope: { name: "strands.telemetry.tracer", version: "" },
  traceId: "0AF7651916CD43DD8448EB211C80319C",
  spanId: "b7ad6b7169203331",
  parentSpanId: null,
  flags: 1,
  name: "invoke_agent Shipments",
  kind: "INTERNAL",
  startTimeUnixNano: 1795680000000000000,
  endTimeUnixNano: 1795680001000000000,
  durationNano: 1000000000,
  attributes: { "gen_ai.operation.name": "invoke_agent", "session.id": session, big: "9007199254740993" },
  status: { code: "OK" },
};
const record = {
  traceId: adot.traceId,
  spanId: adot.spanId,
  scope: { name: "strands.telemetry.tracer" },
  timeUnixNano: 1795680001000000000,
  observedTimeUnixNano: 1795680001000100000,
  severityNumber: 9,
  body: {
    input: { messages: [{ role: "user", content: "Where?" }] },
    output: { messages: [{ role: "assistant", content: "Here." }] },
  },
  attributes: { "event.name": "strands.telemetry.tracer" },
};

test("a span as AWS's distribution writes it, with the record of what was said", () => {
  const [span, ...others] = spansFromDocuments([record, adot]);
  expect(others).toEqual([]);
  expect(span).toEqual({
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    name: "invoke_agent Shipments",
    kind: "INTERNAL",
    startTimeUnixNano: "1795680000000000000",
    endTimeUnixNano: "1795680001000000000",
    status: { code: "OK" },
    attributes: adot.attributes,
    events: [
      {
        name: "strands.telemetry.tracer",
        timeUnixNano: "1795680001000000000",
        attributes: { ...record.attributes, ...record.body },
      },
    ],
    links: [],
    scope: { name: "strands.telemetry.tracer" },
    resource: { "service.name": "shipments" },
  });
  expect(spanSchema.parse(span)).toEqual(span);
  expect(conversationOf(spansFromDocuments([record, adot]), session).turns).toMatchObject([
    { request: "Where?", response: "Here." },
  ]);
});

test("a record's body may be OTLP's value, or the text of an object", () => {
  const messages = {
    arrayValue: {
      values: [
        {
          kvlistValue: {
            values: [
              { key: "role", value: { stringValue: "user" } },
              { key: "content", value: { stringValue: "Where?" } },
            ],
          },
        },
      ],
    },
  };
  const value = {
    kvlistValue: {
      values: [{ key: "input", value: { kvlistValue: { values: [{ key: "messages", value: messages }] } } }],
    },
  };
  for (const body of [value, JSON.stringify(record.body), { stringValue: JSON.stringify(record.body) }]) {
    const spans = spansFromDocuments([adot, { ...record, body }]);
    expect(conversationOf(spans, session).turns).toMatchObject([{ request: "Where?" }]);
  }
});

test.each(["strands-1.62.0.binpb", "strands-1.62.0-latest.binpb"])(
  "a request of OTLP in JSON holds the spans that the same request in protobuf does, whole or in parts: %s",
  (file) => {
    const request = decodeRequest("protobuf", readFileSync(`${fixtures}/${file}`));
    const expected = readSpans(request, new Date("2026-11-27T00:00:00Z")).spans;
    // OTLP's JSON has ids in hexadecimal where that of protobuf has them in Base64.
    const inBase64 = toJsonString(ExportTraceServiceRequestSchema, request);
    const json = JSON.parse(
      inBase64.replace(
        /"((?:trace|span|parentSpan)Id)":"([^"]+)"/g,
        (_all, name, id) => `"${name}":"${Buffer.from(id, "base64").toString("hex")}"`,
      ),
    );
    const spanDocuments = json.resourceSpans.flatMap(
      (of: { resource: object; scopeSpans: { scope: object; spans: object[] }[] }) =>
        of.scopeSpans.flatMap(({ scope, spans }) => spans.map((span) => ({ ...span, scope, resource: of.resource }))),
    );
    for (const documents of [[json], json.resourceSpans, spanDocuments]) {
      expect(spansFromDocuments(documents)).toEqual(expected);
    }
  },
);

test("names in the way of protobuf, kinds and codes by their numbers or names", () => {
  const [span] = spansFromDocuments([
    {
      resource_spans: [
        {
          resource: { attributes: [{ key: "service.name", value: { string_value: "shipments" } }] },
          scope_spans: [
            {
              scope: { name: "x", version: "1" },
              spans: [
                {
                  trace_id: adot.traceId,
                  span_id: adot.spanId,
                  parent_span_id: "",
                  kind: "SPAN_KIND_CLIENT",
                  start_time_unix_nano: "1795680000000000001",
                  status: { code: 2, message: "no" },
                  attributes: [
                    { key: "count", value: { int_value: "12" } },
                    { key: "big", value: { intValue: "9007199254740993" } },
                    { key: "list", value: { arrayValue: { values: [{ doubleValue: 0.5 }, { boolValue: true }] } } },
                    { key: "none", value: {} },
                    { key: "__proto__", value: { stringValue: "polluted" } },
                  ],
                },
              ],
            },
          ],
        },
      ],
    },
  ]);
  expect(span).toMatchObject({
    kind: "CLIENT",
    startTimeUnixNano: "1795680000000000001",
    endTimeUnixNano: "1795680000000000001",
    status: { code: "ERROR", message: "no" },
    scope: { name: "x", version: "1" },
    resource: { "service.name": "shipments" },
  });
  expect(span?.attributes).toEqual({ count: 12, big: "9007199254740993", list: [0.5, true], none: null });
});

test("T18 credentials are left out of what is evaluated", () => {
  const [span] = spansFromDocuments([
    { ...adot, attributes: { "gen_ai.tool.call.arguments": '{"key":"AKIAABCDEFGHIJKLMNOP"}' } },
  ]);
  expect(JSON.stringify(span)).not.toContain("AKIAABCDEFGHIJKLMNOP");
});

test("lines of a log that belong to no span are passed over", () => {
  expect(spansFromDocuments([adot, { timeUnixNano: "1", body: "started", traceId: "", spanId: "" }])).toHaveLength(1);
});

describe("a document that is not as it has to be is named, with what would be right", () => {
  const { traceId: _, ...traceless } = adot;
  const deep = (depth: number): unknown => (depth === 0 ? 1 : [deep(depth - 1)]);
  test.each<[string, readonly unknown[], string]>([
    ["no object", [adot, "span"], "sessionSpans[1] must be an object"],
    [
      "neither span nor record",
      [{ name: "x" }],
      "sessionSpans[0] must be a span (with traceId, spanId and startTimeUnixNano), or a record of an event (with traceId, spanId and body)",
    ],
    ["no trace", [traceless], "sessionSpans[0].traceId is missing"],
    ["no span id", [{ ...adot, spanId: "xyz" }], "sessionSpans[0].spanId must be 16 hexadecimal digits, not all zero"],
    [
      "zeros",
      [{ ...adot, traceId: "0".repeat(32) }],
      "sessionSpans[0].traceId must be 32 hexadecimal digits, not all zero",
    ],
    ["no time", [{ ...adot, startTimeUnixNano: undefined }], "sessionSpans[0].startTimeUnixNano is missing"],
    [
      "a date",
      [{ ...adot, startTimeUnixNano: "2026-11-26" }],
      "sessionSpans[0].startTimeUnixNano must be nanoseconds since 1970, as a number or as a text of digits",
    ],
    ["attributes", [{ ...adot, attributes: 3 }], "sessionSpans[0].attributes must be an object"],
    [
      "an attribute without a key",
      [{ ...adot, attributes: [{ value: { stringValue: "x" } }] }],
      "sessionSpans[0].attributes[0] must have a key",
    ],
    ["events", [{ ...adot, events: {} }], "sessionSpans[0].events must be a list"],
    [
      "depth",
      [{ ...adot, attributes: { deep: deep(100) } }],
      "sessionSpans[0].attributes must not be nested deeper than 64 times",
    ],
    [
      "in a request",
      [{ resourceSpans: [{ scopeSpans: [{ spans: [{ spanId: 1 }] }] }] }],
      "sessionSpans[0].resourceSpans[0].scopeSpans[0].spans[0].traceId is missing",
    ],
    [
      "records alone",
      [record],
      "sessionSpans holds records of events, and no span: send the spans that they belong to, too",
    ],
  ])("%s", (_name, documents, message) => {
    expect(() => spansFromDocuments(documents)).toThrow(expect.objectContaining({ code: "validation", message }));
  });

  test("too many", () => {
    expect(() => spansFromDocuments(Array.from({ length: 20_001 }, () => adot))).toThrow(
      "sessionSpans[20000] is one too many: at most 20,000 spans and records are evaluated at a time",
    );
  });
});

/** Names and texts that readers look for, so that what is made up gets past the door. */
const names = [
  ...["gen_ai.operation.name", "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions"],
  ...[
    "gen_ai.tool.definitions",
    "gen_ai.agent.tools",
    "gen_ai.tool.name",
    "gen_ai.tool.call.id",
    "gen_ai.tool.json_schema",
  ],
  ...["gen_ai.tool.call.arguments", "gen_ai.tool.call.result", "gen_ai.prompt.0.role", "gen_ai.prompt.0.content"],
  ...["gen_ai.prompt.0.tool_calls.0.name", "gen_ai.completion.999999999.content", "gen_ai.prompt.0.__proto__"],
  ...["openinference.span.kind", "llm.input_messages.0.message.role", "llm.input_messages.0.message.content"],
  ...[
    "llm.output_messages.0.message.tool_calls.0.tool_call.function.name",
    "llm.tools.0.tool.json_schema",
    "input.value",
  ],
  ...[
    "output.value",
    "tool.name",
    "tool.parameters",
    "traceloop.span.kind",
    "traceloop.entity.input",
    "traceloop.entity.output",
  ],
  ...["llm.request.type", "llm.request.functions.0.name", "session.id", "gatehouse.decision.outcome", "error.type"],
  ...[
    "role",
    "content",
    "parts",
    "type",
    "text",
    "message",
    "messages",
    "tool_calls",
    "function",
    "name",
    "arguments",
    "kwargs",
    "id",
  ],
  ...[
    "toolUse",
    "toolResult",
    "input",
    "output",
    "generations",
    "structuredContent",
    "isError",
    "inputs",
    "args",
    "data",
    "__proto__",
  ],
];
const words = fc.constantFrom(
  ...[
    "chat",
    "invoke_agent",
    "execute_tool",
    "LLM",
    "AGENT",
    "TOOL",
    "CHAIN",
    "tool",
    "agent",
    "workflow",
    "user",
    "assistant",
  ],
  ...[
    "system",
    "human",
    "ai",
    "text",
    "tool_call",
    "tool_result",
    "tool_use",
    "denied",
    session,
    "constructor",
    "{",
    "[]",
    "",
  ],
);
/** JSON has no zero below zero. */
const number = fc.double().map((value) => (value === 0 ? 0 : value));
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    words,
    fc.oneof(fc.integer(), number, fc.boolean(), fc.constant(null), fc.string()),
    fc.array(tie("json"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...names), tie("json"), { maxKeys: 5 }),
    tie("json").map((value) => JSON.stringify(value)),
  ),
}));
const attributes = fc.dictionary(fc.constantFrom(...names), json, { maxKeys: 8 });
const id = (digits: number) => fc.integer({ min: 1, max: 4 }).map((number) => String(number).padStart(digits, "0"));
const document = fc.record(
  {
    traceId: id(32),
    spanId: id(16),
    parentSpanId: fc.option(id(16)),
    name: fc.constantFrom("chat", "answer withheld"),
    kind: fc.constantFrom("SERVER", "INTERNAL", 3),
    scope: fc.record({ name: fc.constantFrom("gatehouse.gateway", "strands.telemetry.tracer", "other") }),
    startTimeUnixNano: fc.integer({ min: 0, max: 100 }),
    endTimeUnixNano: fc.integer({ min: 0, max: 100 }),
    attributes,
    events: fc.array(
      fc.record({
        name: fc.constantFrom("gen_ai.choice", "gen_ai.user.message", "gen_ai.tool.message", "x"),
        attributes,
      }),
      { maxLength: 3 },
    ),
    body: json,
  },
  { requiredKeys: ["traceId", "spanId", "startTimeUnixNano", "endTimeUnixNano", "attributes"] },
);

/** @returns the conversations, or nothing where the documents are refused. */
function conversationsIn(documents: readonly unknown[]) {
  let spans: ReturnType<typeof spansFromDocuments>;
  try {
    spans = spansFromDocuments(documents);
  } catch (error) {
    if (error instanceof GatehouseError && error.code === "validation" && error.fields.length === 1) return undefined;
    throw error;
  }
  for (const span of spans) spanSchema.parse(span);
  return [...sessionsIn(spans).keys(), "none"].sort().map((sessionId) => conversationOf(spans, sessionId));
}

test("T11 whatever JSON spans consist of becomes a conversation that is JSON, in whatever order they come", () => {
  fc.assert(
    fc.property(
      fc
        .array(document, { maxLength: 6 })
        .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
      ([documents, shuffled]) => {
        const conversations = conversationsIn(documents);
        expect(JSON.parse(JSON.stringify(conversations ?? null))).toEqual(conversations ?? null);
        expect(conversationsIn(shuffled)).toEqual(conversations);
      },
    ),
    { numRuns: 1_000 },
  );
});

test("T11 whatever a document is, it is read or refused", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.anything(), json), { maxLength: 3 }), (documents) => {
      conversationsIn(documents);
    }),
    { numRuns: 1_000 },
  );
});

test("T11 texts that are nested deeper than a stack stay texts", () => {
  const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
  const told = { "gen_ai.tool.call.arguments": deep, "gen_ai.tool.call.result": deep };
  const { attributes } = adot;
  const [turn] = conversationOf(
    spansFromDocuments([
      { ...adot, attributes: { ...attributes, "gen_ai.input.messages": deep, "gen_ai.tool.definitions": deep } },
      {
        ...adot,
        spanId: "1".repeat(16),
        attributes: { ...attributes, "gen_ai.operation.name": "execute_tool", ...told },
      },
    ]),
    session,
  ).turns;
  expect(turn).toMatchObject({ request: deep, steps: [{ arguments: deep, result: deep }] });
});

test("T11 spans that are nested deeper than a stack are read", () => {
  const nested = Array.from({ length: 5_000 }, (_, index) => ({
    ...adot,
    spanId: (index + 1).toString(16).padStart(16, "0"),
    parentSpanId: index === 0 ? adot.spanId : index.toString(16).padStart(16, "0"),
    attributes: { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "same" },
  }));
  expect(conversationOf(spansFromDocuments([adot, ...nested]), session).turns[0]?.steps).toHaveLength(1);
});
