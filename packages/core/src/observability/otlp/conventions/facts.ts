import type { SpanFacts } from "../../facts.ts";
import type { Span } from "../../spans/span.ts";
import { costOf } from "../prices.ts";
import type { Convention, SpanMeaning } from "./convention.ts";
import { errorOf } from "./errorOf.ts";
import { openInference } from "./openInference.ts";
import { openTelemetry } from "./openTelemetry.ts";
import { countOf, textOf } from "./read.ts";
import { strands } from "./strands.ts";
import { traceloop } from "./traceloop.ts";

/** Looked at in this order: the first that knows what a span is about counts. */
const conventions: readonly Convention[] = [strands, openInference, openTelemetry, traceloop];

/** What a span of an agent means, by whichever convention it follows; nothing where it means nothing that is counted. */
export function factsOf(span: Span): SpanFacts | undefined {
  const { convention, meaning } = conventionOf(span) ?? {};
  if (convention === undefined) return undefined;
  if (meaning === "modelCall") return modelCall(span, convention);
  return meaning === "toolCall" ? toolCall(span, convention) : undefined;
}

/** The convention that a span of an agent follows, and what the span is about by it; nothing where it follows none. */
export function conventionOf(
  span: Span,
): { readonly convention: Convention; readonly meaning: SpanMeaning } | undefined {
  for (const convention of conventions) {
    const meaning = meaningOf(span, convention);
    if (meaning !== undefined) return { convention, meaning };
  }
  return undefined;
}

function meaningOf(span: Span, { kind, applies }: Convention): SpanMeaning | undefined {
  if (applies?.(span) === false) return undefined;
  const value = textOf(span.attributes, kind.attributes)?.toLowerCase();
  if (value === undefined) return undefined;
  return Object.hasOwn(kind.of, value) ? kind.of[value] : "other";
}

function modelCall(span: Span, convention: Convention): SpanFacts {
  const { attributes } = span;
  const provider = textOf(
    attributes,
    convention.provider.filter((name) => !isNone(attributes[name], convention)),
  );
  const model = textOf(attributes, convention.model) ?? "unknown";
  const inputTokens = countOf(attributes, convention.inputTokens) ?? 0;
  const outputTokens = countOf(attributes, convention.outputTokens) ?? 0;
  const cacheReadTokens = countOf(attributes, convention.cacheReadTokens) ?? 0;
  const cacheWriteTokens = countOf(attributes, convention.cacheWriteTokens) ?? 0;
  const cost = costOf({ provider, model, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens });
  return {
    type: "modelCall",
    agent: agentOf(span, convention),
    ...(provider === undefined ? {} : { provider }),
    model,
    inputTokens,
    outputTokens,
    ...(cost === undefined ? {} : { costNanoDollars: cost }),
    ...ending(span, "model"),
  };
}

function toolCall(span: Span, convention: Convention): SpanFacts {
  const tool = textOf(span.attributes, convention.tool) ?? textOf({ name: span.name }, ["name"]) ?? "unknown";
  return { type: "agentToolCall", agent: agentOf(span, convention), tool, ...ending(span, "tool") };
}

function ending(span: Span, about: "model" | "tool") {
  const error = errorOf(span, about);
  const nanoseconds = BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano);
  // A clock that was set back while it ran says nothing of how long it took.
  const durationMicroseconds = nanoseconds > 0n ? Number(nanoseconds) / 1_000 : 0;
  return { ...(error === undefined ? {} : { error }), durationMicroseconds };
}

/** What SDKs call a process that nobody has given a name (OpenTelemetry, resource semantic conventions) is the last resort. */
function agentOf({ attributes, resource }: Span, convention: Convention): string {
  const service = textOf(resource, ["service.name"]);
  if (service !== undefined && !service.startsWith("unknown_service")) return service;
  return textOf(attributes, convention.agent) ?? service ?? "unknown";
}

function isNone(value: unknown, { noProvider = [] }: Convention): boolean {
  return typeof value === "string" && noProvider.includes(value);
}
