import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TargetError, type TargetErrorOptions } from "../targets/target.ts";
import { backoffMilliseconds, withRetries } from "./retry.ts";
import { RetryBudget } from "./retryBudget.ts";
import { fakeClock } from "./testing.ts";

const answer = { content: [] };
const failing = (options: TargetErrorOptions) => new TargetError("It failed.", options);

/** Calls something that fails so often, and tells how often it was called and what was waited. */
async function attempts(
  failures: readonly TargetErrorOptions[],
  { maxRetries = 2, milliseconds = 60_000, budget = new RetryBudget(), random = [0.5] } = {},
) {
  const clock = fakeClock(random);
  const startedAt = clock.now();
  let calls = 0;
  const attempt = async () => {
    const failure = failures[calls++];
    if (failure !== undefined) throw failing(failure);
    return answer;
  };
  const signal = new AbortController().signal;
  const options = { maxRetries, budget, deadlineAt: startedAt + milliseconds, signal, clock };
  const answered = await withRetries(attempt, options).then(
    () => true,
    () => false,
  );
  return { calls, answered, slept: clock.slept, tookMilliseconds: clock.now() - startedAt };
}

describe("what is repeated", () => {
  test.each([429, 502, 503, 504])("a call that was answered with %i", async (status) => {
    expect(await attempts([{ status }])).toMatchObject({ calls: 2, answered: true });
  });

  test.each([400, 401, 404, 500])("not one that was answered with %i", async (status) => {
    expect(await attempts([{ status }])).toMatchObject({ calls: 1, answered: false });
  });

  test.each(["targetTimedOut", "targetUnavailable", "targetBusy"] as const)("not one that is %s", async (code) => {
    expect(await attempts([{ code }])).toMatchObject({ calls: 1, answered: false });
  });

  test("a connection that could not be made, however deep that is told", async () => {
    const cause = new Error("fetch failed", { cause: Object.assign(new Error("no"), { code: "ECONNREFUSED" }) });
    expect(await attempts([{ cause }])).toMatchObject({ calls: 2, answered: true });
  });

  test("nothing of a tool that may not be called twice", async () => {
    expect(await attempts([{ status: 503 }], { maxRetries: 0 })).toMatchObject({ calls: 1, answered: false });
  });
});

describe("when", () => {
  test("after a random time, up to twice as long each time", async () => {
    const { slept } = await attempts(Array(3).fill({ status: 503 }), { maxRetries: 3, random: [1, 0.5, 0] });
    expect(slept).toEqual([100, 100, 0]);
  });

  test("not before the target wants it", async () => {
    const { slept } = await attempts([{ status: 429, retryAfterMilliseconds: 7_000 }]);
    expect(slept).toEqual([7_050]);
  });

  test("not at all where that is after the deadline", async () => {
    const late = { status: 429, retryAfterMilliseconds: 7_000 };
    expect(await attempts([late], { milliseconds: 7_000 })).toMatchObject({ calls: 1, slept: [] });
  });
});

test("whatever happens, retries begin before the deadline, and are as many as there may be", async () => {
  const failure = fc.record({
    status: fc.constantFrom(429, 500, 503),
    retryAfterMilliseconds: fc.integer({ min: 0, max: 5_000 }),
  });
  const options = fc.record({
    maxRetries: fc.nat(5),
    milliseconds: fc.integer({ min: 1, max: 10_000 }),
    random: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(failure), options, async (failures, bounds) => {
      const { calls, tookMilliseconds } = await attempts(failures, bounds);
      expect(calls).toBeLessThanOrEqual(1 + bounds.maxRetries);
      expect(tookMilliseconds).toBeLessThan(bounds.milliseconds);
    }),
  );
});

test("a retry waits between nothing and two seconds more than it must", () => {
  fc.assert(
    fc.property(fc.nat(40), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(10_000), (retry, random, retryAfter) => {
      const wait = backoffMilliseconds(retry, random, retryAfter);
      expect(wait).toBeGreaterThanOrEqual(retryAfter);
      expect(wait).toBeLessThanOrEqual(retryAfter + 2_000);
    }),
  );
});

test("an outage is made worse by a tenth, and ten calls", async () => {
  const budget = new RetryBudget();
  let calls = 0;
  for (let call = 0; call < 1_000; call++) {
    calls += (await attempts(Array(6).fill({ status: 503 }), { maxRetries: 5, budget })).calls;
  }
  expect(calls).toBeGreaterThan(1_000 + 50);
  expect(calls).toBeLessThanOrEqual(1_000 + 100 + 10);
});
