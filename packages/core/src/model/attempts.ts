import { setTimeout } from "node:timers/promises";
import { GatehouseError, messageOf } from "../errors.ts";
import { oneLine } from "./oneLine.ts";

/** How long a model may take, and how often it is asked. */
export interface ModelLimits {
  /**
   * For everything together: attempts and pauses. A minute and a half if absent. Node's own `fetch` waits no longer than
   * five minutes for an answer to begin.
   */
  readonly timeoutMilliseconds?: number;
  /** Four if absent. */
  readonly attempts?: number;
  /** The process's own time if absent. */
  readonly time?: ModelTime;
}

/** Time, as far as asking a model needs it. */
export interface ModelTime {
  /** A signal that is aborted after so many milliseconds. */
  deadline(milliseconds: number): AbortSignal;
  /** Resolves after so many milliseconds; rejects when the signal is aborted. */
  pause(milliseconds: number, signal: AbortSignal): Promise<unknown>;
  /** From 0 to 1: keeps those who were refused together from coming back together. */
  random(): number;
}

/** What came of one attempt. */
export type Attempt<Answer> =
  | { readonly answer: Answer }
  /** Busy: worth another attempt, after as many milliseconds as the endpoint asks for. */
  | { readonly busy: string; readonly code: "throttled" | "internal"; readonly retryAfter?: number };

const processTime: ModelTime = {
  deadline: (milliseconds) => AbortSignal.timeout(milliseconds),
  pause: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }),
  random: Math.random,
};

/** Doubled after each attempt: seven seconds in all, in which a small model is loaded. */
const firstPause = 1_000;
/** Who asks for more than this isn't busy for a moment: the caller should hear of it now. */
const longestPause = 10_000;

/**
 * Asks a model until it answers, within one deadline. Only busy is a reason to ask again: whatever else went wrong would
 * go wrong again, and a question that was read to its end may have been paid for.
 *
 * @param name The model, as errors call it.
 * @throws {GatehouseError} as `ModelClient.converse` says.
 */
export async function askWithin<Answer>(
  name: string,
  request: { readonly signal?: AbortSignal },
  { timeoutMilliseconds = 90_000, attempts = 4, time = processTime }: ModelLimits,
  attempt: (signal: AbortSignal) => Promise<Attempt<Answer>>,
): Promise<Answer> {
  const deadline = time.deadline(timeoutMilliseconds);
  const signal = request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal]);
  for (let done = 1; ; done++) {
    try {
      signal.throwIfAborted();
      const outcome = await attempt(signal);
      if ("answer" in outcome) return outcome.answer;
      const pause =
        outcome.retryAfter ?? Math.min(longestPause, firstPause * 2 ** (done - 1)) * (0.5 + time.random() / 2);
      if (done >= attempts || pause > longestPause) {
        const tried = done === 1 ? "" : ` Asked ${done} times.`;
        throw new GatehouseError(outcome.code, `The model ${name} is busy: ${outcome.busy}.${tried}`);
      }
      await time.pause(pause, signal);
    } catch (error) {
      if (error instanceof GatehouseError) throw error;
      throw new GatehouseError("internal", failure(name, error, request.signal, deadline, timeoutMilliseconds));
    }
  }
}

/**
 * The error itself is left behind: what clients of HTTP attach to theirs, such as requests with their headers, is not for
 * whoever logs causes (T18).
 */
function failure(
  name: string,
  error: unknown,
  caller: AbortSignal | undefined,
  deadline: AbortSignal,
  milliseconds: number,
): string {
  if (caller?.aborted) return `The question to the model ${name} was cancelled.`;
  if (deadline.aborted) return `The model ${name} gave no answer within ${milliseconds / 1_000} seconds.`;
  return `The question to the model ${name} failed: ${oneLine(reasonOf(error))}.`;
}

/** `fetch` says what happened only in the cause of its "fetch failed". */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `${messageOf(error)}${cause}`;
}

/** What the header `retry-after` says, in milliseconds, if it says a number of seconds. */
export function retryAfterOf(header: string | null | undefined): { readonly retryAfter?: number } {
  return header && /^\d{1,6}$/.test(header) ? { retryAfter: Number(header) * 1_000 } : {};
}
