import type { Span } from "../../observability/spans/span.ts";
import type { LedgerRepository } from "../../storage/ledgerRepository.ts";
import type { RecordedSpan, SpanRepository } from "../../storage/spanRepository.ts";

/** What is read of a session. */
export interface SessionSources {
  readonly spans: Pick<SpanRepository, "trace" | "tracesOf">;
  readonly ledger: Pick<LedgerRepository, "decisionsOfSession">;
}

/** What of a session is evaluated at most: more than this no model reads, and no function holds. */
export const maxSpans = 10_000;

/**
 * The spans of all traces of a session that began before a moment, those of agents and the gateway's own, trace by trace.
 * @returns nothing where there are more than 10,000.
 */
export async function spansOfSession(
  { spans, ledger }: SessionSources,
  { sessionId, before }: { readonly sessionId: string; readonly before: Date },
  signal: AbortSignal,
): Promise<readonly RecordedSpan[] | undefined> {
  const traces = new Set((await spans.tracesOf(sessionId)).map(({ traceId }) => traceId));
  // Of what the gateway alone tells of, decisions say which session it is of.
  for await (const { traceId } of ledger.decisionsOfSession(sessionId)) if (traceId !== undefined) traces.add(traceId);
  const found: RecordedSpan[] = [];
  for (const traceId of traces) {
    signal.throwIfAborted();
    for (const recorded of await spans.trace(traceId)) {
      if (beginOf(recorded.span) < before.getTime()) found.push(recorded);
    }
    if (found.length > maxSpans) return undefined;
  }
  return found;
}

function beginOf({ startTimeUnixNano }: Span): number {
  return Number(BigInt(startTimeUnixNano) / 1_000_000n);
}
