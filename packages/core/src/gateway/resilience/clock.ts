import { setTimeout as delay } from "node:timers/promises";

/** Time and chance, as the bounds of targets need them. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** From 0 up to 1. */
  random(): number;
  /** @throws the signal's reason when it aborts meanwhile. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Calls back later, unless what it returns is called before. */
  after(milliseconds: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: Date.now,
  random: Math.random,
  async sleep(milliseconds, signal) {
    await delay(milliseconds, undefined, { signal }).catch((error: unknown) => {
      throw signal.aborted ? signal.reason : error;
    });
  },
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};
