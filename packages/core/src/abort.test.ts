import { getEventListeners } from "node:events";
import { expect, test, vi } from "vitest";
import { within } from "./abort.ts";

const never = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));

test("what takes too long is aborted with a TimeoutError", async () => {
  await expect(within(1, undefined, never)).rejects.toMatchObject({ name: "TimeoutError" });
});

test("what nobody waits for is aborted for the reason that the signal gives, also where it has aborted before", async () => {
  const gone = new AbortController();
  const answer = within(60_000, gone.signal, never);
  gone.abort(new Error("The client went away."));
  await expect(answer).rejects.toThrow("The client went away.");
  await expect(within(60_000, gone.signal, async (signal) => signal.reason.message)).resolves.toBe(
    "The client went away.",
  );
});

test("nothing is left of what has ended, however it ended: no listener and no timer", async () => {
  const gone = new AbortController();
  vi.useFakeTimers();
  try {
    await within(60_000, gone.signal, async () => "answered");
    await within(60_000, gone.signal, () => Promise.reject(new Error("no"))).catch(() => {});
    expect(vi.getTimerCount()).toBe(0);
    expect(getEventListeners(gone.signal, "abort")).toHaveLength(0);
  } finally {
    vi.useRealTimers();
  }
});
