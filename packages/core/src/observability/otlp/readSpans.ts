import { isSpanSized } from "../spans/pack.ts";
import type { Span } from "../spans/span.ts";
import { attributesOf } from "./attributes.ts";
import type { ExportTraceServiceRequest } from "./generated/opentelemetry/proto/collector/trace/v1/trace_service_pb.ts";
import type { InstrumentationScope } from "./generated/opentelemetry/proto/common/v1/common_pb.ts";
import type * as Otlp from "./generated/opentelemetry/proto/trace/v1/trace_pb.ts";
import { earliestMilliseconds, latestMilliseconds } from "./limits.ts";
import { scrub } from "./scrub.ts";

/** The spans of a request that are taken, and why others are not. */
export interface ReadSpans {
  readonly spans: readonly Span[];
  /** Why spans were rejected: a reason for each of them. */
  readonly rejected: readonly string[];
}

/** Reads spans one by one, so that one that can't be taken leaves the others alone. They hold no credentials any more (T18). */
export function readSpans(request: ExportTraceServiceRequest, now: Date): ReadSpans {
  const spans: Span[] = [];
  const rejected: string[] = [];
  for (const { resource, scopeSpans } of request.resourceSpans) {
    const attributes = scrub(attributesOf(resource?.attributes ?? []));
    for (const { scope, spans: ofScope } of scopeSpans) {
      for (const sent of ofScope) {
        const span = scrub(spanOf(sent, scope)) satisfies Omit<Span, "resource">;
        const whole = { ...span, resource: attributes };
        const reason = complaintAbout(whole, now);
        if (reason === undefined) spans.push(whole);
        else rejected.push(reason);
      }
    }
  }
  return { spans, rejected };
}

const kinds = ["INTERNAL", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"] as const;
const statusCodes = ["UNSET", "OK", "ERROR"] as const;

function spanOf(sent: Otlp.Span, scope: InstrumentationScope | undefined): Omit<Span, "resource"> {
  const { name, kind, startTimeUnixNano, endTimeUnixNano, traceState, status, attributes, events, links } = sent;
  const parentSpanId = hex(sent.parentSpanId);
  return {
    traceId: hex(sent.traceId),
    spanId: hex(sent.spanId),
    // Some say that there is none with an id of zeros.
    ...(/^0*$/.test(parentSpanId) ? {} : { parentSpanId }),
    ...(traceState === "" ? {} : { traceState }),
    name,
    kind: kinds[kind] ?? "INTERNAL",
    startTimeUnixNano: String(startTimeUnixNano),
    endTimeUnixNano: String(endTimeUnixNano),
    status: {
      code: statusCodes[status?.code ?? 0] ?? "UNSET",
      ...(status?.message ? { message: status.message } : {}),
    },
    attributes: attributesOf(attributes),
    events: events.map((event) => ({
      name: event.name,
      timeUnixNano: String(event.timeUnixNano),
      attributes: attributesOf(event.attributes),
    })),
    // A link to nowhere says nothing.
    links: links
      .map((link) => ({
        traceId: hex(link.traceId),
        spanId: hex(link.spanId),
        attributes: attributesOf(link.attributes),
      }))
      .filter((link) => isTraceId(link.traceId) && isSpanId(link.spanId)),
    scope: { name: scope?.name ?? "", ...(scope?.version ? { version: scope.version } : {}) },
  };
}

function complaintAbout(span: Span, now: Date): string | undefined {
  if (!isTraceId(span.traceId)) return "traceId must be 16 bytes that are not all zero";
  if (!isSpanId(span.spanId)) return "spanId must be 8 bytes that are not all zero";
  if (span.parentSpanId !== undefined && !isSpanId(span.parentSpanId)) return "parentSpanId must be 8 bytes, or none";
  const begins = millisecondsOf(span.startTimeUnixNano);
  if (begins < now.getTime() - earliestMilliseconds) return "startTimeUnixNano is more than 30 days ago";
  if (Math.max(begins, millisecondsOf(span.endTimeUnixNano)) > now.getTime() + latestMilliseconds) {
    return "startTimeUnixNano and endTimeUnixNano must not be more than an hour ahead: check the clock";
  }
  return isSpanSized(span) ? undefined : "the span is too large";
}

/** A time in milliseconds since 1970. */
export function millisecondsOf(unixNano: string): number {
  return Number(BigInt(unixNano) / 1_000_000n);
}

const isTraceId = (id: string) => /^(?!0{32})[\da-f]{32}$/.test(id);
const isSpanId = (id: string) => /^(?!0{16})[\da-f]{16}$/.test(id);

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
