import { create, toBinary } from "@bufbuild/protobuf";
import type { GatehouseEvent, SpansRecorded } from "../events.ts";
import type { Span } from "../spans/span.ts";
import { ExportTraceServiceRequestSchema } from "./generated/opentelemetry/proto/collector/trace/v1/trace_service_pb.ts";
import { createTraceService, type TraceRequest } from "./traceService.ts";

/** For tests only: an agent's span, with whatever is of interest in it. */
export function testSpan(parts: Partial<Span> = {}): Span {
  return {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    name: "step",
    kind: "INTERNAL",
    startTimeUnixNano: "1795680000000000000",
    endTimeUnixNano: "1795680001500000000",
    status: { code: "UNSET" },
    attributes: {},
    events: [],
    links: [],
    scope: { name: "test" },
    resource: { "service.name": "shipments" },
    ...parts,
  };
}

/** When everything of these tests happens: a minute after `testSpan`. */
export const testTime = new Date(1_795_680_060_000);

/** For tests only: a trace service whose bus keeps what it is given, or refuses it. */
export function testTraceService({ now = testTime }: { readonly now?: Date } = {}) {
  const events: GatehouseEvent[] = [];
  const told: string[] = [];
  let failing = false;
  const service = createTraceService({
    publisher: {
      async publish(event) {
        if (failing) throw new Error("neither bus nor outbox");
        events.push(event);
      },
    },
    now: () => now,
    onRejected: (count, reasons, sender) => told.push(`rejected ${count} of ${sender}: ${reasons}`),
    onRefused: ({ code }) => told.push(`refused ${code}`),
    onError: (error) => told.push(`error ${error instanceof Error ? error.message : error}`),
  });
  return {
    told,
    send: (request: Partial<TraceRequest> & { readonly body: Uint8Array }) =>
      service({ contentType: "application/x-protobuf", contentEncoding: "", ...request }, async () => "somebody"),
    service,
    fail: () => {
      failing = true;
    },
    spans: (): SpansRecorded["spans"] =>
      events.flatMap((event) => (event.type === "SpansRecorded" ? event.detail.spans : [])),
  };
}

/** The bytes of a request with spans that have these times, in milliseconds since 1970. */
export function requestAt(...times: readonly number[]): Uint8Array {
  const spans = times.map((time, index) => ({
    traceId: new Uint8Array(16).fill(index + 1),
    spanId: new Uint8Array(8).fill(index + 1),
    name: `span ${index}`,
    startTimeUnixNano: BigInt(time) * 1_000_000n,
    endTimeUnixNano: BigInt(time) * 1_000_000n,
  }));
  const request = create(ExportTraceServiceRequestSchema, { resourceSpans: [{ scopeSpans: [{ spans }] }] });
  return toBinary(ExportTraceServiceRequestSchema, request);
}
