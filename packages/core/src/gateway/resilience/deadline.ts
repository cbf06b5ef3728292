import { follow } from "../../abort.ts";
import { TargetError } from "../targets/target.ts";
import type { Clock } from "./clock.ts";

/**
 * Lets something take so long and no longer. Its signal aborts then, or when the request's does.
 * @throws TargetError `targetTimedOut` at the end of that time.
 */
export async function withDeadline<T>(
  milliseconds: number,
  { target, signal: outer, clock }: { readonly target: string; readonly signal: AbortSignal; readonly clock: Clock },
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stop = clock.after(milliseconds, () => controller.abort(timedOut(target, `${milliseconds / 1_000} seconds`)));
  const unfollow = follow(outer, controller);
  try {
    return await act(controller.signal);
  } catch (error) {
    // The request's own time is up.
    if (error instanceof Error && error.name === "TimeoutError")
      throw timedOut(target, "the time of the request", error);
    throw error;
  } finally {
    stop();
    unfollow();
  }
}

/** Waits for a promise until the signal aborts, and leaves it behind then. @throws the signal's reason. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } catch (error) {
    // What ends because of the abort says so in words of its own.
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function timedOut(target: string, time: string, cause?: Error): TargetError {
  return new TargetError(`${target} did not answer within ${time}.`, {
    code: "targetTimedOut",
    ...(cause === undefined ? {} : { cause }),
  });
}
