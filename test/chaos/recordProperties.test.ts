import { type QueuedEvent, recordEvents } from "@gatehouse/core/observability/record.ts";
import { recordRepository } from "@gatehouse/core/storage/recordRepository.ts";
import { startTestDatabase, type TestDatabase } from "@gatehouse/core/storage/testing.ts";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventStream, messageOf, randomFrom, shuffled } from "../support/eventStream.ts";
import { expectTruth } from "../support/recordedTruth.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

test("T22 in any order, in any batches, however often delivered, to several recorders: the tables say the same", async () => {
  let run = 0;
  const delivery = fc.record({
    seed: fc.integer(),
    count: fc.integer({ min: 1, max: 60 }),
    recorders: fc.integer({ min: 1, max: 3 }),
    /** How long the traffic lasted: all of it within an hour, or over days. */
    length: fc.constantFrom(1, 3_600_000, 3 * 86_400_000),
    batchSizes: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
    repeats: fc.integer({ min: 0, max: 2 }),
  });
  await fc.assert(
    fc.asyncProperty(delivery, async ({ seed, count, recorders, length, batchSizes, repeats }) => {
      // Each run has ids of its own, whatever seeds come twice.
      const random = randomFrom(seed + run * 1_000_003);
      const start = Date.UTC(2026, 10, 20, 22);
      const stream = eventStream({ name: `run-${run++}`, count, random, start, length });
      const deliveries = Array.from({ length: repeats + 1 }, () => stream.events).flat();
      const messages = shuffled(deliveries, random).map(messageOf);
      const repositories = Array.from({ length: recorders }, () =>
        recordRepository({ client: database.client, tables: database.tables }),
      );
      const batches: QueuedEvent[][] = [];
      for (let at = 0, turn = 0; at < messages.length; turn++) {
        const size = batchSizes[turn % batchSizes.length] ?? 1;
        batches.push(messages.slice(at, at + size));
        at += size;
      }
      // Each recorder takes its batches one after the other, at the same time as the others.
      const failed = await Promise.all(
        repositories.map(async (repository, index) => {
          const failed: string[] = [];
          for (const [turn, batch] of batches.entries()) {
            if (turn % recorders === index) failed.push(...(await recordEvents(batch, repository)));
          }
          return failed;
        }),
      );
      expect(failed.flat()).toEqual([]);
      await expectTruth(database, stream);
    }),
    { numRuns: 25 },
  );
}, 240_000);
