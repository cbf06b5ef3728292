import type { Span } from "../../../observability/spans/span.ts";
import { compare } from "../trace.ts";
import { type EventRecord, eventRecordAt, resourceAt, type Surroundings, scopeAt, spanAt } from "./readDocument.ts";
import { invalid, listAt, member, objectAt, type Place } from "./values.ts";

/** As many as AgentCore takes at a time. */
const mostSpans = 20_000;

/**
 * The spans that documents hold, as `Evaluate` is sent them (`sessionSpans`). A document is a span as AWS's distribution of
 * OpenTelemetry writes it (attributes as an object) or as OTLP's JSON has it (attributes as a list), a whole request of OTLP
 * (`resourceSpans`, `resourceLogs`), or a record of an event, which becomes an event of its span.
 * @param name what messages call the list.
 * @throws GatehouseError `validation` that says which document is wrong, in which member, and what would be right.
 */
export function spansFromDocuments(documents: readonly unknown[], name = "sessionSpans"): Span[] {
  const found: Found = { spans: [], records: [] };
  for (const place of listAt({ value: documents, path: name })) addDocument(place, found);
  if (found.spans.length === 0 && found.records.length > 0) {
    throw invalid({ path: name }, "holds records of events, and no span: send the spans that they belong to, too");
  }
  return withEvents(found);
}

interface Found {
  readonly spans: Span[];
  readonly records: EventRecord[];
}

function addDocument(place: Place, found: Found): void {
  const has = membersOf(place);
  if (has("resourceSpans", "resource_spans", "resourceLogs", "resource_logs")) addRequest(place, found);
  else if (has("scopeSpans", "scope_spans", "scopeLogs", "scope_logs")) addResource(place, found);
  else addEntry(place, {}, found);
}

function addEntry(place: Place, surroundings: Surroundings, found: Found): void {
  if (found.spans.length + found.records.length >= mostSpans) {
    const most = mostSpans.toLocaleString("en");
    throw invalid(place, `is one too many: at most ${most} spans and records are evaluated at a time`);
  }
  const has = membersOf(place);
  if (has("body", "eventName", "event_name", "timeUnixNano", "time_unix_nano", "observedTimeUnixNano")) {
    if (!isPlainLog(objectAt(place))) found.records.push(eventRecordAt(place));
  } else if (has("traceId", "trace_id", "spanId", "span_id", "startTimeUnixNano", "start_time_unix_nano")) {
    found.spans.push(spanAt(place, surroundings));
  } else {
    throw invalid(
      place,
      "must be a span (with traceId, spanId and startTimeUnixNano), or a record of an event (with traceId, spanId and body)",
    );
  }
}

function membersOf(place: Place): (...names: readonly string[]) => boolean {
  const object = objectAt(place);
  return (...names) => names.some((name) => object[name] !== undefined && object[name] !== null);
}

/** A line of an application's log that belongs to no span. */
function isPlainLog(document: Readonly<Record<string, unknown>>): boolean {
  const spanId = document.spanId ?? document.span_id ?? "";
  return typeof spanId === "string" && /^0*$/.test(spanId);
}

function addRequest(place: Place, found: Found): void {
  for (const resource of listAt(member(place, "resourceSpans", "resource_spans"))) addResource(resource, found);
  for (const resource of listAt(member(place, "resourceLogs", "resource_logs"))) addResource(resource, found);
}

function addResource(place: Place, found: Found): void {
  const resource = resourceAt(place) ?? {};
  const scopes = [
    ...listAt(member(place, "scopeSpans", "scope_spans")).map((of) => ({ of, spans: member(of, "spans") })),
    ...listAt(member(place, "scopeLogs", "scope_logs")).map((of) => ({
      of,
      spans: member(of, "logRecords", "log_records"),
    })),
  ];
  for (const { of, spans } of scopes) {
    const scope = scopeAt(of);
    for (const document of listAt(spans)) {
      addEntry(document, { resource, ...(scope === undefined ? {} : { scope }) }, found);
    }
  }
}

/** Spans with the events that were told apart from them, in the order of time. */
function withEvents({ spans, records }: Found): Span[] {
  const bySpan = Map.groupBy(records, ({ traceId, spanId }) => `${traceId} ${spanId}`);
  return spans.map((span) => {
    const more = bySpan.get(`${span.traceId} ${span.spanId}`) ?? [];
    if (more.length === 0) return span;
    const added = more.map(({ event }) => ({ event, key: JSON.stringify(event) }));
    added.sort((a, b) => compare(a.key, b.key));
    const events = [...span.events, ...added.map(({ event }) => event)];
    return { ...span, events: events.sort((a, b) => compare(BigInt(a.timeUnixNano), BigInt(b.timeUnixNano))) };
  });
}
