import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { batch, batchSeconds } from "./batching.ts";
import { defaultModel } from "./model.ts";
import { type QueueRun, seeded, simulateQueue } from "./queueSimulation.ts";

const queue = { batchSize: 25, batchWindowSeconds: 1 };
const run: QueueRun = {
  messagesPerSecond: 10,
  pollers: 5,
  batchSize: queue.batchSize,
  windowSeconds: queue.batchWindowSeconds,
  workSeconds: () => 0,
  messages: 40_000,
  random: seeded(1),
};
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("batches", () => {
  test.each([1, 10, 50, 100, 200, 1_000])("of %i messages a second are as large as calculated", (messagesPerSecond) => {
    const calculated = batch(queue, messagesPerSecond, defaultModel);
    const { batches } = simulateQueue({ ...run, messagesPerSecond, pollers: calculated.pollers, random: seeded(7) });
    expect(mean(batches) / calculated.batchSize).toBeCloseTo(1, 1);
    expect(Math.abs(mean(batches) / calculated.batchSize - 1)).toBeLessThan(0.03);
  });

  test.each([10, 100, 300, 600])(
    "of %i messages a second are no smaller for the time that work takes",
    (messagesPerSecond) => {
      const calculated = batch(queue, messagesPerSecond, defaultModel);
      const workSeconds = (size: number) => batchSeconds(size, defaultModel);
      const { batches } = simulateQueue({ ...run, messagesPerSecond, pollers: calculated.pollers, workSeconds });
      expect(mean(batches)).toBeGreaterThan(calculated.batchSize * 0.97);
    },
  );

  test("hold every message once, whole or in part, and none waits longer than the window", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 2_000, noNaN: true }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 0, max: 1_000 }),
        fc.integer(),
        (messagesPerSecond, pollers, batchSize, messages, seed) => {
          const random = seeded(seed);
          const { batches, waits } = simulateQueue({ ...run, messagesPerSecond, pollers, batchSize, messages, random });
          expect(batches.reduce((sum, size) => sum + size, 0)).toBe(messages);
          expect(waits).toHaveLength(messages);
          expect(Math.max(0, ...batches)).toBeLessThanOrEqual(batchSize);
          expect(Math.max(0, ...waits)).toBeLessThanOrEqual(run.windowSeconds + 1e-9);
        },
      ),
    );
  });

  test("that are calculated hold every message once", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 1e6, noNaN: true }), (messagesPerSecond) => {
        const { batchesPerSecond, batchSize } = batch(queue, messagesPerSecond, defaultModel);
        expect(batchesPerSecond * batchSize).toBeCloseTo(messagesPerSecond, 6);
        expect(batchSize).toBeGreaterThanOrEqual(1);
        expect(batchSize).toBeLessThanOrEqual(queue.batchSize);
      }),
    );
  });

  test("without a window are of one message each", () => {
    const { batchSize, waitSeconds } = batch({ batchSize: 1, batchWindowSeconds: 0 }, 100, defaultModel);
    expect([batchSize, waitSeconds]).toEqual([1, 0]);
  });
});
