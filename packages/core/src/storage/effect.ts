import type { Occurrence } from "../observability/cubes.ts";
import type { TableName } from "./tables.ts";

/** An item as a table holds it: its keys beside whatever it says. */
export type Item = Record<string, unknown>;

/** What an item's counters grow by. */
export interface Increment {
  readonly table: TableName;
  readonly key: { readonly pk: string; readonly sk: string };
  /** What else the item says: the same in every increment of it. */
  readonly says: Item;
  readonly add: Readonly<Record<string, number>>;
  /** What a set of numbers of it gains. */
  readonly include?: Readonly<Record<string, number>>;
}

/** An item that says the same however often, and by whomever, it is written. */
export interface Mark {
  readonly table: TableName;
  readonly item: Item & { readonly pk: string; readonly sk: string };
}

/** What follows in the tables from one thing that happened. */
export interface Effect {
  /** The row in the ledger that stands for it: there is one for each thing that happened, and it never changes. */
  readonly row: Item & { readonly pk: string; readonly sk: string };
  /** As it is counted in the aggregates. */
  readonly occurrences: readonly Occurrence[];
  /** What it adds to counters of the ledger. */
  readonly increments: readonly Increment[];
  readonly marks: readonly Mark[];
}
