import { randomUUID } from "node:crypto";
import { type CubeName, cubes } from "../../observability/cubes.ts";
import type { Item } from "../effect.ts";
import { keyPart } from "../keyPart.ts";
import { daysKept, expiryOfPeriod } from "../retention.ts";
import type { Look } from "./tallies.ts";

/** What is counted together: what happened on a day (UTC, as in `2026-11-20`) in the scope of a cube. */
export interface CountedDay {
  readonly cube: CubeName;
  /** The gateway's id, or the agent's name. */
  readonly scope: string;
  readonly date: string;
}

/** How a day is kept. What is new is kept in full; merging it makes the other views, each for one kind of question. */
export const views = {
  new: { minutes: 1, wide: true, days: daysKept.hours },
  minutes: { minutes: 1, wide: false, days: daysKept.minutes },
  hours: { minutes: 60, wide: false, days: daysKept.hours },
  wideHours: { minutes: 60, wide: true, days: daysKept.hours },
} as const satisfies Record<string, Look & { readonly days: number }>;
export type ViewName = keyof typeof views;

/** The views that are made by merging: of a cube without wide dimensions, one for the hours is enough. */
export function mergedViews(cube: CubeName): Exclude<ViewName, "new">[] {
  return cubes[cube].wideDimensions.length > 0 ? ["minutes", "hours", "wideHours"] : ["minutes", "hours"];
}

/** How often a block was merged, in one digit; the last is that of blocks that are full. */
export const fullLevel = 9;

/** A block as an item of a view's partition, under a name that nothing else has. */
export function blockItem(view: ViewName, { cube, scope, date }: CountedDay, level: number, counts: Uint8Array): Item {
  return {
    pk: blocksPartition(view, cube, scope),
    sk: `${date}#${level}#${randomUUID()}`,
    counts,
    expiresAt: expiryOfPeriod(date, views[view].days),
  };
}

/** Where the blocks of a view are, the days of a scope one after the other. */
export function blocksPartition(view: ViewName, cube: CubeName, scope: string): string {
  return `COUNTS#${view}#${cube}#${keyPart(scope)}`;
}

/**
 * Where a scope has an item a day that changes whenever blocks of the day are merged: who has read the same before and after
 * blocks has read each count once.
 */
export function headsPartition(cube: CubeName, scope: string): string {
  return `HEADS#${cube}#${keyPart(scope)}`;
}

/** Where the scopes are named in which anything was counted, by day. */
export function scopesPartition(cube: CubeName): string {
  return `SCOPES#${cube}`;
}

/** The mark by which a scope is found. */
export function scopeMark({ cube, scope, date }: CountedDay): Item & { readonly pk: string; readonly sk: string } {
  const expiresAt = expiryOfPeriod(date, daysKept.hours);
  return { pk: scopesPartition(cube), sk: `${date}#${keyPart(scope)}`, scope, expiresAt };
}
