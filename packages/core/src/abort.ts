/**
 * Aborts a controller when a signal does, until the function that it gives back is called. Unlike what `AbortSignal.any`
 * makes, nothing is left behind then.
 */
export function follow(signal: AbortSignal, controller: AbortController): () => void {
  const abort = () => controller.abort(signal.reason);
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  return () => signal.removeEventListener("abort", abort);
}

/**
 * Does something with a signal that aborts after so long, with a `TimeoutError`, or when another signal does. What
 * `AbortSignal.timeout` makes lives until its time is up: a quarter of an hour of calls would stay in memory.
 */
export async function within<Result>(
  milliseconds: number,
  signal: AbortSignal | undefined,
  act: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const late = () => controller.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError"));
  const timer = setTimeout(late, milliseconds).unref();
  const unfollow = signal && follow(signal, controller);
  try {
    return await act(controller.signal);
  } finally {
    clearTimeout(timer);
    unfollow?.();
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
