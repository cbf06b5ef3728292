import { setTimeout } from "node:timers/promises";
import type { Period, Taken, TokenCounts } from "../../storage/tokenCountRepository.ts";
import { EvaluationError } from "../evaluator.ts";
import type { TokenBudget } from "./budget.ts";

/** How many tokens may be used; without bound where nothing is said. */
export interface TokenLimits {
  /** From one full minute to the next. */
  readonly tokensPerMinute?: number;
  /** From midnight to midnight, UTC. */
  readonly tokensPerDay?: number;
  /** How long a question waits for a minute that has its tokens: a minute if absent. */
  readonly longestWaitMilliseconds?: number;
}

/** Time, as far as a budget needs it. */
export interface BudgetTime {
  /** In milliseconds since 1970. */
  now(): number;
  /** Resolves after so many milliseconds; rejects when the signal is aborted. */
  pause(milliseconds: number, signal: AbortSignal | undefined): Promise<unknown>;
}

/** Where a budget is counted. */
export interface CountedBudgetOptions {
  readonly counts: TokenCounts;
  /** The process's own if absent. */
  readonly time?: BudgetTime;
  /** Told why nothing could be taken or given back. */
  readonly onUnreachable?: (error: unknown) => void;
}

const processTime: BudgetTime = {
  now: Date.now,
  pause: (milliseconds, signal) => setTimeout(milliseconds, undefined, signal === undefined ? {} : { signal }),
};

const lengths = { minute: 60_000, day: 86_400_000 } as const;

/** What is without bound is counted nowhere. */
const unbounded: Taken = { settle: async () => {} };

/**
 * A budget of those who share its counts. A question waits for the minute's tokens, and fails at once where the day's don't
 * suffice. Where nothing can be counted, nothing is asked; what couldn't be given back stays taken.
 */
export function countedBudget(limits: TokenLimits, options: CountedBudgetOptions): TokenBudget {
  const { counts, time = processTime, onUnreachable } = options;
  const { longestWaitMilliseconds = lengths.minute } = limits;
  const limitOf = { minute: limits.tokensPerMinute, day: limits.tokensPerDay } as const;

  return {
    async take(tokens, signal) {
      for (const unit of ["minute", "day"] as const) requirePossible(tokens, unit);
      const since = time.now();
      for (;;) {
        signal?.throwIfAborted();
        const now = time.now();
        const settle = await takeAt(now, tokens, signal);
        if (settle !== undefined) return settle;
        const next = beginOf("minute", now) + lengths.minute;
        if (next > since + longestWaitMilliseconds) {
          throw exceeded(`the ${limitOf.minute} tokens of this minute are used up`);
        }
        await time.pause(next - now, signal);
      }
    },
  };

  function requirePossible(tokens: number, unit: Period["unit"]): void {
    const limit = limitOf[unit];
    if (limit === undefined || tokens <= limit) return;
    throw exceeded(`${tokens} tokens are more than the ${limit} of a whole ${unit}`);
  }

  /** @returns nothing if the minute has too few. */
  async function takeAt(now: number, tokens: number, signal: AbortSignal | undefined) {
    const day = await takeFrom("day", now, tokens, signal);
    if (day.settle === undefined) {
      throw exceeded(`of the ${limitOf.day} tokens of this day, ${day.left} are left`);
    }
    const giveDayBack = quietly(day.settle);
    try {
      const minute = await takeFrom("minute", now, tokens, signal);
      if (minute.settle !== undefined) {
        const giveMinuteBack = quietly(minute.settle);
        return async (used: number) => void (await Promise.all([giveDayBack(used), giveMinuteBack(used)]));
      }
    } catch (error) {
      await giveDayBack(0);
      throw error;
    }
    await giveDayBack(0);
    return undefined;
  }

  async function takeFrom(unit: Period["unit"], now: number, tokens: number, signal?: AbortSignal): Promise<Taken> {
    const limit = limitOf[unit];
    if (limit === undefined) return unbounded;
    const period = { unit, begin: new Date(beginOf(unit, now)).toISOString() };
    try {
      return await counts.take({ period, tokens, limit, ...(signal === undefined ? {} : { signal }) });
    } catch (error) {
      signal?.throwIfAborted();
      onUnreachable?.(error);
      throw exceeded("what is left of its budget could not be found out");
    }
  }

  /** An answer that was paid for isn't lost because the rest can't be given back. */
  function quietly(settle: (used: number) => Promise<void>): (used: number) => Promise<void> {
    return (used) => settle(used).catch((error: unknown) => onUnreachable?.(error));
  }
}

function beginOf(unit: Period["unit"], time: number): number {
  return time - (time % lengths[unit]);
}

function exceeded(reason: string): EvaluationError {
  return new EvaluationError("BudgetExceeded", `The judge is not asked: ${reason}.`);
}
