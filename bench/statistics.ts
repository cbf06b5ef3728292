/** The value below which a share of the samples lies. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export interface Summary {
  readonly p50: number;
  readonly p99: number;
}

/** Median and 99th percentile. */
export function summary(samples: readonly number[]): Summary {
  return { p50: percentile(samples, 0.5), p99: percentile(samples, 0.99) };
}

/** Times a synchronous function, call by call, in microseconds; the first calls are for warming up. */
export function timeCalls(
  call: (index: number) => void,
  { calls, warmUp }: { calls: number; warmUp: number },
): number[] {
  const samples: number[] = [];
  for (let index = 0; index < warmUp + calls; index++) {
    const start = performance.now();
    call(index);
    if (index >= warmUp) samples.push((performance.now() - start) * 1_000);
  }
  return samples;
}

/** Rounds for people. */
export function round(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}
