/** A limit as its bucket needs it. Times are whole microseconds, so that adding them up is exact. */
export interface Rate {
  /** How many tokens the bucket holds. */
  readonly capacity: number;
  /** How long one token takes to come back. */
  readonly interval: number;
}

/** How many tokens were taken; or none, and when there will be one. */
export type Taken =
  | { readonly tokens: number; readonly retryAt?: undefined }
  | { readonly tokens: 0; readonly retryAt: number };

/**
 * The rate of a limit. A token takes a whole number of microseconds, rounded up: in a period there are never more than
 * there may be.
 */
export function rateOf(limit: number, periodSeconds: number): Rate {
  return { capacity: limit, interval: Math.ceil((periodSeconds * 1_000_000) / limit) };
}

/**
 * Takes up to so many tokens from a bucket, which is one number: the time when it will be full again (the "theoretical
 * arrival time" of the generic cell rate algorithm). Where there are fewer it takes those.
 * @param fullAt absent for a bucket that was never used.
 */
export function takeFrom(
  fullAt: number | undefined,
  { capacity, interval }: Rate,
  wanted: number,
  now: number,
): Taken & { readonly fullAt: number } {
  const from = Math.max(fullAt ?? now, now);
  const tokens = Math.min(wanted, Math.floor((now + capacity * interval - from) / interval));
  if (tokens > 0) return { tokens, fullAt: from + tokens * interval };
  return { tokens: 0, retryAt: from + interval - capacity * interval, fullAt: from };
}
