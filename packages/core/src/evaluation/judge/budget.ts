import { setTimeout } from "node:timers/promises";
import { GatehouseError } from "../../errors.ts";
import { ModelRefusal } from "../../model/refusal.ts";
import type { StructuredModel, StructuredRequest } from "../../model/structured.ts";
import { roughTokens } from "../../model/tokens.ts";
import { EvaluationError } from "../evaluator.ts";

/** What judges may use, in tokens that they read and write. */
export interface TokenBudget {
  /**
   * Takes what a question may use at most, before it is asked.
   *
   * @returns What gives back what wasn't used; where it isn't called, all stays taken.
   * @throws {EvaluationError} `BudgetExceeded` if there isn't as much, and won't be soon.
   */
  take(tokens: number, signal: AbortSignal | undefined): Promise<(used: number) => Promise<void>>;
}

/** A model that is asked within a budget: no question is asked that could exceed it. */
export function withinBudget(model: StructuredModel, budget: TokenBudget): StructuredModel {
  return {
    ...model,
    async answer(request) {
      const read = tokensOf(request);
      const settle = await budget.take(read + request.maxTokens, request.signal);
      try {
        const answer = await model.answer(request);
        // Where the endpoint doesn't say what it took, it is guessed.
        await settle(answer.inputTokens + answer.outputTokens || read + roughTokens(answer.text));
        return answer;
      } catch (error) {
        await settle(costsNothing(error) ? 0 : read);
        throw error;
      }
    },
  };
}

function tokensOf({ system, messages, answer }: StructuredRequest): number {
  return roughTokens(system, ...messages.map(({ text }) => text), JSON.stringify(answer));
}

/** A question that was turned away. One that took too long, or whose answer was lost, may have been read and paid for. */
function costsNothing(error: unknown): boolean {
  return error instanceof ModelRefusal || (error instanceof GatehouseError && error.code === "throttled");
}

/** How many tokens a process may use; without bound where nothing is said. */
export interface ProcessLimits {
  /** In any 60 seconds. */
  readonly tokensPerMinute?: number;
  /** From midnight to midnight, UTC. */
  readonly tokensPerDay?: number;
  /** How long a question waits for the minute's tokens: a minute if absent. */
  readonly longestWaitMilliseconds?: number;
}

/** Time, as far as a budget needs it. */
export interface BudgetTime {
  /** In milliseconds since 1970. */
  now(): number;
  /** Resolves after so many milliseconds; rejects when the signal is aborted. */
  pause(milliseconds: number, signal: AbortSignal): Promise<unknown>;
}

const processTime: BudgetTime = {
  now: Date.now,
  pause: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }),
};

const minute = 60_000;

/** What has been taken, until it is known what was used. */
interface Taken {
  readonly at: number;
  tokens: number;
  /** Whether it is one of the last minute's. */
  isRecent: boolean;
}

/**
 * A budget that is kept in this process's memory, and ends with it. A question waits for the minute's tokens, and fails at
 * once where the day's don't suffice.
 */
export function processBudget(limits: ProcessLimits, time: BudgetTime = processTime): TokenBudget {
  const { tokensPerMinute, tokensPerDay, longestWaitMilliseconds = minute } = limits;
  /** Of the last minute, in the order of their times. */
  const recent: Taken[] = [];
  let recentTokens = 0;
  let day = { date: "", tokens: 0 };
  /** Aborted when tokens are given back: whoever waits looks again. Absent while nobody does. */
  let givenBack: AbortController | undefined;

  return {
    async take(tokens, signal) {
      if (tokensPerMinute !== undefined && tokens > tokensPerMinute) {
        throw exceeded(`${tokens} tokens are more than the ${tokensPerMinute} of a whole minute`);
      }
      const since = time.now();
      for (;;) {
        signal?.throwIfAborted();
        requireDay(tokens);
        const wait = waitFor(tokens);
        if (wait === 0) return record(tokens);
        if (time.now() + wait > since + longestWaitMilliseconds) {
          throw exceeded(`the ${tokensPerMinute} tokens of this minute are used up`);
        }
        givenBack ??= new AbortController();
        const ends = [givenBack.signal, ...(signal === undefined ? [] : [signal])];
        await time.pause(wait, AbortSignal.any(ends)).catch(() => undefined);
      }
    },
  };

  function requireDay(tokens: number): void {
    const date = new Date(time.now()).toISOString().slice(0, 10);
    if (day.date !== date) day = { date, tokens: 0 };
    if (tokensPerDay === undefined || day.tokens + tokens <= tokensPerDay) return;
    throw exceeded(`of the ${tokensPerDay} tokens of this day, ${Math.max(0, tokensPerDay - day.tokens)} are left`);
  }

  /** How long it takes until so many tokens are free, if nothing is given back. */
  function waitFor(tokens: number): number {
    if (tokensPerMinute === undefined) return 0;
    const now = time.now();
    forget(now - minute);
    let excess = recentTokens + tokens - tokensPerMinute;
    if (excess <= 0) return 0;
    for (const one of recent) {
      excess -= one.tokens;
      if (excess <= 0) return one.at + minute - now;
    }
    return minute;
  }

  /** Forgets what was taken until then. There can be thousands in a minute: they are not looked at one by one each time. */
  function forget(until: number): void {
    const kept = recent.findIndex(({ at }) => at > until);
    for (const one of recent.splice(0, kept < 0 ? recent.length : kept)) {
      one.isRecent = false;
      recentTokens -= one.tokens;
    }
  }

  function record(tokens: number): (used: number) => Promise<void> {
    const taken: Taken = { at: time.now(), tokens, isRecent: tokensPerMinute !== undefined };
    const takenOn = day;
    if (taken.isRecent) {
      recent.push(taken);
      recentTokens += tokens;
    }
    takenOn.tokens += tokens;
    return async (used) => {
      takenOn.tokens += used - taken.tokens;
      if (taken.isRecent) recentTokens += used - taken.tokens;
      taken.tokens = used;
      givenBack?.abort();
      givenBack = undefined;
    };
  }
}

function exceeded(reason: string): EvaluationError {
  return new EvaluationError("BudgetExceeded", `The judge is not asked: ${reason}.`);
}
