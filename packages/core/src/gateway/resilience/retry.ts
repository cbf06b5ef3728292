import type { Clock } from "./clock.ts";
import { failureOf, retryAfterOf } from "./failures.ts";
import type { RetryBudget } from "./retryBudget.ts";

const firstBackoffMilliseconds = 100;
const longestBackoffMilliseconds = 2_000;

/** How often, and until when, a call is repeated. */
export interface RetryOptions {
  /** None for a tool that may not be called twice. */
  readonly maxRetries: number;
  readonly budget: RetryBudget;
  /** Milliseconds since 1970: no retry begins later. */
  readonly deadlineAt: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/**
 * Repeats a call whose target could not be reached, or wants it later. It waits in between, a random time up to twice as
 * long as before ("full jitter"), and at least as long as the target asked for; what doesn't fit before the deadline is not tried.
 */
export async function withRetries<Result>(
  attempt: () => Promise<Result>,
  { maxRetries, budget, deadlineAt, signal, clock }: RetryOptions,
): Promise<Result> {
  budget.called();
  for (let retries = 0; ; retries++) {
    try {
      return await attempt();
    } catch (error) {
      if (retries >= maxRetries || signal.aborted || !isWorthRepeating(error)) throw error;
      const wait = backoffMilliseconds(retries, clock.random(), retryAfterOf(error));
      if (clock.now() + wait >= deadlineAt || !budget.take()) throw error;
      await clock.sleep(wait, signal);
    }
  }
}

/** How long to wait before a retry, the first being number 0. @param random from 0 to 1. */
export function backoffMilliseconds(retry: number, random: number, retryAfter = 0): number {
  const longest = Math.min(longestBackoffMilliseconds, firstBackoffMilliseconds * 2 ** retry);
  return retryAfter + random * longest;
}

function isWorthRepeating(error: unknown): boolean {
  const failure = failureOf(error);
  return failure === "unavailable" || failure === "throttled";
}
