import { setTimeout as delay } from "node:timers/promises";
import type { Decision, DecisionPage } from "@gatehouse/core/observability/query/answers.ts";
import { type QueryClient, QueryError, type QueryParameters } from "./queryClient.ts";

/** How far back each look goes: what is recorded later than this after it fell is not seen any more. */
const overlapMilliseconds = 60_000;

export interface FollowOptions {
  readonly ask: QueryClient;
  /** Which decisions, as the query API has it. */
  readonly filter: QueryParameters;
  readonly since: Date;
  /** Whether to look only once. */
  readonly once: boolean;
  readonly signal: AbortSignal;
  readonly pauseMilliseconds?: number;
  /** Told when Gatehouse can't be asked for the moment, and when it can again. */
  readonly onInterrupted?: (error: unknown) => void;
  readonly onResumed?: () => void;
}

/**
 * Decisions as they are recorded, each once; those that were there already in the order of time, and what is recorded late
 * when it is.
 * @throws what goes wrong the first time, and whatever asking again would not mend.
 */
export async function* follow(options: FollowOptions): AsyncGenerator<Decision> {
  const { since, once, signal, pauseMilliseconds = 1_000 } = options;
  /** The ids that were seen, with their times, as long as they can come again. */
  const seen = new Map<string, number>();
  let from = since;
  let interrupted = false;
  for (let asked = false; !signal.aborted; ) {
    try {
      for await (const page of pages(options, from)) {
        asked = true;
        if (interrupted) options.onResumed?.();
        interrupted = false;
        for (const decision of page.decisions) {
          if (seen.has(decision.decisionId)) continue;
          seen.set(decision.decisionId, Date.parse(decision.time));
          yield decision;
        }
        // By the clock of whoever answers.
        from = new Date(Math.max(from.getTime(), Date.parse(page.to) - overlapMilliseconds));
      }
      for (const [id, time] of seen) if (time < from.getTime()) seen.delete(id);
    } catch (error) {
      if (signal.aborted) return;
      if (!asked || once || (error instanceof QueryError && error.status < 500 && error.status !== 429)) throw error;
      if (!interrupted) options.onInterrupted?.(error);
      interrupted = true;
    }
    if (once) return;
    await delay(pauseMilliseconds, undefined, { signal }).catch(() => {});
  }
}

async function* pages({ ask, filter, signal }: FollowOptions, from: Date): AsyncGenerator<DecisionPage> {
  let nextToken: string | undefined;
  do {
    const parameters = { ...filter, from: from.toISOString(), order: "oldest", maxResults: 1_000, nextToken };
    // Made by the schema that its type comes from.
    const page = (await (await ask("/decisions", parameters, { signal })).json()) as DecisionPage;
    yield page;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}
