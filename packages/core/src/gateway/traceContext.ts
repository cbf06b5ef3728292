import { isJsonObject, type Json } from "../json.ts";

const traceparent = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-[!-~]*)?$/;
const tracestateMember = /^[a-z\d][a-z\d_\-*/]{0,240}(@[a-z][a-z\d_\-*/]{0,13})?=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,256}$/;

/** Bounds of W3C: "tracestate Header Field Values" and "Baggage, Limits"; what is larger may be dropped, as a whole. */
const maxTraceparent = 256;
const maxTracestate = 512;
const maxTracestateMembers = 32;
const maxBaggage = 8_192;
const maxBaggageMembers = 64;

/** The trace that a request belongs to, for its target. */
export interface TraceContext {
  /** `traceparent`, `tracestate` and `baggage`, as far as they were there and well-formed. */
  readonly members: Readonly<Record<string, string>>;
  /** What its `traceparent` says; absent where there is none. */
  readonly parent?: TraceParent;
}

/** A request's place in the trace of whoever has sent it (W3C Trace Context, "traceparent Header"). */
export interface TraceParent {
  readonly traceId: string;
  readonly spanId: string;
  /** Two hexadecimal digits. */
  readonly flags: string;
}

/**
 * Reads the trace context of a request: in `params._meta` (MCP, "General fields"), or in the headers of the same names
 * (W3C Trace Context, W3C Baggage). What is malformed is as if it weren't there, and a `tracestate` goes with the
 * `traceparent` beside it.
 */
export function traceContextOf(meta: Json | undefined, headers: Headers): TraceContext {
  const inMeta = (name: string) => (isJsonObject(meta) ? meta[name] : undefined);
  const sources = [inMeta, (name: string) => headers.get(name)];
  const source = sources.find((source) => parentIn(source("traceparent")) !== undefined);
  const parent = source && parentIn(source("traceparent"));
  const state = source && [source("tracestate")].find(isTracestate);
  const baggage = sources.map((source) => source("baggage")).find(isBaggage);
  const members: Record<string, string> = {};
  if (source !== undefined) members.traceparent = String(source("traceparent"));
  if (state !== undefined) members.tracestate = state;
  if (baggage !== undefined) members.baggage = baggage;
  return { members, ...(parent === undefined ? {} : { parent }) };
}

/** What a text says, if it is a `traceparent`: of version 00 in full, of a later one as far as it is known. */
function parentIn(text: Json | undefined): TraceParent | undefined {
  if (typeof text !== "string" || text.length > maxTraceparent) return undefined;
  const [, version, traceId = "", spanId = "", flags = "", more] = traceparent.exec(text) ?? [];
  const known = version !== "ff" && (version !== "00" || more === undefined);
  return known && !isZero(traceId) && !isZero(spanId) ? { traceId, spanId, flags } : undefined;
}

function isZero(digits: string): boolean {
  return /^0*$/.test(digits);
}

function isTracestate(value: Json | undefined): value is string {
  if (typeof value !== "string" || value.length > maxTracestate) return false;
  const members = membersOf(value);
  const keys = new Set(members.map((member) => member.split("=", 1)[0]));
  return (
    members.length > 0 &&
    members.length <= maxTracestateMembers &&
    keys.size === members.length &&
    members.every((member) => tracestateMember.test(member))
  );
}

/** Keys are tokens; values and properties are what a header may hold, without the characters that part them. */
const baggageMember = /^[\w!#$%&'*+.^`|~-]+[ \t]*=[ \t]*[!#-+\--:<-[\]-~]*[ \t]*(;[ \t!#-+\--:<-[\]-~]*)*$/;

function isBaggage(value: Json | undefined): value is string {
  if (typeof value !== "string" || value.length > maxBaggage) return false;
  const members = membersOf(value);
  return (
    members.length > 0 &&
    members.length <= maxBaggageMembers &&
    members.every((member) => member.length <= 4_096 && baggageMember.test(member))
  );
}

/** The members of a list; none of one with characters that no header can have. */
function membersOf(list: string): string[] {
  if (!/^[\t -~]*$/.test(list)) return [];
  return list
    .split(",")
    .map((member) => member.trim())
    .filter((member) => member !== "");
}
