import { type AggregateRepository, type CellQuery, keptMinutes } from "../storage/aggregateRepository.ts";
import type { LedgerRepository } from "../storage/ledgerRepository.ts";
import type { RecordedCall, SpanRepository } from "../storage/spanRepository.ts";
import type { ToolDecision } from "./events.ts";
import { countIn } from "./histogram.ts";

/** How often something happened, by the ledger's rows and by the counters of one kind. */
export interface Tally {
  readonly cube: "decisions" | "calls";
  /** Which counters: each is kept for itself. `hourByPrincipal` are those told apart by principal and agent as well. */
  readonly by: "minute" | "hour" | "hourByPrincipal";
  readonly ledger: number;
  readonly counted: number;
}

/** What the ledger, the gateway's spans and the counters say of the same calls. */
export interface Reconciliation {
  readonly gatewayId: string;
  /** The whole minutes that were compared, ISO 8601: from the first one (inclusive) to another (exclusive). */
  readonly from: string;
  readonly to: string;
  /** Whether nothing is missing, and everything was counted exactly once. */
  readonly agrees: boolean;
  readonly decisions: number;
  readonly calls: number;
  /** Decisions that name no span: they were made by a gateway that made none yet. */
  readonly decisionsWithoutTrace: number;
  readonly tallies: readonly Tally[];
  /** Decisions whose span isn't in the ledger, and how many; at most a hundred are named. */
  readonly missingSpans: Missing;
  /** Spans whose decision isn't in the ledger. */
  readonly missingDecisions: Missing;
}

/** How many are missing, and the first of them. */
export interface Missing {
  readonly count: number;
  readonly named: readonly RecordedCall[];
}

const minute = 60_000;
const hour = 60 * minute;
/** A request begins before its decision falls, by no longer than a gateway may take over it. */
const longestRequest = 15 * minute;
const maxNamed = 100;

/**
 * Compares what is known of a gateway's calls: the decisions in the ledger, the gateway's own spans there, and what both were
 * counted as. What is still under way seems to be missing: a range should end some minutes ago. The range is widened to whole
 * minutes; counters of hours are compared where it is one of whole hours, and those of minutes for as long as they are kept.
 */
export async function reconcile(
  repositories: {
    readonly ledger: Pick<LedgerRepository, "decisions">;
    readonly spans: Pick<SpanRepository, "calls" | "trace">;
    readonly aggregates: Pick<AggregateRepository, "cells">;
  },
  query: { readonly gatewayId: string; readonly from: Date; readonly to: Date; readonly signal?: AbortSignal },
  now: Date = new Date(),
): Promise<Reconciliation> {
  const { ledger, spans, aggregates } = repositories;
  const { gatewayId, signal } = query;
  const from = Math.floor(query.from.getTime() / minute) * minute;
  const to = Math.ceil(query.to.getTime() / minute) * minute;
  const missingSpans: RecordedCall[] = [];
  const missingDecisions: RecordedCall[] = [];
  const counts = { decisions: 0, calls: 0, decisionsWithoutTrace: 0 };
  const between = (start: number, end: number) => ({
    gatewayId,
    from: new Date(start),
    to: new Date(end),
    ...(signal === undefined ? {} : { signal }),
  });

  // Hour by hour, so that any range fits into memory.
  for (let start = from; start < to; start = Math.min(to, (Math.floor(start / hour) + 1) * hour)) {
    const end = Math.min(to, (Math.floor(start / hour) + 1) * hour);
    const calls = await Array.fromAsync(spans.calls(between(start - longestRequest, end)));
    const decisions = await Array.fromAsync(ledger.decisions(between(start, end + longestRequest)), identity);
    const spanIds = new Set(calls.map(spanOf));
    const decisionIds = new Set(decisions.map(({ decisionId }) => decisionId));
    const isWithin = ({ time }: { readonly time: string }) => Date.parse(time) >= start && Date.parse(time) < end;
    for (const call of calls.filter(isWithin)) {
      counts.calls++;
      if (!decisionIds.has(call.decisionId)) missingDecisions.push(call);
    }
    for (const { traceId, spanId, ...decision } of decisions.filter(isWithin)) {
      counts.decisions++;
      if (traceId === undefined || spanId === undefined) counts.decisionsWithoutTrace++;
      // Of two decisions about one request, the span names one.
      else if (!spanIds.has(spanOf({ traceId, spanId })) && !(await hasGatewaySpan(spans, traceId, spanId))) {
        missingSpans.push({ ...decision, traceId, spanId });
      }
    }
  }

  const range = between(from, to);
  const isHours = from % hour === 0 && to % hour === 0;
  const kinds: Tally["by"][] = [
    ...(range.from >= keptMinutes(now) ? ["minute" as const] : []),
    ...(isHours ? (["hour", "hourByPrincipal"] as const) : []),
  ];
  const tallies: Tally[] = [];
  for (const cube of ["decisions", "calls"] as const) {
    for (const by of kinds) {
      const cells = aggregates.cells({ cube, scope: gatewayId, ...range, ...resolutionOf(by) });
      tallies.push({ cube, by, ledger: counts[cube], counted: await countOf(cells) });
    }
  }
  return {
    gatewayId,
    from: range.from.toISOString(),
    to: range.to.toISOString(),
    agrees:
      missingSpans.length + missingDecisions.length === 0 && tallies.every(({ ledger, counted }) => ledger === counted),
    ...counts,
    tallies,
    missingSpans: { count: missingSpans.length, named: missingSpans.slice(0, maxNamed) },
    missingDecisions: { count: missingDecisions.length, named: missingDecisions.slice(0, maxNamed) },
  };
}

async function hasGatewaySpan(spans: Pick<SpanRepository, "trace">, traceId: string, spanId: string): Promise<boolean> {
  const recorded = await spans.trace(traceId);
  return recorded.some(({ source, span }) => source === "gateway" && span.spanId === spanId);
}

/** What the comparison needs of a decision: an hour of them must fit into memory. */
function identity({ decisionId, time, traceId, spanId }: ToolDecision) {
  return { decisionId, time, traceId, spanId };
}

function spanOf({ traceId, spanId }: { readonly traceId: string; readonly spanId: string }): string {
  return `${traceId} ${spanId}`;
}

function resolutionOf(by: Tally["by"]): Pick<CellQuery, "resolution" | "wide"> {
  return by === "minute" ? { resolution: "minute" } : { resolution: "hour", wide: by === "hourByPrincipal" };
}

async function countOf(cells: ReturnType<AggregateRepository["cells"]>): Promise<number> {
  let count = 0;
  for await (const { durations } of cells) count += countIn(durations);
  return count;
}
