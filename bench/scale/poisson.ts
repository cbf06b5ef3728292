/** Above this mean, a Poisson distribution is as good as normal, and its own formula underflows. */
const largeMean = 400;

/** The probabilities of 0, 1, 2, ... arrivals where `mean` are expected; ends where hardly any is left. */
function* probabilities(mean: number): Generator<number> {
  let probability = Math.exp(-mean);
  for (let count = 0; count <= mean || probability > 1e-15; count++) {
    yield probability;
    probability *= mean / (count + 1);
  }
}

/** The expected value of min(bound, N) for N Poisson distributed arrivals. */
export function expectedAtMost(bound: number, mean: number): number {
  if (mean > largeMean && mean > 2 * bound) return bound;
  if (mean > largeMean)
    throw new RangeError(`A mean of ${mean} with a bound of ${bound} is out of what is needed here.`);
  let expected = bound;
  let count = 0;
  for (const probability of probabilities(mean)) {
    if (count >= bound) break;
    expected -= (bound - count) * probability;
    count++;
  }
  return expected;
}

/** How many there are at most in all but a share of moments, where `mean` are there on average: by Poisson. */
export function quantile(mean: number, share: number): number {
  if (mean > largeMean) return Math.ceil(mean + normalQuantile(share) * Math.sqrt(mean));
  let sum = 0;
  let count = 0;
  for (const probability of probabilities(mean)) {
    sum += probability;
    if (sum >= share) return count;
    count++;
  }
  return count;
}

/** Of the standard normal distribution, by bisection: exact enough, and needed a few hundred times at most. */
function normalQuantile(share: number): number {
  let [low, high] = [0, 10];
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (normalShare(middle) < share) low = middle;
    else high = middle;
  }
  return high;
}

/** The share below `x`, for x of at least 0 (Abramowitz and Stegun, 26.2.17; off by less than 7.5e-8). */
function normalShare(x: number): number {
  const t = 1 / (1 + 0.2316419 * x);
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return 1 - (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * series;
}
