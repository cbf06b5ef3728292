import type { RateLimitRepository } from "../storage/rateLimitRepository.ts";
import type { Rate } from "../storage/tokenBucket.ts";

/** What limits are counted with. */
export interface LimitDependencies {
  readonly rateLimits: RateLimitRepository;
  readonly now: () => Date;
}

/**
 * Counts what strangers have done here, in buckets that every process shares.
 * @returns how many seconds there are to wait before it may be done once more; undefined where it may be done now.
 * @throws Error when the buckets can't be reached: then nothing is let through.
 */
export async function secondsToWait(
  key: string,
  rate: Rate,
  { rateLimits, now }: LimitDependencies,
): Promise<number | undefined> {
  const microseconds = now().getTime() * 1_000;
  const { retryAt } = await rateLimits.take(key, rate, 1, microseconds);
  return retryAt === undefined ? undefined : Math.max(1, Math.ceil((retryAt - microseconds) / 1_000_000));
}
