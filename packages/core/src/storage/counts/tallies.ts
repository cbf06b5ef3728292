import { type CubeName, cubes, type Occurrence } from "../../observability/cubes.ts";
import { addTo, bucketOf } from "../../observability/histogram.ts";

/** What happened to one series at one time. */
export interface Tally {
  /** How many durations there are in which bucket. */
  readonly durations: Map<number, number>;
  /** The sums of the cube's measures, in their order. */
  readonly measures: number[];
}

/** By series, which is one combination of dimensions as JSON text, and by time, in minutes since 1970. */
export type Tallies = Map<string, Map<number, Tally>>;

/** How a cube is looked at: how long a time is, in minutes, and whether series are told apart by wide dimensions too. */
export interface Look {
  readonly minutes: number;
  readonly wide: boolean;
}

const minute = 60_000;
/** Longer ones are counted as of a day: durations are anybody's to choose, and buckets take room. */
const maxMicroseconds = 86_400_000_000;

/** Counts what happened, by the minute and by every dimension. */
export function count(tallies: Tallies, { cube, dimensions, time, durationMicroseconds, measures }: Occurrence): void {
  const series = JSON.stringify(chosen(dimensions, namesOf(cube, true)));
  addTally(tallies, series, Math.floor(time / minute), {
    durations: new Map([[bucketOf(Math.min(durationMicroseconds, maxMicroseconds)), 1]]),
    measures: cubes[cube].measures.map((name) => measures[name] ?? 0),
  });
}

/** Adds tallies of a cube, or of what of it was looked at more closely, to those of a look, which takes them over. */
export function addTallies(sum: Tallies, more: Tallies, cube: CubeName, { minutes, wide }: Look): void {
  const names = namesOf(cube, wide);
  for (const [series, times] of more) {
    const narrow = wide ? series : JSON.stringify(chosen(dimensionsIn(series), names));
    for (const [time, tally] of times) addTally(sum, narrow, Math.floor(time / minutes) * minutes, tally);
  }
}

function addTally(sum: Tallies, series: string, time: number, more: Tally): void {
  let times = sum.get(series);
  if (times === undefined) {
    times = new Map();
    sum.set(series, times);
  }
  const tally = times.get(time);
  if (tally === undefined) {
    times.set(time, more);
    return;
  }
  addTo(tally.durations, more.durations);
  more.measures.forEach((value, index) => {
    tally.measures[index] = (tally.measures[index] ?? 0) + value;
  });
}

/** The dimensions that a series is told apart by. */
export function dimensionsIn(series: string): Readonly<Record<string, string>> {
  return JSON.parse(series); // As written by `count`.
}

function namesOf(cube: CubeName, wide: boolean): readonly string[] {
  const { dimensions, wideDimensions } = cubes[cube];
  return wide ? [...dimensions, ...wideDimensions] : dimensions;
}

/** In the order of the names, so that one combination is one text. */
function chosen(dimensions: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = Object.hasOwn(dimensions, name) ? dimensions[name] : undefined;
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}
