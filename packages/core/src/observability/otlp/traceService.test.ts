import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { fromBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { GatehouseError } from "../../errors.ts";
import type { SpanFacts } from "../facts.ts";
import { unpackSpan } from "../spans/pack.ts";
import { StatusSchema } from "./generated/google/rpc/status_pb.ts";
import { ExportTraceServiceResponseSchema } from "./generated/opentelemetry/proto/collector/trace/v1/trace_service_pb.ts";
import { maxBodyBytes } from "./limits.ts";
import { requestAt, testTime, testTraceService } from "./testing.ts";

const fixture = (name: string) => readFileSync(new URL(`../../../../../test/fixtures/otlp/${name}`, import.meta.url));
/** When the fixtures were recorded. */
const recordedAt = new Date("2026-11-26T08:00:00Z");
const json = "application/json";
const text = (value: unknown) => Buffer.from(JSON.stringify(value));
const day = 24 * 3_600_000;

test.each(["strands-1.62.0.binpb", "strands-1.62.0-latest.binpb"])(
  "a Strands agent's spans are understood: %s",
  async (name) => {
    const otlp = testTraceService({ now: recordedAt });
    expect(await otlp.send({ body: fixture(name) })).toMatchObject({ status: 200, body: new Uint8Array() });
    const spans = otlp.spans();
    expect(new Set(spans.map(({ sessionId }) => sessionId))).toEqual(new Set(["7d1f1c1e-6a50-4f9e-9b39-2f1c6f6d2a11"]));
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(2);
    const facts = spans.map((span) => span.facts).filter((one) => one !== undefined);
    const called = (inputTokens: number, costNanoDollars: number): SpanFacts => ({
      type: "modelCall",
      agent: "shipments",
      model: "gpt-4o-mini",
      inputTokens,
      outputTokens: 17,
      costNanoDollars,
      durationMicroseconds: expect.any(Number),
    });
    const tool = {
      type: "agentToolCall",
      agent: "shipments",
      tool: "track_shipment",
      durationMicroseconds: expect.any(Number),
    };
    // Of 212 tokens, 128 cost half of 0.15 dollars a million; 17 cost 0.60. The sums in the spans of agents aren't counted again.
    expect(facts).toEqual([
      called(212, (212 - 128) * 150 + 128 * 75 + 17 * 600),
      tool,
      called(213, 32_550),
      called(214, 32_700),
      { ...tool, error: "tool" },
      called(215, 32_850),
    ]);
    const first = spans[0];
    expect(first && unpackSpan([first])).toMatchObject({ name: "chat", scope: { name: "strands.telemetry.tracer" } });
  },
);

test("spans of another time are rejected, and named in the answer; the others are taken", async () => {
  const otlp = testTraceService();
  const now = testTime.getTime();
  const body = requestAt(now, now - 31 * day, now + 2 * 3_600_000, now - 29 * day, now + 1_000);
  const answer = await otlp.send({ body });
  expect([answer.status, answer.contentType]).toEqual([200, "application/x-protobuf"]);
  const { partialSuccess } = fromBinary(ExportTraceServiceResponseSchema, answer.body);
  expect(partialSuccess?.rejectedSpans).toBe(2n);
  expect(partialSuccess?.errorMessage).toContain("startTimeUnixNano is more than 30 days ago (1)");
  expect(partialSuccess?.errorMessage).toContain("more than an hour ahead: check the clock (1)");
  expect(otlp.spans().map(({ spanId }) => spanId.slice(0, 2))).toEqual(["01", "04", "05"]);
  expect(otlp.told).toEqual([expect.stringMatching(/^rejected 2 of somebody: /)]);
});

test.each(["", "00", "zz", "0".repeat(32), "A".repeat(31)])(
  "a span with the traceId %j is rejected alone",
  async (traceId) => {
    const otlp = testTraceService();
    const nanos = "1795680000000000000";
    const rest = { spanId: "B7AD6B7169203331", name: "x", kind: 3, startTimeUnixNano: nanos, endTimeUnixNano: nanos };
    const spans = [
      { ...rest, traceId },
      { ...rest, traceId: "0AF7651916CD43DD8448EB211C80319C" },
    ];
    const answer = await otlp.send({ contentType: json, body: text({ resourceSpans: [{ scopeSpans: [{ spans }] }] }) });
    expect(JSON.parse(Buffer.from(answer.body).toString())).toEqual({
      partialSuccess: { rejectedSpans: "1", errorMessage: expect.stringContaining("traceId must be 16 bytes") },
    });
    // Ids may come in upper case, and are kept in lower.
    expect(otlp.spans()).toMatchObject([{ traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" }]);
  },
);

test.each([
  [415, "Content-Type", { contentType: "text/plain", body: Buffer.from("x") }],
  [415, "Content-Encoding", { contentEncoding: "br", body: Buffer.from("x") }],
  [415, "Content-Encoding", { contentEncoding: "gzip, gzip", body: Buffer.from("x") }],
  [400, "not gzip", { contentEncoding: "gzip", body: Buffer.from("no gzip") }],
  [400, "not gzip", { contentEncoding: "gzip", body: gzipSync("cut off").subarray(0, 15) }],
  [400, "before its length", { body: Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]) }],
  [400, "in protobuf", { body: Buffer.from([0x0b]) }],
  [400, "JSON", { contentType: json, body: Buffer.from('{"resourceSpans": [') }],
  [400, "JSON", { contentType: json, body: Buffer.from([0x7b, 0xff, 0x7d]) }],
  [400, "JSON", { contentType: json, body: Buffer.from('{"resourceSpans": 1}') }],
])("T11 what isn't OTLP is answered %i with a google.rpc.Status about %s", async (status, about, request) => {
  const otlp = testTraceService();
  const answer = await otlp.send(request);
  expect(answer.status).toBe(status);
  const said =
    answer.contentType === json
      ? JSON.parse(Buffer.from(answer.body).toString())
      : fromBinary(StatusSchema, answer.body);
  expect(said).toMatchObject({ code: 3, message: expect.stringContaining(about) });
  expect(otlp.spans()).toEqual([]);
});

const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]);
const field = (number: number, content: Uint8Array) =>
  Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(content.length)]), content]);
