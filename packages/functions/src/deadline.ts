import type { Context } from "aws-lambda";

/** A signal that is aborted while there is still time to say so. To be disposed of: its timer would keep the process alive. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * Aborts with the reason when so many milliseconds are left of what an invocation may take.
 *
 * @param left Enough to end what is under way, and to store what came of it.
 */
export function deadline(context: Pick<Context, "getRemainingTimeInMillis">, left: number, reason: string): Deadline {
  const late = new AbortController();
  const milliseconds = Math.max(0, context.getRemainingTimeInMillis() - left);
  const timer = setTimeout(() => late.abort(new Error(reason)), milliseconds);
  return { signal: late.signal, [Symbol.dispose]: () => clearTimeout(timer) };
}
