import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GatehouseError } from "../../errors.ts";
import { ModelRefusal } from "../../model/refusal.ts";
import type { StructuredAnswer, StructuredModel, StructuredRequest } from "../../model/structured.ts";
import { type BudgetTime, processBudget, withinBudget } from "./budget.ts";

const noon = Date.UTC(2026, 0, 1, 12);

/** Time that goes on when somebody waits. */
function testTime(start = noon) {
  const time = {
    at: start,
    pauses: [] as number[],
    now: () => time.at,
    async pause(milliseconds: number, signal: AbortSignal) {
      signal.throwIfAborted();
      time.pauses.push(milliseconds);
      time.at += milliseconds;
    },
  };
  return time satisfies BudgetTime & { at: number };
}

const exceeded = (message: RegExp) =>
  expect.objectContaining({ code: "BudgetExceeded", message: expect.stringMatching(message) });

describe("a process's budget", () => {
  test("without limits gives whatever is asked for", async () => {
    const time = testTime();
    const budget = processBudget({}, time);
    for (let asked = 0; asked < 10; asked++) await budget.take(1e9, undefined);
    expect(time.pauses).toEqual([]);
  });

  test("lets a question wait until enough of the last minute's tokens are free", async () => {
    const time = testTime();
    const budget = processBudget({ tokensPerMinute: 100 }, time);
    await budget.take(60, undefined);
    time.at += 10_000;
    await budget.take(40, undefined);
    await budget.take(50, undefined);
    expect([time.pauses, time.at]).toEqual([[50_000], noon + 60_000]);
  });

  test("in no minute gives more than its tokens, and gives what waits at last", async () => {
    const question = fc.record({
      tokens: fc.integer({ min: 1, max: 100 }),
      after: fc.integer({ min: 0, max: 40_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(question, { minLength: 1, maxLength: 30 }), async (questions) => {
        const time = testTime();
        const budget = processBudget({ tokensPerMinute: 100 }, time);
        const given: { at: number; tokens: number }[] = [];
        for (const { tokens, after } of questions) {
          time.at += after;
          await budget.take(tokens, undefined);
          given.push({ at: time.at, tokens });
        }
        for (const { at: end } of given) {
          const within = given.filter(({ at }) => at <= end && at > end - 60_000);
          expect(within.reduce((sum, { tokens }) => sum + tokens, 0)).toBeLessThanOrEqual(100);
        }
      }),
    );
  });

  test("gives back what wasn't used, to whoever waits for it", async () => {
    const waiting = Promise.withResolvers<void>();
    const time: BudgetTime = {
      now: () => noon,
      pause: (_, signal) => {
        waiting.resolve();
        return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      },
    };
    const budget = processBudget({ tokensPerMinute: 100 }, time);
    const settle = await budget.take(100, undefined);
    const second = budget.take(70, undefined);
    await waiting.promise;
    await settle(30);
    await (await second)(70);
    await expect(processBudget({ tokensPerMinute: 100 }, time).take(101, undefined)).rejects.toEqual(
      exceeded(/whole minute/),
    );
  });

  test("counts what is given back when its minute is over for no other minute", async () => {
    const time = testTime();
    const budget = processBudget({ tokensPerMinute: 100, longestWaitMilliseconds: 0 }, time);
    const settle = await budget.take(100, undefined);
    time.at += 60_000;
    await budget.take(60, undefined);
    await settle(0);
    await expect(budget.take(41, undefined)).rejects.toEqual(exceeded(/used up/));
    await budget.take(40, undefined);
  });

  test("lets nobody wait for longer than they may", async () => {
    const budget = processBudget({ tokensPerMinute: 100, longestWaitMilliseconds: 5_000 }, testTime());
    await budget.take(60, undefined);
    await expect(budget.take(60, undefined)).rejects.toEqual(exceeded(/100 tokens of this minute are used up/));
    await budget.take(40, undefined);
  });

  test("stops waiting when the caller does, and takes nothing", async () => {
    const controller = new AbortController();
    const time: BudgetTime = {
      now: () => noon,
      pause: async () => controller.abort(new Error("gone")),
    };
    const budget = processBudget({ tokensPerMinute: 100, tokensPerDay: 150 }, time);
    const settle = await budget.take(100, undefined);
    await expect(budget.take(50, controller.signal)).rejects.toThrow("gone");
    await settle(0);
    await budget.take(100, undefined);
  });

  test("gives no more than the day's tokens, and anew on the next day", async () => {
    const time = testTime();
    const budget = processBudget({ tokensPerDay: 100 }, time);
    const settle = await budget.take(90, undefined);
    await expect(budget.take(20, undefined)).rejects.toEqual(exceeded(/of the 100 tokens of this day, 10 are left/));
    await settle(50);
    await budget.take(50, undefined);
    await expect(budget.take(1, undefined)).rejects.toEqual(exceeded(/0 are left/));
    time.at = Date.UTC(2026, 0, 2);
    const late = await budget.take(100, undefined);
    // What is given back of yesterday's is no more for today.
    await settle(0);
    await expect(budget.take(1, undefined)).rejects.toEqual(exceeded(/0 are left/));
    await late(99);
    await budget.take(1, undefined);
  });

  test("uses no more in a day than its tokens, as long as answers keep to what was taken for them", async () => {
    const question = fc.record({
      tokens: fc.integer({ min: 1, max: 60 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(question), async (questions) => {
        const budget = processBudget({ tokensPerDay: 200 }, testTime());
        let used = 0;
        for (const { tokens, share } of questions) {
          const settle = await budget.take(tokens, undefined).catch(() => undefined);
          if (settle === undefined) continue;
          used += Math.floor(tokens * share);
          await settle(Math.floor(tokens * share));
        }
        expect(used).toBeLessThanOrEqual(200);
      }),
    );
  });
});

describe("a model within a budget", () => {
  const request: StructuredRequest = {
    system: "s".repeat(30),
    messages: [{ role: "user", text: "m".repeat(30) }],
    maxTokens: 100,
    answer: { name: "verdict", description: "", schema: {} },
  };
  const answer: StructuredAnswer = {
    objects: [],
    text: "t".repeat(9),
    inputTokens: 20,
    outputTokens: 5,
    stopReason: "end",
  };

  /** What is taken and what of it is said to be used, for a model that does so. */
  async function uses(respond: () => Promise<StructuredAnswer>) {
    const taken: number[] = [];
    const used: number[] = [];
    const model: StructuredModel = { modelId: "small", answer: respond };
    const budgeted = withinBudget(model, {
      async take(tokens) {
        taken.push(tokens);
        return async (tokens) => void used.push(tokens);
      },
    });
    const outcome = await budgeted.answer(request).catch((error: unknown) => error);
    return { taken, used, outcome };
  }
  /** A third of the bytes of the system's text, the message, and `{"name":"verdict","description":"","schema":{}}`. */
  const read = 10 + 10 + 16;

  test("takes what a question may use, and says what it has used", async () => {
    expect(await uses(async () => answer)).toEqual({ taken: [read + 100], used: [25], outcome: answer });
  });

  test("guesses where the endpoint doesn't say", async () => {
    expect((await uses(async () => ({ ...answer, inputTokens: 0, outputTokens: 0 }))).used).toEqual([read + 3]);
  });

  test.each<[string, Error, number]>([
    ["was turned away", new ModelRefusal("small", "400", "400"), 0],
    ["found it busy", new GatehouseError("throttled", "busy"), 0],
    ["had no answer in time", new GatehouseError("internal", "no answer within 90 seconds"), read],
  ])("counts what a question may have cost that %s", async (_, error, used) => {
    expect(await uses(() => Promise.reject(error))).toEqual({ taken: [read + 100], used: [used], outcome: error });
  });

  test("isn't asked where there is no budget", async () => {
    let asked = 0;
    const model: StructuredModel = { modelId: "small", answer: async () => ({ ...answer, text: `${++asked}` }) };
    const budget = processBudget({ tokensPerDay: 10 }, testTime());
    await expect(withinBudget(model, budget).answer(request)).rejects.toEqual(exceeded(/10 tokens of this day/));
    expect(asked).toBe(0);
  });
});
