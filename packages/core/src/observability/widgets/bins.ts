import { daysKept } from "../../storage/retention.ts";

/** A stretch of time, in milliseconds since 1970: from one moment (inclusive) to another (exclusive). */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** A range cut into equal pieces, which are at least as coarse as what is read for them. */
export interface Bins extends TimeRange {
  /** The length of each, in milliseconds. */
  readonly step: number;
  /** Where each begins. */
  readonly starts: readonly number[];
  /** The resolution at which to read what goes into them. */
  readonly resolution: "minute" | "hour" | "day";
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const steps = [minute, 2 * minute, 5 * minute, 10 * minute, hour, 3 * hour, 6 * hour, day, 7 * day];
/** More columns are thinner than the gaps between them. */
const mostBins = 60;
/** Nothing is kept longer. */
const longest = daysKept.hours * day;

/**
 * Cuts a range into at most 60 pieces and those that its ends touch: the first and the last are whole as well. One that is
 * longer than anything is kept begins later.
 * @param finest the shortest piece that there may be: what is counted by the hour can't be cut into minutes.
 */
export function binsOf({ from, to }: TimeRange, finest: "minute" | "hour" = "minute"): Bins {
  const begin = Math.max(from, to - longest);
  const possible = steps.filter((step) => finest === "minute" || step >= hour);
  const step = possible.find((step) => (to - begin) / step <= mostBins) ?? 7 * day;
  const first = Math.floor(begin / step) * step;
  const count = Math.max(1, Math.ceil((to - first) / step));
  return {
    from: first,
    to: first + count * step,
    step,
    starts: Array.from({ length: count }, (_, index) => first + index * step),
    resolution: step < hour ? "minute" : step < day ? "hour" : "day",
  };
}

/** Which piece a moment is in; nothing where it is in none. */
export function binAt({ from, to, step }: Bins, time: number): number | undefined {
  return time < from || time >= to ? undefined : Math.floor((time - from) / step);
}
