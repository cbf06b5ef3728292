import { daysKept } from "../../storage/retention.ts";
import { relativeError } from "../histogram.ts";
import { type Missing, reconcile } from "../reconcile.ts";
import { aggregate } from "./aggregate.ts";
import type { Reconciliations } from "./answers.ts";
import type { QuerySources } from "./dependencies.ts";
import { gatewaysOf, listDecisions } from "./listDecisions.ts";
import { listEvaluations } from "./listEvaluations.ts";
import type { AnswerOf, InputOf, QueryOperationName } from "./operations.ts";
import { rangeOf } from "./range.ts";
import { listSessions, sessionTree, traceTree } from "./sessions.ts";
import { topLists } from "./top.ts";

/** What a request has besides its parameters. */
export interface Scope {
  readonly now: Date;
  readonly signal: AbortSignal;
  /** How long it may go on looking before it answers with what it has. */
  readonly millisecondsLeft: () => number;
}

/** Handlers of the operations that answer in one piece. */
export type QueryHandlers = {
  readonly [Name in Exclude<QueryOperationName, "ExportDecisions">]: (
    input: InputOf<Name>,
    scope: Scope,
  ) => Promise<AnswerOf<Name>>;
};

/** How long what was accepted may be on its way to the ledger, where nothing is wrong. */
const settledMilliseconds = 5 * 60_000;

export function queryHandlers(sources: QuerySources): QueryHandlers {
  return {
    ListDecisions: (input, scope) => listDecisions(sources, input, scope),
    ListEvaluations: (input, scope) => listEvaluations(sources, input, scope),
    ListSessions: (input, scope) => listSessions(sources, input, scope),
    GetSession: (input, { signal }) => sessionTree(sources, input, signal),
    GetTrace: (input, { signal }) => traceTree(sources, input, signal),
    async GetAggregates({ cube, groupBy, interval, from, to, format: _, ...filter }, { now, signal }) {
      const range = rangeOf({ from, to }, daysKept.hours, now);
      const sums = await aggregate(sources.aggregates, { cube, groupBy, interval, filter, ...range, now, signal });
      return {
        cube,
        from: sums.from.toISOString(),
        to: sums.to.toISOString(),
        groupBy,
        ...(interval === undefined ? {} : { interval }),
        percentileError: relativeError,
        total: sums.total,
        aggregates: [...sums.rows],
      };
    },
    async GetReconciliation({ from, to, gateway }, { now, signal }) {
      const settled = new Date(now.getTime() - settledMilliseconds);
      const until = to === undefined ? settled : new Date(to);
      const since = from ?? new Date(until.getTime() - 3_600_000).toISOString();
      const range = rangeOf({ from: since, to: until.toISOString() }, daysKept.decisions, now);
      const gateways: Reconciliations["gateways"] = [];
      for (const gatewayId of await gatewaysOf(sources, gateway, range)) {
        const { tallies, missingSpans, missingDecisions, ...rest } = await reconcile(
          sources,
          { gatewayId, ...range, signal },
          now,
        );
        gateways.push({
          ...rest,
          tallies: [...tallies],
          missingSpans: shownMissing(missingSpans),
          missingDecisions: shownMissing(missingDecisions),
        });
      }
      return {
        from: range.from.toISOString(),
        to: range.to.toISOString(),
        agrees: gateways.every(({ agrees }) => agrees),
        gateways,
      };
    },
    async ListTop({ of, gateway, agent, limit, from, to }, { now, signal }) {
      const { cube, groupBy, filter, ...list } = topLists[of];
      const range = rangeOf({ from, to }, daysKept.hours, now);
      const asked = { ...filter, gateway, agent };
      const sums = await aggregate(sources.aggregates, {
        cube,
        groupBy,
        filter: asked,
        ...list,
        ...range,
        now,
        signal,
      });
      return {
        of,
        from: sums.from.toISOString(),
        to: sums.to.toISOString(),
        total: sums.total,
        percentileError: relativeError,
        entries: sums.rows.slice(0, limit),
      };
    },
  };
}

function shownMissing({ count, named }: Missing): Reconciliations["gateways"][number]["missingSpans"] {
  return {
    count,
    named: named.map(({ decisionId, traceId, spanId, time }) => ({ decisionId, traceId, spanId, time })),
  };
}
