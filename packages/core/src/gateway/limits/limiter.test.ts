import { setImmediate as turn } from "node:timers/promises";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Rate, rateOf, takeFrom } from "../../storage/tokenBucket.ts";
import { createLimiter, type Limiter } from "./limiter.ts";

/** Shared buckets in memory, and how often somebody took from them. */
function sharedBuckets(latency: () => Promise<void> = async () => {}) {
  const buckets = new Map<string, number>();
  const takings: number[] = [];
  const take = async (key: string, rate: Rate, wanted: number, now: number) => {
    await latency();
    const { fullAt, ...taken } = takeFrom(buckets.get(key), rate, wanted, now);
    buckets.set(key, fullAt);
    takings.push(taken.tokens);
    return taken;
  };
  return { take, takings };
}

const admitted = async (limiter: Limiter, rate: Rate) => (await limiter.admit("key", rate)).admitted;

describe("one process", () => {
  test("lets through as many as there may be at once, and says when the next may come", async () => {
    const { take } = sharedBuckets();
    const limiter = createLimiter({ take, now: () => 1_000_000 });
    const rate = rateOf(10, 60);
    for (let call = 0; call < 10; call++) expect(await admitted(limiter, rate)).toBe(true);
    expect(await limiter.admit("key", rate)).toEqual({ admitted: false, retryAfterMilliseconds: 6_000 });
  });

  test("then as many as the period gives back", async () => {
    const { take } = sharedBuckets();
    let now = 1_000_000;
    const limiter = createLimiter({ take, now: () => now });
    const rate = rateOf(10, 60);
    for (let call = 0; call < 10; call++) await admitted(limiter, rate);
    now += 5_999;
    expect(await admitted(limiter, rate)).toBe(false);
    now += 1;
    expect([await admitted(limiter, rate), await admitted(limiter, rate)]).toEqual([true, false]);
  });

  test("that keeps to half of its limit is never stopped, and asks far less often than it is called", async () => {
    const { take, takings } = sharedBuckets();
    let now = 1_000_000;
    const limiter = createLimiter({ take, now: () => now });
    const rate = rateOf(1_000, 10);
    for (let call = 0; call < 20_000; call++, now += 20) expect(await admitted(limiter, rate)).toBe(true);
    expect(takings.length).toBeLessThan(20_000 / 20);
  });

  test("asks no more while it knows that nothing is left", async () => {
    const { take, takings } = sharedBuckets();
    const limiter = createLimiter({ take, now: () => 1_000_000 });
    for (let call = 0; call < 1_000; call++) await admitted(limiter, rateOf(1, 60));
    expect(takings).toEqual([1, 0]);
  });

  test("takes once for all who wait", async () => {
    const { take, takings } = sharedBuckets(() => turn());
    const limiter = createLimiter({ take, now: () => 1_000_000 });
    const answers = await Promise.all(Array.from({ length: 100 }, () => admitted(limiter, rateOf(1_000, 60))));
    expect(answers.every(Boolean)).toBe(true);
    expect(takings.length).toBeLessThanOrEqual(2);
  });

  test("admits nobody where the buckets can't be reached, and tries again", async () => {
    const { take } = sharedBuckets();
    let away = true;
    const limiter = createLimiter({
      take: async (...args) => {
        if (away) throw new Error("The table is away.");
        return take(...args);
      },
    });
    const all = Array.from({ length: 3 }, () => limiter.admit("key", rateOf(5, 60)));
    expect((await Promise.allSettled(all)).map(({ status }) => status)).toEqual(Array(3).fill("rejected"));
    away = false;
    expect(await admitted(limiter, rateOf(5, 60))).toBe(true);
  });
});

/** Bursts of calls at several processes: at which, how many, and how long after the burst before. */
const bursts = fc.array(
  fc.record({
    process: fc.nat(4),
    calls: fc.integer({ min: 1, max: 40 }),
    afterMilliseconds: fc.oneof(fc.constant(0), fc.nat(1_000), fc.nat(10_000)),
  }),
  { maxLength: 20 },
);
const limits = fc.record({ limit: fc.integer({ min: 1, max: 100 }), periodSeconds: fc.integer({ min: 1, max: 10 }) });
const longestSkew = 50;

/** When calls were admitted, at the time that is everybody's. */
async function admissions(
  history: readonly { process: number; calls: number; afterMilliseconds: number }[],
  { limit, periodSeconds }: { limit: number; periodSeconds: number },
  skew: readonly number[],
): Promise<number[]> {
  const { take } = sharedBuckets();
  let now = 1_000_000;
  const processes = skew.map((offset) => createLimiter({ take, now: () => now + offset, keys: 1 }));
  const times: number[] = [];
  for (const { process, calls, afterMilliseconds } of history) {
    now += afterMilliseconds;
    for (let call = 0; call < calls; call++) {
      const limiter = processes[process];
      if (limiter !== undefined && (await admitted(limiter, rateOf(limit, periodSeconds)))) times.push(now);
    }
  }
  return times;
}

test("however calls come at however many processes, no time sees more admitted than the bound says", async () => {
  const skews = fc.array(fc.integer({ min: -longestSkew, max: longestSkew }), { minLength: 5, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(bursts, limits, skews, async (history, limit, skew) => {
      const times = await admissions(history, limit, skew);
      expectBound(times, limit.limit, limit.periodSeconds * 1_000, 2 * longestSkew);
    }),
  );
});

test("what a process took and didn't use is given up, so that it isn't used beside what has come back since", async () => {
  // Each takes more and more in advance, and keeps some of it.
  const taking = Array.from({ length: 5 }, (_, process) => ({ process, calls: 18, afterMilliseconds: 0 }));
  const all = Array.from({ length: 5 }, (_, process) => ({ process, calls: 100, afterMilliseconds: 0 }));
  const history = [...taking, { process: 0, calls: 1, afterMilliseconds: 100_000 }, ...all];
  const times = await admissions(history, { limit: 100, periodSeconds: 10 }, [0, 0, 0, 0, 0]);
  expect(times.filter((time) => time === times.at(-1))).toHaveLength(100);
});

test("calls that come all at once, while the table takes its time, are no more than the limit", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.nat(4), { minLength: 1, maxLength: 60 }),
      limits,
      async (s, calls, { limit }) => {
        const { take } = sharedBuckets(() => s.schedule(Promise.resolve()));
        const processes = Array.from({ length: 5 }, () => createLimiter({ take, now: () => 1_000_000, keys: 1 }));
        const answers = calls.map((process) => admitted(processes[process] as Limiter, rateOf(limit, 60))); // There are five.
        const passed = (await s.waitFor(Promise.all(answers))).filter(Boolean).length;
        expect(passed).toBeLessThanOrEqual(limit);
      },
    ),
  );
});

/** Between any two admissions: `limit * (1 + (T + late) / period + 1 / 10)`. */
function expectBound(times: readonly number[], limit: number, period: number, late: number): void {
  const beyond = times.flatMap((from, first) =>
    times.slice(first).flatMap((to, more) => {
      const most = limit * (1 + (to - from + late) / period + 1 / 10);
      return more + 1 > most ? [{ from, to, admitted: more + 1, most }] : [];
    }),
  );
  expect(beyond).toEqual([]);
}
