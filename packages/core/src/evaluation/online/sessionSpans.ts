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
/** In characters of their attributes and events: of each, reading and judging takes some seven bytes of memory. */
export const maxCharacters = 64_000_000;
/** A turn is a trace: one after the other they would take as long as there are turns. */
const readAtATime = 4;

/**
 * The spans of all traces of a session that began before a moment, those of agents and the gateway's own, trace by trace.
 * @returns nothing where there are more than 10,000, or where they say too much.
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
  const ids = [...traces];
  let characters = 0;
  for (let at = 0; at < ids.length; at += readAtATime) {
    signal.throwIfAborted();
    const read = await Promise.all(ids.slice(at, at + readAtATime).map((traceId) => spans.trace(traceId)));
    for (const recorded of read.flat()) {
      if (beginOf(recorded.span) >= before.getTime()) continue;
      found.push(recorded);
      characters += charactersOf(recorded.span);
    }
    if (found.length > maxSpans || characters > maxCharacters) return undefined;
  }
  return found;
}

function beginOf({ startTimeUnixNano }: Span): number {
  return Number(BigInt(startTimeUnixNano) / 1_000_000n);
}

function charactersOf({ attributes, events }: Span): number {
  const values = [attributes, ...events.map((event) => event.attributes)].flatMap((told) => Object.values(told));
  return values.reduce<number>(
    (sum, value) => sum + (typeof value === "string" ? value : JSON.stringify(value)).length,
    0,
  );
}
