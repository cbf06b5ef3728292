import type { JsonObject } from "../../../json.ts";
import { scrub } from "../../../observability/otlp/scrub.ts";
import type { Span } from "../../../observability/spans/span.ts";
import { attributesAt, invalid, jsonAt, listAt, member, objectAt, type Place, textAt } from "./values.ts";

/** What is around a document where spans share it, as OTLP has them. */
export interface Surroundings {
  readonly resource?: JsonObject;
  readonly scope?: Span["scope"];
}

/** A record of something that a span was about, told apart from it. */
export interface EventRecord {
  readonly traceId: string;
  readonly spanId: string;
  readonly event: Span["events"][number];
}

/**
 * A span, as OTLP's JSON or AWS's distribution of OpenTelemetry writes it. It holds no credentials any more (T18).
 * @throws GatehouseError that names the member which is missing, or is not what it has to be.
 */
export function spanAt(place: Place, surroundings: Surroundings): Span {
  const [traceId, spanId] = [traceIdAt(place), spanIdAt(member(place, "spanId", "span_id"))];
  const parentSpanId = textAt(member(place, "parentSpanId", "parent_span_id")) ?? "";
  const start = timeAt(member(place, "startTimeUnixNano", "start_time_unix_nano"));
  const end = member(place, "endTimeUnixNano", "end_time_unix_nano");
  const traceState = textAt(member(place, "traceState", "trace_state"));
  return scrub({
    traceId,
    spanId,
    // Some say that there is none with an id of zeros.
    ...(/^0*$/.test(parentSpanId) ? {} : { parentSpanId: spanIdAt(member(place, "parentSpanId", "parent_span_id")) }),
    ...(traceState === undefined || traceState === "" ? {} : { traceState }),
    name: textAt(member(place, "name")) ?? "",
    kind: kindAt(member(place, "kind")),
    startTimeUnixNano: start,
    endTimeUnixNano: end.value === undefined ? start : timeAt(end),
    status: statusAt(member(place, "status")),
    attributes: attributesAt(member(place, "attributes")),
    events: listAt(member(place, "events")).map((event) => eventAt(event, start)),
    links: [],
    scope: scopeAt(place) ?? surroundings.scope ?? { name: "" },
    resource: resourceAt(place) ?? surroundings.resource ?? {},
  });
}

/**
 * A record of a log that stands for an event of a span: OpenTelemetry's events, or what AWS's distribution takes out of a
 * span. Its body's members are the event's attributes.
 */
export function eventRecordAt(place: Place): EventRecord {
  const time = member(place, "timeUnixNano", "time_unix_nano");
  const observed = member(place, "observedTimeUnixNano", "observed_time_unix_nano");
  const attributes = attributesAt(member(place, "attributes"));
  const body = bodyAt(member(place, "body"));
  const name = textAt(member(place, "eventName", "event_name")) ?? attributes["event.name"];
  const when = [time, observed].find(({ value }) => value !== undefined && value !== 0 && value !== "0");
  return {
    traceId: traceIdAt(place),
    spanId: spanIdAt(member(place, "spanId", "span_id")),
    event: scrub({
      name: typeof name === "string" ? name : "",
      timeUnixNano: when === undefined ? "0" : timeAt(when),
      attributes: { ...attributes, ...body },
    }),
  };
}

/** The resource that a document is about, if it says one. */
export function resourceAt(place: Place): JsonObject | undefined {
  const resource = member(place, "resource");
  return resource.value === undefined ? undefined : attributesAt(member(resource, "attributes"));
}

/** The instrumentation that a document comes from, if it says one. */
export function scopeAt(place: Place): Span["scope"] | undefined {
  const scope = member(place, "scope", "instrumentationScope");
  if (scope.value === undefined) return undefined;
  const version = textAt(member(scope, "version"));
  return { name: textAt(member(scope, "name")) ?? "", ...(version ? { version } : {}) };
}

function eventAt(place: Place, otherwise: string): Span["events"][number] {
  const time = member(place, "timeUnixNano", "time_unix_nano");
  return {
    name: textAt(member(place, "name")) ?? "",
    timeUnixNano: time.value === undefined ? otherwise : timeAt(time),
    attributes: attributesAt(member(place, "attributes")),
  };
}

/** As an object, as OTLP's `AnyValue`, or as the text of one. */
function bodyAt(place: Place): JsonObject {
  const { value, path } = place;
  if (value === undefined) return {};
  const body = attributesAt({ value: [{ key: "body", value }], path }).body ?? null;
  const told = typeof body === "string" ? parsed({ value: body, path }) : body;
  return typeof told === "object" && told !== null && !Array.isArray(told) ? told : { body: told };
}

function parsed({ value, path }: { readonly value: string; readonly path: string }) {
  if (!value.trimStart().startsWith("{")) return value;
  try {
    return jsonAt({ value: JSON.parse(value), path });
  } catch {
    return value;
  }
}

function traceIdAt(place: Place): string {
  return idAt(member(place, "traceId", "trace_id"), 32);
}

function spanIdAt(place: Place): string {
  return idAt(place, 16);
}

function idAt(place: Place, digits: number): string {
  const id = textAt(place)?.toLowerCase();
  if (id === undefined) throw invalid(place, "is missing");
  if (id.length === digits && /^[\da-f]*[1-9a-f][\da-f]*$/.test(id)) return id;
  throw invalid(place, `must be ${digits} hexadecimal digits, not all zero`);
}

/** Nanoseconds since 1970: a number, though it holds them not quite, or a text. */
function timeAt(place: Place): string {
  const { value } = place;
  if (value === undefined) throw invalid(place, "is missing");
  if (typeof value === "number" && Number.isFinite(value) && value >= 0 && value < 2 ** 64) {
    return String(BigInt(Math.round(value)));
  }
  if (typeof value === "string" && /^\d{1,20}$/.test(value)) return value;
  throw invalid(place, "must be nanoseconds since 1970, as a number or as a text of digits");
}

const kinds = ["INTERNAL", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"] as const;

/** By its name, or by protobuf's name or number. */
function kindAt({ value }: Place): Span["kind"] {
  if (typeof value === "number") return kinds[value] ?? "INTERNAL";
  const name = String(value).toUpperCase().replace("SPAN_KIND_", "");
  return kinds.find((kind) => kind === name) ?? "INTERNAL";
}

const statusCodes = ["UNSET", "OK", "ERROR"] as const;

function statusAt(place: Place): Span["status"] {
  if (place.value === undefined) return { code: "UNSET" };
  if (typeof place.value !== "string") objectAt(place);
  const { value } = typeof place.value === "string" ? place : member(place, "code");
  const message = typeof place.value === "string" ? undefined : textAt(member(place, "message"));
  const name = String(value).toUpperCase().replace("STATUS_CODE_", "");
  const code = typeof value === "number" ? statusCodes[value] : statusCodes.find((one) => one === name);
  return { code: code ?? "UNSET", ...(message ? { message } : {}) };
}
