import { setTimeout as delay } from "node:timers/promises";
import { type QueryClient, QueryError, type QueryParameters } from "./queryClient.ts";

/** How far back each look goes: what is recorded later than this after it fell is not seen any more. */
const overlapMilliseconds = 60_000;

/** A list of the query API that can be followed. */
export interface Followed<Row> {
  readonly path: string;
  /** Under which name its pages have their rows. */
  readonly rows: string;
  /** By what a row is known, and by when it is listed, in ISO 8601. */
  readonly idOf: (row: Row) => string;
  readonly timeOf: (row: Row) => string;
}

/** A page, whose rows are under a name of the list's own. */
interface Page {
  readonly to: string;
  readonly nextToken?: string;
  readonly [rows: string]: unknown;
}

export interface FollowOptions<Row> {
  readonly ask: QueryClient;
  readonly list: Followed<Row>;
  /** Which rows, as the query API has it. */
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
 * The rows of a list as they are recorded, each once; those that were there already in the order of time, and what is recorded late
 * when it is.
 * @throws what goes wrong the first time, and whatever asking again would not mend.
 */
export async function* follow<Row>(options: FollowOptions<Row>): AsyncGenerator<Row> {
  const { list, since, once, signal, pauseMilliseconds = 1_000 } = options;
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
        for (const row of page[list.rows] as readonly Row[]) {
          const id = list.idOf(row);
          if (seen.has(id)) continue;
          seen.set(id, Date.parse(list.timeOf(row)));
          yield row;
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

async function* pages<Row>({ ask, list, filter, signal }: FollowOptions<Row>, from: Date): AsyncGenerator<Page> {
  let nextToken: string | undefined;
  do {
    const parameters = { ...filter, from: from.toISOString(), order: "oldest", maxResults: 1_000, nextToken };
    // Made by the schemas that its type and its rows' come from.
    const page = (await (await ask(list.path, parameters, { signal })).json()) as Page;
    yield page;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}
