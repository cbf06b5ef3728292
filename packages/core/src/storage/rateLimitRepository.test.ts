import { randomUUID } from "node:crypto";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createLimiter } from "../gateway/limits/limiter.ts";
import { rateLimitRepository } from "./rateLimitRepository.ts";
import { startTestDatabase, type TestDatabase } from "./testing.ts";
import { rateOf, takeFrom } from "./tokenBucket.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const repository = () => rateLimitRepository({ client: database.client, table: database.tables.aggregates });

test("the table gives what the bucket in memory gives", async () => {
  const rate = fc
    .record({ limit: fc.integer({ min: 1, max: 20 }), periodSeconds: fc.integer({ min: 1, max: 60 }) })
    .map(({ limit, periodSeconds }) => rateOf(limit, periodSeconds));
  const takings = fc.array(
    fc.record({ wanted: fc.integer({ min: 1, max: 25 }), after: fc.integer({ min: -1_000_000, max: 5_000_000 }) }),
    { maxLength: 15 },
  );
  await fc.assert(
    fc.asyncProperty(rate, takings, async (current, steps) => {
      const key = randomUUID();
      let now = Date.now() * 1_000;
      let fullAt: number | undefined;
      for (const { wanted, after } of steps) {
        now += after;
        const expected = takeFrom(fullAt, current, wanted, now);
        const { tokens, retryAt } = await repository().take(key, current, wanted, now);
        expect({ tokens, retryAt }).toEqual({ tokens: expected.tokens, retryAt: expected.retryAt });
        // A refusal leaves the bucket as it is.
        if (tokens > 0) fullAt = expected.fullAt;
      }
    }),
    { numRuns: 50 },
  );
});

test("of calls of several processes at once exactly the limit passes", async () => {
  const now = Date.now();
  const rate = rateOf(50, 60);
  const key = randomUUID();
  const processes = Array.from({ length: 4 }, () => createLimiter({ ...repository(), now: () => now }));
  const answers = await Promise.all(
    processes.flatMap((limiter) => Array.from({ length: 100 }, () => limiter.admit(key, rate))),
  );
  expect(answers.filter(({ admitted }) => admitted)).toHaveLength(50);
  expect(answers.find(({ admitted }) => !admitted)).toEqual({ admitted: false, retryAfterMilliseconds: 1_200 });
});

test("limits don't meet, and what is long full expires", async () => {
  const now = Date.now() * 1_000;
  const rate = rateOf(1, 60);
  for (const key of ["a", "b"]) expect(await repository().take(`limit ${key}`, rate, 1, now)).toEqual({ tokens: 1 });
  expect(await repository().take("limit a", rate, 1, now)).toEqual({ tokens: 0, retryAt: now + 60_000_000 });
  // As after the table has forgotten it.
  expect(await repository().take("limit a", rate, 1, now + 61_000_000)).toEqual({ tokens: 1 });
});

test("a table that isn't there is an error, not a yes", async () => {
  const away = rateLimitRepository({ client: database.client, table: "no-such-table" });
  await expect(away.take("key", rateOf(1, 1), 1, Date.now() * 1_000)).rejects.toThrow();
});