/** 2 MB that would become a million spans. */
const emptySpans = field(1, field(2, Buffer.alloc(2_000_000, Buffer.from([0x12, 0x00]))));
const deepProtobuf = () => {
  // A list in a list in a list: an attribute's value, to a depth that a call stack doesn't have.
  let value: Buffer = Buffer.from([]);
  for (let depth = 0; depth < 3_000; depth++) value = field(5, field(1, value));
  return field(1, field(1, field(1, Buffer.concat([field(1, Buffer.from("a")), field(2, value)]))));
};
const deepJson = (depth: number) =>
  `{"resourceSpans":[{"resource":{"attributes":[{"key":"a","value":${'{"arrayValue":{"values":['.repeat(depth)}${"]}}".repeat(depth)}}]}}]}`;

test.each([
  ["a gzip bomb", 413, "20 MB", { contentEncoding: "gzip", body: gzipSync(Buffer.alloc(maxBodyBytes + 1)) }],
  ["a body over the limit", 413, "20 MB", { body: Buffer.alloc(maxBodyBytes + 1) }],
  ["a million empty spans", 400, "more than 250000 messages", { body: emptySpans }],
  [
    "a million empty objects",
    400,
    "more than 250000 messages",
    { contentType: json, body: Buffer.from(`{"resourceSpans":[${"{},".repeat(1_000_000)}{}]}`) },
  ],
  ["values in values, in protobuf", 400, "nested deeper", { body: deepProtobuf() }],
  ["values in values, in JSON", 400, "nested deeper", { contentType: json, body: Buffer.from(deepJson(50_000)) }],
])("T11 %s is refused before anything is made of it", async (_what, status, about, request) => {
  const otlp = testTraceService();
  const answer = await otlp.send(request);
  expect([answer.status, Buffer.from(answer.body).toString()]).toEqual([status, expect.stringContaining(about)]);
  expect(otlp.told).toEqual([]);
});

