import type { Effect, Increment } from "./effect.ts";

/** An increment of one item, made of all that there are of it. */
export interface SummedIncrement extends Pick<Increment, "table" | "key" | "says"> {
  readonly add: ReadonlyMap<string, number>;
  readonly include: ReadonlyMap<string, ReadonlySet<number>>;
}

/** How many items a transaction may have (DynamoDB, TransactWriteItems). */
const maxItems = 100;
/** It takes 4 MB; the rest is for what surrounds the rows. */
const maxBytes = 3_000_000;

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

/**
 * Puts as many effects together as one transaction takes, in their order.
 * @param sharedOf which items besides its row an effect needs; those that need the same one share it.
 */
export function groupsOf(effects: readonly Effect[], sharedOf: (effect: Effect) => readonly string[]): Effect[][] {
  const groups: Effect[][] = [];
  let bytes = 0;
  let shared = new Set<string>();
  for (const effect of effects) {
    const needed = sharedOf(effect);
    const size = sizeOf(effect.row);
    const group = groups.at(-1);
    const items = (group?.length ?? maxItems) + 1 + shared.union(new Set(needed)).size;
    if (group !== undefined && items <= maxItems && bytes + size <= maxBytes) {
      group.push(effect);
    } else {
      groups.push([effect]);
      bytes = 0;
      shared = new Set();
    }
    bytes += size;
    for (const id of needed) shared.add(id);
  }
  return groups;
}

/** In bytes, as far as texts and binaries make it. */
function sizeOf(row: Effect["row"]): number {
  return Object.values(row).reduce<number>((bytes, value) => {
    if (typeof value === "string") return bytes + Buffer.byteLength(value);
    return bytes + (value instanceof Uint8Array ? value.byteLength : 10);
  }, 0);
}

/** The item that an increment is of. */
export function idOf({ table, key }: Pick<Increment, "table" | "key">): string {
  return `${table} ${key.pk} ${key.sk}`;
}
