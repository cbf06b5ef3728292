import type { Clock } from "./clock.ts";

/** For tests only: a clock that goes on by what is slept, at once, and by what the test says. */
export interface FakeClock extends Clock {
  /** What was slept, in milliseconds. */
  readonly slept: number[];
  advance(milliseconds: number): void;
}

/** @param random what chance gives, one after the other and then again. */
export function fakeClock(random: readonly number[] = [0.5]): FakeClock {
  let time = 1_000_000;
  let drawn = 0;
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  const slept: number[] = [];

  function advance(milliseconds: number): void {
    time += milliseconds;
    for (const timer of timers) {
      if (timer.at > time) continue;
      timers.delete(timer);
      timer.callback();
    }
  }

  return {
    slept,
    advance,
    now: () => time,
    random: () => random[drawn++ % random.length] ?? 0,
    async sleep(milliseconds, signal) {
      slept.push(milliseconds);
      advance(milliseconds);
      signal.throwIfAborted();
    },
    after(milliseconds, callback) {
      const timer = { at: time + milliseconds, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  };
}
