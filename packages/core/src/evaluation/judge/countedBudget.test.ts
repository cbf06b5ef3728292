import { GetCommand } from "@aws-sdk/lib-dynamodb";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestDatabase, type TestDatabase } from "../../storage/testing.ts";
import { tokenCountRepository } from "../../storage/tokenCountRepository.ts";
import type { TokenBudget } from "./budget.ts";
import { type BudgetTime, countedBudget, type TokenLimits } from "./countedBudget.ts";
import { processBudget } from "./processBudget.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database?.stop());

const counts = () => tokenCountRepository({ client: database.client, table: database.tables.aggregates });
const away = () => tokenCountRepository({ client: database.client, table: "no-such-table" });

const day = 86_400_000;
let days = 0;
/** Time from noon of a day that no other test has, which goes on when somebody waits. */
function testTime() {
  const time = {
    at: Date.UTC(2040, 0, 1, 12) + 2 * day * days++,
    pauses: [] as number[],
    now: () => time.at,
    async pause(milliseconds: number, signal: AbortSignal | undefined) {
      signal?.throwIfAborted();
      time.pauses.push(milliseconds);
      time.at += milliseconds;
    },
  };
  return time satisfies BudgetTime & { at: number };
}

const exceeded = (message: RegExp) =>
  expect.objectContaining({ code: "BudgetExceeded", message: expect.stringMatching(message) });

/** What of a table's budget is taken, and by how many questions that are under way. */
async function kept(unit: "minute" | "day", begin: number) {
  const Key = { pk: `JUDGE-TOKENS#${unit}`, sk: new Date(begin).toISOString() };
  const { Item } = await database.client.send(new GetCommand({ TableName: database.tables.aggregates, Key }));
  const questions = Object.keys(Item ?? {}).filter((name) => name.startsWith("question-"));
  return { tokens: Item?.tokens, questions: questions.length, expiresAt: Item?.expiresAt };
}

type MakeBudget = (limits: TokenLimits, time: BudgetTime) => TokenBudget;

