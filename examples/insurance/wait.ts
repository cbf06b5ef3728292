import { setTimeout as delay } from "node:timers/promises";

/** How long a resource may take to become what it is to be: seconds, as the SDK's waiters count. */
export const waiting = { maxWaitTime: 60, minDelay: 1, maxDelay: 2 } as const;

/**
 * Waits until a resource is READY; the SDK has waiters for engines and policies only.
 * @throws Error with the resource's reasons when it fails, or when it takes longer than a minute.
 */
export async function untilReady(
  what: string,
  get: () => Promise<{ readonly status: string | undefined; readonly statusReasons?: readonly string[] | undefined }>,
): Promise<void> {
  for (const deadline = Date.now() + waiting.maxWaitTime * 1000; ; await delay(waiting.minDelay * 1000)) {
    const { status, statusReasons = [] } = await get();
    if (status === "READY") return;
    if (status === "FAILED" || status?.endsWith("UNSUCCESSFUL") || Date.now() > deadline) {
      throw new Error(`${what} is ${status}. ${statusReasons.join(" ")}`);
    }
  }
}
