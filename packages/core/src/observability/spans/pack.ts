import { gunzipSync, gzipSync } from "node:zlib";
import type { GatehouseEvent, SpansRecorded } from "../events.ts";
import type { SpanFacts } from "../facts.ts";
import { type Span, span as spanSchema } from "./span.ts";

/** A span that is to be recorded. */
export interface SpanToRecord {
  readonly span: Span;
  readonly sessionId?: string;
  readonly facts?: SpanFacts;
}

/** A span, or a part of one, as it is in events and in the ledger. */
export type PackedSpan = SpansRecorded["spans"][number];

/** An entry of the bus may take 256 KB; the rest is for what surrounds the spans. */
const maxEventBytes = 200_000;
/** What is smaller costs more to compress than it saves. */
const maxPlainBytes = 2_000;
/** More decompressed is not what was packed here. */
const maxSpanBytes = 16_000_000;

/** Whether a span is small enough to be packed, and unpacked again. */
export function isSpanSized(span: Span): boolean {
  return Buffer.byteLength(JSON.stringify(span)) <= maxSpanBytes;
}

/** Puts spans into as few events as the bus takes them in, in their order. */
export function packSpans(
  spans: readonly SpanToRecord[],
  from: Pick<SpansRecorded, "source" | "sender">,
): GatehouseEvent[] {
  const batches: PackedSpan[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const packed of spans.flatMap(packSpan)) {
    const size = Buffer.byteLength(JSON.stringify(packed));
    if (bytes + size > maxEventBytes) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)?.push(packed);
    bytes += size;
  }
  return batches.map((batch) => ({ type: "SpansRecorded", detail: { schemaVersion: 1, ...from, spans: batch } }));
}

function packSpan({ span, sessionId, facts }: SpanToRecord): PackedSpan[] {
  const text = JSON.stringify(span);
  const plain = Buffer.byteLength(text) <= maxPlainBytes;
  const body = plain ? text : gzipSync(text).toString("base64");
  // Cut by what JSON makes of it: Base64 needs no escaping, and plain texts are never cut.
  const count = plain ? 1 : Math.ceil(body.length / (maxEventBytes * 0.9));
  const length = Math.ceil(body.length / count);
  return Array.from({ length: count }, (_, index) => ({
    traceId: span.traceId,
    spanId: span.spanId,
    ...(sessionId === undefined ? {} : { sessionId }),
    startTimeUnixNano: span.startTimeUnixNano,
    part: { index, count },
    encoding: plain ? "json" : "gzip",
    body: body.slice(index * length, (index + 1) * length),
    ...(facts === undefined || index > 0 ? {} : { facts }),
  }));
}

/**
 * A span from its parts, in any order.
 * @returns nothing while a part is still under way.
 * @throws Error when they are no span.
 */
export function unpackSpan(parts: readonly Pick<PackedSpan, "part" | "encoding" | "body">[]): Span | undefined {
  const [first] = parts;
  const sorted = [...new Map(parts.map((packed) => [packed.part.index, packed])).entries()].sort(([a], [b]) => a - b);
  if (first === undefined || sorted.length < first.part.count) return undefined;
  const body = sorted.map(([, packed]) => packed.body).join("");
  const text =
    first.encoding === "json"
      ? body
      : gunzipSync(Buffer.from(body, "base64"), { maxOutputLength: maxSpanBytes }).toString("utf8");
  return spanSchema.parse(JSON.parse(text));
}