describe.each<[string, MakeBudget]>([
  ["a process's budget", processBudget],
  ["a deployment's budget", (limits, time) => countedBudget(limits, { counts: counts(), time })],
])("%s", (_, budgetOf) => {
  test("without limits gives whatever is asked for", async () => {
    const time = testTime();
    const budget = budgetOf({}, time);
    for (let asked = 0; asked < 10; asked++) await budget.take(1e9, undefined);
    expect(time.pauses).toEqual([]);
  });

  test("lets a question wait for the next minute if this one has too few tokens left", async () => {
    const time = testTime();
    const noon = time.at;
    const budget = budgetOf({ tokensPerMinute: 100 }, time);
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
      fc.asyncProperty(fc.array(question, { minLength: 1, maxLength: 20 }), async (questions) => {
        const time = testTime();
        const budget = budgetOf({ tokensPerMinute: 100 }, time);
        const given = new Map<number, number>();
        for (const { tokens, after } of questions) {
          time.at += after;
          await budget.take(tokens, undefined);
          const minute = Math.floor(time.at / 60_000);
          given.set(minute, (given.get(minute) ?? 0) + tokens);
        }
        expect(Math.max(...given.values())).toBeLessThanOrEqual(100);
      }),
      { numRuns: 40 },
    );
  });

  test("gives to others what wasn't used", async () => {
    const time = testTime();
    const budget = budgetOf({ tokensPerMinute: 100, tokensPerDay: 100 }, time);
    const settle = await budget.take(100, undefined);
    await settle(30);
    await budget.take(70, undefined);
    expect(time.pauses).toEqual([]);
  });

  test("counts what an answer has used beyond what was taken for it", async () => {
    const budget = budgetOf({ tokensPerDay: 100 }, testTime());
    const settle = await budget.take(40, undefined);
    await settle(90);
    await expect(budget.take(11, undefined)).rejects.toEqual(exceeded(/10 are left/));
  });

  test("says of what fits no minute, and no day, that it never will", async () => {
    const time = testTime();
    const ofMinute = budgetOf({ tokensPerMinute: 100 }, time);
    await expect(ofMinute.take(101, undefined)).rejects.toEqual(exceeded(/101 .* more than the 100 of a whole minute/));
    const ofDay = budgetOf({ tokensPerDay: 100 }, time);
    await expect(ofDay.take(101, undefined)).rejects.toEqual(exceeded(/101 .* more than the 100 of a whole day/));
    expect(time.pauses).toEqual([]);
  });

  test("lets nobody wait for longer than they may, and takes nothing of theirs", async () => {
    const limits = { tokensPerMinute: 100, tokensPerDay: 120, longestWaitMilliseconds: 5_000 };
    const budget = budgetOf(limits, testTime());
    await budget.take(60, undefined);
    await expect(budget.take(60, undefined)).rejects.toEqual(exceeded(/100 tokens of this minute are used up/));
    await budget.take(40, undefined);
  });

  test("lets nobody wait where the day's tokens don't suffice", async () => {
    const time = testTime();
    const budget = budgetOf({ tokensPerMinute: 100, tokensPerDay: 110 }, time);
    await budget.take(60, undefined);
    await expect(budget.take(60, undefined)).rejects.toEqual(exceeded(/of the 110 tokens of this day, 50 are left/));
    expect(time.pauses).toEqual([]);
  });

  test("stops waiting when the caller does, and takes nothing", async () => {
    const controller = new AbortController();
    const time = {
      ...testTime(),
      pause: async (_milliseconds: number, signal: AbortSignal | undefined) => {
        controller.abort(new Error("gone"));
        signal?.throwIfAborted();
      },
    };
    const budget = budgetOf({ tokensPerMinute: 100, tokensPerDay: 150 }, time);
    const settle = await budget.take(100, undefined);
    await expect(budget.take(50, controller.signal)).rejects.toThrow("gone");
    await settle(0);
    await budget.take(100, undefined);
  });

  test("gives no more than the day's tokens, and anew on the next day", async () => {
    const time = testTime();
    const budget = budgetOf({ tokensPerDay: 100 }, time);
    const settle = await budget.take(90, undefined);
    await expect(budget.take(20, undefined)).rejects.toEqual(exceeded(/of the 100 tokens of this day, 10 are left/));
    await settle(50);
    const yesterdays = await budget.take(50, undefined);
    await expect(budget.take(1, undefined)).rejects.toEqual(exceeded(/0 are left/));
    time.at += day / 2;
    const late = await budget.take(100, undefined);
    // What is given back of yesterday's is no more for today.
    await yesterdays(0);
    await expect(budget.take(1, undefined)).rejects.toEqual(exceeded(/0 are left/));
    await late(99);
    await budget.take(1, undefined);
  });

  test("takes of the day on which a question is asked, not of that on which it began to wait", async () => {
    const time = testTime();
    time.at += day / 2 - 10_000;
    const budget = budgetOf({ tokensPerMinute: 100, tokensPerDay: 120 }, time);
    await budget.take(60, undefined);
    await budget.take(60, undefined);
    expect(time.pauses).toEqual([10_000]);
    await expect(budget.take(61, undefined)).rejects.toEqual(exceeded(/of the 120 tokens of this day, 60 are left/));
  });

  test("of many questions at once, asks no more than fit, and as many", async () => {
    const budget = budgetOf({ tokensPerDay: 1_000 }, testTime());
    const outcomes = await Promise.allSettled(Array.from({ length: 60 }, () => budget.take(30, undefined)));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(33);
  });
});

