import type { Clock } from "../bus/clock.ts";

/** A clock that a test moves, and a chance that is always one half. */
export interface ManualClock extends Clock {
  /** The milliseconds until each planned callback, soonest first. */
  planned(): number[];
  /** Moves on to the next planned callback and calls it. */
  next(): void;
}

export function createManualClock(start = 1_700_000_000_000): ManualClock {
  let now = start;
  let plans: { readonly at: number; readonly callback: () => void }[] = [];
  const soonestFirst = () => plans.sort((a, b) => a.at - b.at);
  return {
    now: () => now,
    random: () => 0.5,
    after: (milliseconds, callback) => {
      const plan = { at: now + milliseconds, callback };
      plans.push(plan);
      return () => {
        plans = plans.filter((other) => other !== plan);
      };
    },
    planned: () => soonestFirst().map(({ at }) => at - now),
    next: () => {
      const [plan, ...rest] = soonestFirst();
      if (plan === undefined) throw new Error("Nothing is planned.");
      plans = rest;
      now = plan.at;
      plan.callback();
    },
  };
}
