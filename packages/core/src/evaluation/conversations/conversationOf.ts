import type { Span } from "../../observability/spans/span.ts";
import type { Conversation } from "../conversation.ts";
import { gapsOf, gapsOfTraces } from "./gaps.ts";
import { modelCallsOf } from "./modelCalls.ts";
import { isOfGateway } from "./readers/gatehouse.ts";
import { readSpan } from "./readers/readSpan.ts";
import { sessionsIn } from "./sessionsIn.ts";
import { resultsTold, withAskedFor } from "./toolCalls/askedFor.ts";
import type { Draft } from "./toolCalls/draft.ts";
import { mergedCalls } from "./toolCalls/merge.ts";
import { compare, type Trace, tracesOf } from "./trace.ts";
import { turnOf } from "./turn.ts";

export interface ConversationOptions {
  /**
   * Which spans the gateway has made, so that no agent's span stands for a decision (T22). Where nothing is known but what
   * spans say of themselves, that counts.
   */
  readonly isGateways?: (span: Span) => boolean;
}

/**
 * What an agent and its user said and did in a session, from all spans that tell of it, in whatever order and by whichever
 * conventions. Spans that say that they belong to another session are left out; those of traces that name no session count.
 * A trace in which nothing tells of an agent is no turn. Calls that only the gateway tells of, in traces of its own, are part
 * of the turn that was under way.
 */
export function conversationOf(
  spans: readonly Span[],
  sessionId: string,
  { isGateways = isOfGateway }: ConversationOptions = {},
): Conversation {
  const { chosen, sessionless } = spansOf(spans, sessionId);
  const read = withoutDuplicates(chosen, isGateways).map((span) => readSpan(span, isGateways(span)));
  const traces = tracesOf(read).sort(byBeginning);
  const calls = mergedCalls(traces);
  const callsOf = Map.groupBy(calls, createFinder(traces.filter(tellsOfAgent)));
  const turning = traces.filter((trace) => tellsOfAgent(trace) || callsOf.has(trace.traceId));
  const parts = turning.map((trace) => ({ trace, modelCalls: modelCallsOf(trace) }));
  const results = resultsTold(parts.flatMap(({ modelCalls }) => modelCalls));
  const made = parts.map(({ trace, modelCalls }) => {
    const ofTurn = callsOf.get(trace.traceId) ?? [];
    return turnOf(trace, modelCalls, withAskedFor(inTime(ofTurn), modelCalls, results));
  });
  return {
    sessionId,
    turns: made.map(({ turn }) => turn),
    gaps: [...gapsOfTraces({ traces, made, sessionless }), ...made.flatMap(gapsOf)],
  };
}

function spansOf(spans: readonly Span[], sessionId: string) {
  const sessions = sessionsIn(spans);
  const named = new Set([...sessions.values()].flatMap((own) => own.map(({ traceId }) => traceId)));
  const own = new Set(sessions.get(sessionId));
  return {
    chosen: spans.filter((span) => own.has(span) || !named.has(span.traceId)),
    sessionless: new Set(spans.map(({ traceId }) => traceId).filter((traceId) => !named.has(traceId))),
  };
}

/** Exporters send a span again where they don't know that it has come. Of several the one that says most counts. */
function withoutDuplicates(spans: readonly Span[], isGateways: (span: Span) => boolean): Span[] {
  const groups = Map.groupBy(spans, (span) => `${span.traceId} ${span.spanId} ${isGateways(span)}`);
  return [...groups.values()].flatMap((group) => {
    if (group.length === 1) return group;
    const keyed = group.map((span) => ({ span, key: JSON.stringify(span) }));
    keyed.sort((a, b) => b.key.length - a.key.length || compare(a.key, b.key));
    return keyed.slice(0, 1).map(({ span }) => span);
  });
}

/** Whether anything but the gateway tells of an agent at work. */
function tellsOfAgent({ spans }: Trace): boolean {
  return spans.some(({ role, isGateways }) => role !== "step" && !isGateways);
}

/** Finds the id of the trace whose turn a call belongs to: its own, or the one that was under way when it was made. */
function createFinder(ofAgents: readonly Trace[]): (call: Draft) => string {
  const extents = ofAgents.map(({ traceId, spans }) => ({
    traceId,
    from: BigInt(spans[0]?.span.startTimeUnixNano ?? 0),
    to: spans.reduce((latest, { span }) => {
      const end = BigInt(span.endTimeUnixNano);
      return end > latest ? end : latest;
    }, 0n),
  }));
  const own = new Set(ofAgents.map(({ traceId }) => traceId));
  return ({ span, startedAt }) => {
    if (own.has(span.traceId)) return span.traceId;
    const underWay = extents.findLast(({ from, to }) => from <= startedAt && startedAt <= to);
    return underWay?.traceId ?? span.traceId;
  };
}

function inTime(calls: readonly Draft[]): Draft[] {
  return calls.toSorted((a, b) => compare(a.startedAt, b.startedAt) || compare(a.span.spanId, b.span.spanId));
}

function byBeginning(a: Trace, b: Trace): number {
  const [first, second] = [a.spans[0]?.span.startTimeUnixNano ?? "0", b.spans[0]?.span.startTimeUnixNano ?? "0"];
  return compare(BigInt(first), BigInt(second)) || compare(a.traceId, b.traceId);
}
