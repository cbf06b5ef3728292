import type { Effect, Increment } from "./effect.ts";

/** An increment of one item, made of all that there are of it. */
export interface SummedIncrement extends Pick<Increment, "table" | "key" | "says"> {
  readonly add: ReadonlyMap<string, number>;
  readonly include: ReadonlyMap<string, ReadonlySet<number>>;
}

/** Whatever an effect adds to counters, those of its occurrence included. */
export type IncrementsOf = (effect: Effect) => readonly Increment[];

/** How many items a transaction may have (DynamoDB, TransactWriteItems). */
const maxItems = 100;
/** It takes 4 MB; the rest is for what surrounds the rows. */
const maxBytes = 3_000_000;
/** The text of an expression may have 4 KB, of which a counter takes ten bytes. */
const maxCounters = 300;

/** Adds up what items' counters grow by, an increment an item. */
export function mergedIncrements(increments: readonly Increment[]): SummedIncrement[] {
  const merged = new Map<string, { first: Increment; add: Map<string, number>; include: Map<string, Set<number>> }>();
  for (const increment of increments) {
    const id = idOf(increment);
    const sum = merged.get(id) ?? { first: increment, add: new Map(), include: new Map() };
    merged.set(id, sum);
    for (const [name, count] of Object.entries(increment.add)) sum.add.set(name, (sum.add.get(name) ?? 0) + count);
    for (const [name, number] of Object.entries(increment.include ?? {})) {
      sum.include.set(name, (sum.include.get(name) ?? new Set()).add(number));
    }
  }
  return [...merged.values()].map(({ first: { table, key, says }, add, include }) => ({
    table,
    key,
    says,
    add,
    include,
  }));
}

/** Puts as many effects together as one transaction takes, in their order. */
export function groupsOf(effects: readonly Effect[], incrementsOf: IncrementsOf): Effect[][] {
  const groups: Effect[][] = [];
  let bytes = 0;
  /** The counters that the last group's transaction names, by item. */
  let counters = new Map<string, Set<string>>();
  for (const effect of effects) {
    const increments = incrementsOf(effect);
    const size = sizeOf(effect.row);
    const newItems = increments.filter((increment) => !counters.has(idOf(increment))).length;
    const room =
      (groups.at(-1)?.length ?? maxItems) + 1 + counters.size + newItems <= maxItems &&
      bytes + size <= maxBytes &&
      increments.every(
        (increment) => (counters.get(idOf(increment))?.size ?? 0) + countersOf(increment).length <= maxCounters,
      );
    if (!room) {
      groups.push([]);
      bytes = 0;
      counters = new Map();
    }
    groups.at(-1)?.push(effect);
    bytes += size;
    for (const increment of increments) {
      const names = counters.get(idOf(increment)) ?? new Set();
      counters.set(idOf(increment), names);
      for (const name of countersOf(increment)) names.add(name);
    }
  }
  return groups;
}

function countersOf({ add, include = {} }: Increment): string[] {
  return [...Object.keys(add), ...Object.keys(include)];
}

/** In bytes, as far as texts make it. */
function sizeOf(row: Effect["row"]): number {
  return Object.values(row).reduce<number>(
    (bytes, value) => bytes + (typeof value === "string" ? Buffer.byteLength(value) : 10),
    0,
  );
}

function idOf({ table, key }: Increment): string {
  return `${table} ${key.pk} ${key.sk}`;
}
