import { packed, unpacked } from "../packed.ts";
import type { Tallies, Tally } from "./tallies.ts";

/** An item may have 400 KB (DynamoDB, "Limits"). */
const maxBytes = 250_000;
/** A larger block isn't merged any more: what comes of two such would be no fewer. */
export const fullBytes = maxBytes / 2;

/**
 * Tallies as bytes of an item, in as many blocks as they take. A block is compressed JSON: for each series its text and then
 * numbers, for each time how much later it is than the one before, how many buckets it has, these with their counts, and the
 * sums.
 */
export function blocksOf(tallies: Tallies): Uint8Array[] {
  if (tallies.size === 0) return [];
  const bytes = packed([...tallies].map(([series, times]) => [series, ...numbersOf(times)]));
  return bytes.length <= maxBytes ? [bytes] : halvesOf(tallies).flatMap(blocksOf);
}

/**
 * What a block says.
 * @param measures how many its cube has.
 * @param wanted which series are read; the others cost nothing.
 */
export function talliesIn(block: Uint8Array, measures: number, wanted = (_series: string) => true): Tallies {
  const tallies: Tallies = new Map();
  // As written by `blocksOf`.
  const all = unpacked(block) as [string, ...number[]][];
  for (const [series, ...numbers] of all) if (wanted(series)) tallies.set(series, timesIn(numbers, measures));
  return tallies;
}

function numbersOf(times: ReadonlyMap<number, Tally>): number[] {
  const numbers: number[] = [];
  let before = 0;
  for (const [time, { durations, measures }] of [...times].sort(([a], [b]) => a - b)) {
    numbers.push(time - before, durations.size);
    for (const [bucket, count] of durations) numbers.push(bucket, count);
    numbers.push(...measures);
    before = time;
  }
  return numbers;
}

function timesIn(numbers: readonly number[], measures: number): Map<number, Tally> {
  const times = new Map<number, Tally>();
  let at = 0;
  const next = () => numbers[at++] ?? 0;
  for (let time = 0; at < numbers.length; ) {
    time += next();
    const durations = new Map<number, number>();
    for (let left = next(); left > 0; left--) durations.set(next(), next());
    times.set(time, { durations, measures: numbers.slice(at, at + measures) });
    at += measures;
  }
  return times;
}

/** Half of the series; of a single one, half of the times. */
function halvesOf(tallies: Tallies): Tallies[] {
  const [first, ...others] = tallies;
  if (first !== undefined && others.length === 0) {
    const [series, times] = first;
    return halves([...times]).map((half) => new Map([[series, new Map(half)]]));
  }
  return halves([...tallies]).map((half) => new Map(half));
}

function halves<T>(values: readonly T[]): T[][] {
  const middle = Math.ceil(values.length / 2);
  return [values.slice(0, middle), values.slice(middle)];
}
