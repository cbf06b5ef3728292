import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type Json } from "../../../json.ts";
import type { Span } from "../../../observability/spans/span.ts";
import { errorText } from "../errorText.ts";
import { firstText } from "../json.ts";
import type { ToolCallTold } from "../readers/reader.ts";
import type { Placed } from "../trace.ts";

/** A tool's call, on its way to a conversation: whoever else tells of it adds what they know. */
export interface Draft extends ToolCallTold {
  readonly span: Span;
  readonly reader: Placed["reader"];
  readonly tool: string;
  /** No attribute says the tool: the name of the span does. */
  readonly isNamedBySpan: boolean;
  /** Nanoseconds since 1970. */
  readonly startedAt: bigint;
  readonly endedAt: bigint;
  /** `model`: no span tells of it, but a model has asked for it. */
  readonly toldBy: "agent" | "gateway" | "model";
}

export function draftOf({ span, reader, isGateways }: Placed): Draft {
  const told = reader.toolCall(span);
  const error = told.error ?? errorText(span);
  return {
    ...told,
    span,
    reader,
    tool: told.tool ?? firstText(span.name.replace(/^execute_tool /, "")) ?? "unknown",
    isNamedBySpan: told.tool === undefined,
    startedAt: BigInt(span.startTimeUnixNano),
    endedAt: BigInt(span.endTimeUnixNano),
    toldBy: isGateways ? "gateway" : "agent",
    ...(error === undefined ? {} : { error }),
  };
}

/** What a call is when somebody else tells of it, too: what isn't known yet is known now. */
export function withMore(call: Draft, more: ToolCallTold): Draft {
  const { id, arguments: args, result, error, decision } = more;
  return {
    ...call,
    ...(call.id === undefined && id !== undefined ? { id } : {}),
    ...(call.arguments === undefined && args !== undefined ? { arguments: args } : {}),
    ...(call.result === undefined && result !== undefined ? { result } : {}),
    ...(call.error === undefined && error !== undefined ? { error } : {}),
    // Of several decisions about it, as when the answer was withheld, the last counts.
    ...(decision === undefined ? {} : { decision }),
  };
}

/** Whether two names are one tool's: frameworks put a server's or a target's name before it, with marks in between. */
export function isSameTool(a: string, b: string): boolean {
  const [longer, shorter] = a.length >= b.length ? [a, b] : [b, a];
  return longer === shorter || (longer.endsWith(shorter) && /[_./:-]/.test(longer.at(-shorter.length - 1) ?? ""));
}

/** Whether two can be about one call. What the gateway has masked can be anything. */
export function areArgumentsAlike(a: Json | undefined, b: Json | undefined): boolean {
  if (a === undefined || b === undefined) return true;
  if (isMasked(a) || isMasked(b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => areArgumentsAlike(item, b[index]));
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return a === b;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && areArgumentsAlike(a[name], b[name]))
  );
}

/** Whether both tell arguments, the same ones, and any at all. */
export function areArgumentsEqual(a: Json | undefined, b: Json | undefined): boolean {
  return isJsonObject(a) && Object.keys(a).length > 0 && isDeepStrictEqual(a, b);
}

/** Whether a text stands for what was left out of it (`observability/redaction/redact.ts`). */
export function isMasked(value: Json): boolean {
  return typeof value === "string" && /^<(?:masked|cut|string of \d+|number of \d+ digits)>$/.test(value);
}