test("T22 spans that neither bus nor outbox took are to be sent again", async () => {
  const otlp = testTraceService();
  otlp.fail();
  const answer = await otlp.send({ body: requestAt(testTime.getTime()) });
  expect([answer.status, answer.headers["retry-after"]]).toEqual([503, "5"]);
  expect(fromBinary(StatusSchema, answer.body)).toMatchObject({ code: 14, message: expect.stringContaining("again") });
  expect(otlp.told).toEqual(["error The spans could not be recorded: send them again later."]);
});

test("who isn't known is told 401 and how, who may not 403, and nothing of what went wrong inside", async () => {
  const { service, told } = testTraceService();
  const refuse = (code: "unknownClient" | "accessDenied" | "internal") =>
    service({ contentType: json, contentEncoding: "", body: text({}) }, async () => {
      throw new GatehouseError(code, "because");
    });
  const answers = await Promise.all([refuse("unknownClient"), refuse("accessDenied"), refuse("internal")]);
  expect(answers.map(({ status }) => status)).toEqual([401, 403, 503]);
  expect(answers[0]?.headers["www-authenticate"]).toMatch(/^Basic realm=/);
  expect(answers.map(({ body }) => JSON.parse(Buffer.from(body).toString()))).toEqual([
    { code: 16, message: "because" },
    { code: 7, message: "because" },
    { code: 14, message: expect.stringContaining("send them again later") },
  ]);
  expect(told).toEqual([
    "refused unknownClient",
    "refused accessDenied",
    expect.stringMatching(/^error Who sends the spans/),
  ]);
});

test("T23 names of prototypes are no attributes", async () => {
  const otlp = testTraceService();
  const nanos = "1795680000000000000";
  const attributes = ["__proto__", "constructor", "fine"].map((key) => ({
    key,
    value: {
      kvlistValue: {
        values: [
          { key: "__proto__", value: { boolValue: true } },
          { key: "a", value: { intValue: "9007199254740993" } },
        ],
      },
    },
  }));
  const span = {
    traceId: "1".repeat(32),
    spanId: "2".repeat(16),
    name: "x",
    startTimeUnixNano: nanos,
    endTimeUnixNano: nanos,
    attributes,
  };
  await otlp.send({ contentType: json, body: text({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }) });
  const [packed] = otlp.spans();
  expect(JSON.parse(packed?.body ?? "").attributes).toEqual({ fine: { a: "9007199254740993" } });
});

test("whatever bytes come, in whatever encoding, there is an answer, and no error of our own", async () => {
  const seeds = [
    fixture("strands-1.62.0.binpb"),
    requestAt(testTime.getTime()),
    text({ resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: "a" }] }] }] }),
  ];
  const edited = fc
    .tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 8 }))
    .map(([seed, edits]) => {
      const bytes = Uint8Array.from(seed);
      for (const [at, value] of edits) bytes[at % bytes.length] = value;
      return bytes;
    });
  const body = fc.oneof(
    edited,
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map((value) => Buffer.from(value)),
  );
  await fc.assert(
    fc.asyncProperty(body, fc.constantFrom(json, "application/x-protobuf"), async (bytes, contentType) => {
      const otlp = testTraceService({ now: recordedAt });
      const answer = await otlp.send({ contentType, body: bytes });
      expect([200, 400]).toContain(answer.status);
      expect(otlp.told.filter((line) => line.startsWith("error"))).toEqual([]);
      for (const packed of otlp.spans()) if (packed.part.count === 1) unpackSpan([packed]);
    }),
    { numRuns: 300 },
  );
});