describe("a deployment's budget", () => {
  test("is shared by all processes: whatever they ask at once, what is taken never exceeds it", async () => {
    const question = fc.record({
      tokens: fc.integer({ min: 1, max: 60 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(question, { minLength: 1, maxLength: 40 }), async (questions) => {
        const time = testTime();
        const noon = time.at;
        const limits = { tokensPerMinute: 150, tokensPerDay: 200, longestWaitMilliseconds: 0 };
        const processes = Array.from({ length: 4 }, () => countedBudget(limits, { counts: counts(), time }));
        let [taken, used] = [0, 0];
        await Promise.all(
          questions.map(async ({ tokens, share }, index) => {
            const settle = await processes[index % 4]?.take(tokens, undefined).catch(() => undefined);
            if (settle === undefined) return;
            taken += tokens;
            expect(taken).toBeLessThanOrEqual(150);
            // From here on it may be somebody else's.
            taken += Math.floor(tokens * share) - tokens;
            used += Math.floor(tokens * share);
            await settle(Math.floor(tokens * share));
          }),
        );
        expect(await kept("day", noon - day / 2)).toMatchObject({ tokens: used, questions: 0 });
        expect((await kept("minute", noon)).tokens ?? 0).toBe(used);
      }),
      { numRuns: 40 },
    );
  });

  test("is kept for two days, an item for each minute and each day", async () => {
    const time = testTime();
    time.at += 90_500;
    const budget = countedBudget({ tokensPerMinute: 100, tokensPerDay: 200 }, { counts: counts(), time });
    await budget.take(10, undefined);
    const [minute, midnight] = [time.at - 30_500, time.at - 90_500 - day / 2];
    expect(await kept("minute", minute)).toEqual({ tokens: 10, questions: 1, expiresAt: (minute + 2 * day) / 1_000 });
    expect(await kept("day", midnight)).toEqual({ tokens: 10, questions: 1, expiresAt: (midnight + 2 * day) / 1_000 });
  });

  test("that can't be counted is none: nothing may be asked", async () => {
    const errors: unknown[] = [];
    const onUnreachable = (error: unknown) => void errors.push(error);
    for (const limits of [{ tokensPerMinute: 100 }, { tokensPerDay: 100 }]) {
      const budget = countedBudget(limits, { counts: away(), time: testTime(), onUnreachable });
      await expect(budget.take(1, undefined)).rejects.toEqual(
        exceeded(/what is left of its budget could not be found out/),
      );
    }
    expect(errors).toMatchObject([{ name: "ResourceNotFoundException" }, { name: "ResourceNotFoundException" }]);
  });

  test("gives the day its tokens back where the minute can't be counted", async () => {
    const time = testTime();
    const broken = {
      take: (request: Parameters<ReturnType<typeof counts>["take"]>[0]) =>
        (request.period.unit === "minute" ? away() : counts()).take(request),
    };
    const budget = countedBudget({ tokensPerMinute: 100, tokensPerDay: 100 }, { counts: broken, time });
    await expect(budget.take(100, undefined)).rejects.toEqual(exceeded(/could not be found out/));
    expect(await kept("day", time.at - day / 2)).toMatchObject({ tokens: 0, questions: 0 });
  });

  test("without limits touches no table", async () => {
    const budget = countedBudget({}, { counts: away(), time: testTime() });
    await (await budget.take(1e9, undefined))(5);
  });

  test("keeps taken what can't be given back, and the answer isn't lost", async () => {
    const time = testTime();
    const errors: unknown[] = [];
    const forgetful = {
      async take(request: Parameters<ReturnType<typeof counts>["take"]>[0]) {
        const taken = await counts().take(request);
        return taken.settle === undefined ? taken : { settle: () => Promise.reject(new Error("The table is away.")) };
      },
    };
    const limits = { tokensPerDay: 100 };
    const budget = countedBudget(limits, { counts: forgetful, time, onUnreachable: (error) => errors.push(error) });
    await (await budget.take(90, undefined))(5);
    expect(errors).toEqual([new Error("The table is away.")]);
    const other = countedBudget(limits, { counts: counts(), time });
    await expect(other.take(11, undefined)).rejects.toEqual(exceeded(/10 are left/));
  });
});
