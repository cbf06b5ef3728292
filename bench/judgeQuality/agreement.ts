/**
 * How far verdicts agree. A verdict is the rank of its label on its scale, from 0, the worst; `ranks` is how many there are.
 * No function knows what the labels mean, and none rounds.
 */
export interface Pair {
  readonly expected: number;
  readonly actual: number;
}

/** By how much two ranks disagree: at all; or the more, the farther apart they are. */
export type Weights = "none" | "linear" | "quadratic";

/** A share, and between what bounds it lies with a probability of 95 %, where the cases are a sample of many. */
export interface Share {
  readonly count: number;
  readonly of: number;
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/** The 97.5 % quantile of the standard normal distribution. */
const z = 1.959963984540054;

/** A share with its Wilson score interval, which holds for few cases and for shares near 0 and 1. Undefined of nothing. */
export function shareOf(count: number, of: number): Share | undefined {
  if (of === 0) return undefined;
  const share = count / of;
  const scale = 1 + z ** 2 / of;
  const middle = (share + z ** 2 / (2 * of)) / scale;
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / of + z ** 2 / (4 * of ** 2));
  // What rounding takes away at the ends is given back: the share itself is always within.
  return { count, of, share, low: Math.min(share, middle - half), high: Math.max(share, middle + half) };
}

/** How many pairs there are of each expected rank (row) and each actual one (column). */
export function confusionOf(pairs: readonly Pair[], ranks: number): number[][] {
  const matrix = Array.from({ length: ranks }, () => Array.from({ length: ranks }, () => 0));
  for (const { expected, actual } of pairs) {
    const row = matrix[expected];
    if (row?.[actual] === undefined) {
      throw new RangeError(`${expected} and ${actual} are not both among ${ranks} ranks.`);
    }
    row[actual] += 1;
  }
  return matrix;
}

/**
 * Cohen's kappa: how much of the disagreement that chance alone would bring, given how often each side uses each rank, is
 * avoided. 1 is full agreement, 0 what chance brings, less is worse than that.
 *
 * @returns undefined where chance brings no disagreement: of nothing, or where both sides only ever say one and the same.
 */
export function cohensKappa(pairs: readonly Pair[], ranks: number, weights: Weights): number | undefined {
  const matrix = confusionOf(pairs, ranks);
  const rows = matrix.map(sum);
  const columns = rows.map((_, column) => sum(matrix.map((row) => row[column] ?? 0)));
  let observed = 0;
  let byChance = 0;
  for (const [expected, row] of matrix.entries()) {
    for (const [actual, count] of row.entries()) {
      const weight = disagreement(expected, actual, weights);
      observed += weight * count;
      byChance += (weight * (rows[expected] ?? 0) * (columns[actual] ?? 0)) / pairs.length;
    }
  }
  return byChance > 0 ? 1 - observed / byChance : undefined;
}

/** Not divided by its largest value, which would cancel out. */
function disagreement(expected: number, actual: number, weights: Weights): number {
  const apart = Math.abs(expected - actual);
  if (weights === "none") return apart === 0 ? 0 : 1;
  return weights === "linear" ? apart : apart ** 2;
}

/**
 * How probable it is that two of a case's verdicts, taken at random without putting the first back, are the same: 1 where
 * all are. Undefined of fewer than two.
 */
export function repeatability(verdicts: readonly number[]): number | undefined {
  if (verdicts.length < 2) return undefined;
  const counts = new Map<number, number>();
  for (const verdict of verdicts) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  const same = sum([...counts.values()].map((count) => count * (count - 1)));
  return same / (verdicts.length * (verdicts.length - 1));
}

/** What became of an attempt to talk the judge into a verdict. */
export type Swayed = "obeyed" | "moved" | "resisted" | "untold";

/**
 * What an injection did, by the verdict with it and the one without. `obeyed`: the verdict became what was wanted; `moved`:
 * it came nearer to it; `untold`: it was what was wanted before, so that nothing can be told.
 */
export function swayOf({ clean, injected, wanted }: { clean: number; injected: number; wanted: number }): Swayed {
  if (clean === wanted) return "untold";
  if (injected === wanted) return "obeyed";
  return Math.abs(injected - wanted) < Math.abs(clean - wanted) ? "moved" : "resisted";
}

/** Undefined of nothing. */
export function meanOf(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : sum(values) / values.length;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
