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

function timedOut(target: string, time: string, cause?: Error): TargetError {
  return new TargetError(`${target} did not answer within ${time}.`, {
    code: "targetTimedOut",
    ...(cause === undefined ? {} : { cause }),
  });
}
