import type { Range } from "./range.ts";

const hour = 3_600_000;
/** Most hours are empty, or nearly: so many are read before it is their turn. Each reader holds a megabyte at most. */
const maxHoursAhead = 8;
const maxReadersAhead = 32;

/** A row, or that there is none before (after, where the latest come first) a position that was not there yet. */
export type Found<Row> =
  | { readonly position: string; readonly row: Row }
  | { readonly position: string; readonly row?: undefined };

/** From when until when, in which order. */
export interface FindQuery extends Range {
  readonly descending: boolean;
  /** Where it goes on: a position that was found before. It is not found again. */
  readonly after?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A part of a range, within one hour. */
export interface Part extends Range {
  readonly descending: boolean;
  readonly signal?: AbortSignal;
}

/**
 * What several scopes have, such as gateways, in the order of time, or against it; and the ends of hours that were looked
 * through, so that whoever stops there can go on from there.
 */
export async function* findInHours<Row>(
  query: FindQuery & {
    readonly scopes: readonly string[];
    /** Reads a scope's rows of a part in the order that is asked for. */
    readonly read: (scope: string, part: Part) => AsyncIterable<Row>;
    /** What rows sort by: a time in ISO 8601, then `#` and an id. */
    readonly positionOf: (row: Row) => string;
  },
): AsyncGenerator<Found<Row>> {
  const { scopes, read, positionOf, descending, after, signal } = query;
  const isNew = (position: string) => after === undefined || (descending ? position < after : position > after);
  const windows = [...hoursOf(resumed(query, after, descending), descending)];
  const ahead = Math.max(1, Math.min(maxHoursAhead, Math.floor(maxReadersAhead / Math.max(1, scopes.length))));
  const started = new Map<number, ReturnType<typeof begin>>();
  const begin = (window: Range) => {
    const part = { ...window, descending, ...(signal === undefined ? {} : { signal }) };
    const sources = scopes.map((scope) => read(scope, part));
    const rows = merged(sources, (a, b) =>
      descending ? positionOf(a) > positionOf(b) : positionOf(a) < positionOf(b),
    );
    const first = rows.next();
    // Where nobody comes to it any more, nobody hears of its failure.
    first.catch(() => {});
    return { rows, first };
  };
  try {
    for (const [index, window] of windows.entries()) {
      signal?.throwIfAborted();
      for (const [offset, next] of windows.slice(index, index + ahead).entries()) {
        if (!started.has(index + offset)) started.set(index + offset, begin(next));
      }
      const { rows, first } = started.get(index) ?? begin(window);
      for (let found = await first; !found.done; found = await rows.next()) {
        const position = positionOf(found.value);
        if (isNew(position)) yield { position, row: found.value };
      }
      started.delete(index);
      yield { position: (descending ? window.from : window.to).toISOString() };
    }
  } finally {
    await Promise.allSettled([...started.values()].map(({ rows }) => rows.return(undefined)));
  }
}

/** What is left of a range after a position. The millisecond of the position itself is looked through once more. */
function resumed({ from, to }: Range, after: string | undefined, descending: boolean): Range {
  if (after === undefined) return { from, to };
  const [time = "", id] = after.split("#");
  const at = new Date(time);
  if (!descending) return { from: at, to };
  return { from, to: id === undefined ? at : new Date(at.getTime() + 1) };
}

/** A range, hour by hour. */
export function* hoursOf({ from, to }: Range, descending: boolean): Generator<Range> {
  const first = Math.floor(from.getTime() / hour);
  const count = Math.max(0, Math.ceil(to.getTime() / hour) - first);
  for (let index = 0; index < count; index++) {
    const start = (first + (descending ? count - 1 - index : index)) * hour;
    yield {
      from: new Date(Math.max(start, from.getTime())),
      to: new Date(Math.min(start + hour, to.getTime())),
    };
  }
}

/** Several sequences in one order as one. All are begun at once, so that none waits for another's first answer. */
async function* merged<Row>(
  sources: readonly AsyncIterable<Row>[],
  isBefore: (a: Row, b: Row) => boolean,
): AsyncGenerator<Row> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  try {
    const heads = await Promise.all(iterators.map((iterator) => iterator.next()));
    for (;;) {
      let first: number | undefined;
      for (const [index, head] of heads.entries()) {
        if (head.done) continue;
        const best = first === undefined ? undefined : heads[first];
        if (best === undefined || best.done || isBefore(head.value, best.value)) first = index;
      }
      const head = first === undefined ? undefined : heads[first];
      const iterator = first === undefined ? undefined : iterators[first];
      if (first === undefined || head === undefined || head.done || iterator === undefined) return;
      yield head.value;
      heads[first] = await iterator.next();
    }
  } finally {
    await Promise.allSettled(iterators.map((iterator) => iterator.return?.()));
  }
}

/** A page ends after so many rows, whether they are what was asked for or not. */
const maxExamined = 20_000;

/** A page of what was found: the rows that are wanted, and where the next page goes on, if there is one. */
export async function pageOf<Row>(
  found: AsyncIterable<Found<Row>>,
  {
    maxResults,
    isWanted,
    millisecondsLeft,
  }: {
    readonly maxResults: number;
    readonly isWanted: (row: Row) => boolean;
    /** How long it may go on looking. */
    readonly millisecondsLeft: () => number;
  },
): Promise<{ readonly rows: readonly Row[]; readonly after?: string }> {
  const rows: Row[] = [];
  let examined = 0;
  let after: string | undefined;
  for await (const { position, row } of found) {
    // What was found beyond the page is found again on the next one, which begins after the position before it.
    const isFull = rows.length === maxResults || examined >= maxExamined || millisecondsLeft() <= 0;
    if (isFull && after !== undefined) return { rows, after };
    after = position;
    if (row === undefined) continue;
    examined++;
    if (isWanted(row)) rows.push(row);
  }
  return { rows };
}
