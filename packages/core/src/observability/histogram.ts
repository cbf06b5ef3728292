/**
 * Durations as a histogram of exponential buckets, so that histograms of minutes, tools or shards add up to that of all of
 * them. Bucket `k` holds what is over `growth^(k-1)` and at most `growth^k` microseconds; bucket 0 what is at most one.
 */
export type Histogram = ReadonlyMap<number, number>;

const growth = 2 ** (1 / 8);

/** How far off a percentile can be, as a share of it: half a bucket's width, because a bucket stands for its middle. */
export const relativeError = Math.sqrt(growth) - 1;

/** The bucket of a duration, in microseconds. */
export function bucketOf(microseconds: number): number {
  return microseconds <= 1 ? 0 : Math.ceil(Math.log(microseconds) / Math.log(growth));
}

/** The duration that a bucket stands for, in microseconds: the geometric middle of its bounds. */
export function durationOf(bucket: number): number {
  return bucket === 0 ? 1 : growth ** (bucket - 0.5);
}

/** How many durations there are. */
export function countIn(histogram: Histogram): number {
  return histogram.values().reduce((sum, count) => sum + count, 0);
}

/** Adds counts to a histogram. */
export function addTo(sum: Map<number, number>, histogram: Histogram): void {
  for (const [bucket, count] of histogram) sum.set(bucket, (sum.get(bucket) ?? 0) + count);
}

/**
 * The smallest duration that at least this share of all are not over (nearest rank), in microseconds; nothing where there
 * are none.
 * @param share from 0 to 1, as in 0.99.
 */
export function percentile(histogram: Histogram, share: number): number | undefined {
  const buckets = [...histogram].sort(([a], [b]) => a - b);
  const rank = Math.max(1, Math.ceil(countIn(histogram) * share));
  let seen = 0;
  for (const [bucket, count] of buckets) {
    seen += count;
    if (seen >= rank) return durationOf(bucket);
  }
  return undefined;
}
