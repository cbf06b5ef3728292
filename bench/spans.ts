import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { create, fromBinary, toBinary, toJson } from "@bufbuild/protobuf";
import {
  type ExportTraceServiceRequest,
  ExportTraceServiceRequestSchema,
} from "@gatehouse/core/observability/otlp/generated/opentelemetry/proto/collector/trace/v1/trace_service_pb.ts";
import { createTraceService } from "@gatehouse/core/observability/otlp/traceService.ts";
import { topology } from "@gatehouse/functions/topology.ts";
import { type Host, startHost } from "@gatehouse/local/host.ts";
import { round } from "./statistics.ts";

/** As many as exporters of OpenTelemetry send at a time, unless they are told otherwise. */
const spansARequest = 512;
const requests = 20;
const warmUp = 3;
const recordedAt = Date.parse("2026-11-26T08:00:00Z");

/**
 * How many spans a second are taken: those of a Strands agent, with what its model was told and has answered, in requests of
 * 512. Alone: from a request's bytes to the events for the bus. Then through HTTP, authentication and the bus of one machine,
 * with four requests under way, until the answer says that the spans were accepted; what the ledger takes is measured by itself.
 */
export async function benchSpans() {
  const bytes = readFileSync(`${import.meta.dirname}/../test/fixtures/otlp/strands-1.62.0.binpb`);
  const recorded = fromBinary(ExportTraceServiceRequestSchema, bytes);
  const protobuf = Array.from({ length: requests + warmUp }, (_, index) =>
    toBinary(ExportTraceServiceRequestSchema, requestOf(recorded, index)),
  );
  const json = protobuf.map((body) => Buffer.from(otlpJson(fromBinary(ExportTraceServiceRequestSchema, body))));
  const encodings = {
    protobuf: { bodies: protobuf, contentType: "application/x-protobuf", contentEncoding: "" },
    "protobuf, gzip": {
      bodies: protobuf.map((body) => gzipSync(body)),
      contentType: "application/x-protobuf",
      contentEncoding: "gzip",
    },
    "JSON, gzip": {
      bodies: json.map((body) => gzipSync(body)),
      contentType: "application/json",
      contentEncoding: "gzip",
    },
  };
  process.env.POWERTOOLS_LOG_LEVEL ??= "SILENT";
  const { spans: _, ...rules } = topology.rules;
  const withoutLedger = { ...topology, rules };
  const host = await startHost({ port: 0, data: ":memory:", lambdas: [], topology: withoutLedger, log: () => {} });
  const rows: Record<string, object> = {};
  for (const [name, { bodies, ...request }] of Object.entries(encodings)) {
    rows[name] = {
      "bytes a span, as sent": Math.round((bodies[0]?.length ?? 0) / spansARequest),
      ...(await alone(bodies, request)),
      "spans a second, over HTTP": await overHttp(host, bodies, request),
    };
  }
  await host.stop();
  return rows;
}

type Headers = { readonly contentType: string; readonly contentEncoding: string };

async function alone(bodies: readonly Uint8Array[], request: Headers) {
  const take = createTraceService({
    publisher: { publish: async () => {} },
    now: () => new Date(recordedAt),
    onRejected: (_, reasons) => fail(reasons),
    onRefused: fail,
    onError: fail,
  });
  const send = async (body: Uint8Array) => {
    const { status } = await take({ ...request, body }, async () => "bench");
    if (status !== 200) fail(`status ${status}`);
  };
  const before = process.cpuUsage();
  const spansASecond = await perSecond(bodies, send, 1);
  const { user, system } = process.cpuUsage(before);
  return {
    // Says more than the clock where others use the machine, too.
    "processor time a span, us": round((user + system) / (bodies.length * spansARequest)),
    "spans a second, alone": spansASecond,
  };
}

async function overHttp(
  host: Host,
  bodies: readonly Uint8Array[],
  { contentType, contentEncoding }: Headers,
): Promise<number> {
  const { accessKeyId, secretAccessKey } = host.administrator;
  const headers = {
    authorization: `Basic ${Buffer.from(`${accessKeyId}:${secretAccessKey}`).toString("base64")}`,
    "content-type": contentType,
    ...(contentEncoding === "" ? {} : { "content-encoding": contentEncoding }),
  };
  const send = async (body: Uint8Array) => {
    const answer = await fetch(`${host.url}/v1/traces`, { method: "POST", headers, body: Uint8Array.from(body) });
    if (answer.status !== 200 || (await answer.bytes()).length > 2) fail(`status ${answer.status}`);
  };
  return perSecond(bodies, send, 4);
}

async function perSecond(
  bodies: readonly Uint8Array[],
  send: (body: Uint8Array) => Promise<void>,
  atOnce: number,
): Promise<number> {
  for (const body of bodies.slice(0, warmUp)) await send(body);
  const rest = bodies.slice(warmUp);
  const count = rest.length;
  const begin = performance.now();
  const worker = async () => {
    for (let body = rest.pop(); body !== undefined; body = rest.pop()) await send(body);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return round((count * spansARequest * 1_000) / (performance.now() - begin));
}

/** 512 of the recorded spans, over and over, each with an id of its own. */
function requestOf(recorded: ExportTraceServiceRequest, request: number): ExportTraceServiceRequest {
  const [resourceSpans] = recorded.resourceSpans;
  const [scopeSpans] = resourceSpans?.scopeSpans ?? [];
  const known = recorded.resourceSpans.flatMap((of) => of.scopeSpans.flatMap(({ spans }) => spans));
  const spans = Array.from({ length: spansARequest }, (_, index) => {
    const spanId = new Uint8Array(8);
    new DataView(spanId.buffer).setUint32(0, request * spansARequest + index + 1);
    return { ...known[index % known.length], spanId };
  });
  return create(ExportTraceServiceRequestSchema, {
    resourceSpans: [{ ...resourceSpans, scopeSpans: [{ ...scopeSpans, spans }] }],
  } as Parameters<typeof create<typeof ExportTraceServiceRequestSchema>>[1]); // Parts of one that was read.
}

/** OTLP's JSON has ids in hexadecimal, protobuf's in Base64. */
function otlpJson(request: ExportTraceServiceRequest): string {
  const ids = /"(traceId|spanId|parentSpanId)":"([^"]*)"/g;
  return JSON.stringify(toJson(ExportTraceServiceRequestSchema, request)).replace(
    ids,
    (_, name, id) => `"${name}":"${Buffer.from(id, "base64").toString("hex")}"`,
  );
}

function fail(error: unknown): never {
  throw new Error(`Spans were not taken: ${error}`);
}
