import type { JsonObject } from "@gatehouse/core/json.ts";
import type { SQSEvent } from "aws-lambda";
import { describe, expect, onTestFinished, test } from "vitest";
import { createManualClock, type ManualClock } from "../testing/clock.ts";
import { temporaryFolder } from "../testing/folder.ts";
import { testTopology } from "../testing/topology.ts";
import { type Bus, createBus } from "./bus.ts";
import { openBusStore } from "./store.ts";

interface Delivery {
  readonly numbers: readonly number[];
  readonly event: SQSEvent;
  readonly answer: (value?: unknown) => void;
  readonly fail: (error: Error) => void;
}

/** A bus whose deliveries the test takes and answers one by one. */
async function startBus(queue: Partial<(typeof testTopology)["queues"]["record"] | Record<string, number>> = {}) {
  const folder = await temporaryFolder();
  const store = await openBusStore(folder, true);
  const clock: ManualClock = createManualClock();
  const deliveries: Delivery[] = [];
  let arrived = Promise.withResolvers<void>();
  const topology = { ...testTopology, queues: { record: { ...testTopology.queues.record, ...queue } } };
  const deliver = (_name: string, event: SQSEvent) => {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const numbers = event.Records.map(({ body }) => JSON.parse(body).detail.number);
    deliveries.push({ numbers, event, answer: resolve, fail: reject });
    arrived.resolve();
    return promise;
  };
  const log: string[] = [];
  const place = { region: "us-east-1", accountId: "000000000000" };
  const bus: Bus = createBus({ topology, store, place, deliver, log: (line) => log.push(line), clock });
  onTestFinished(async () => {
    bus.stop();
    for (const delivery of deliveries) delivery.answer();
    await store.close();
  });
  const next = async (): Promise<Delivery> => {
    while (deliveries.length === 0) {
      await arrived.promise;
      arrived = Promise.withResolvers();
    }
    const delivery = deliveries.shift();
    if (delivery === undefined) throw new Error("A delivery has arrived.");
    return delivery;
  };
  return { bus, clock, next, log, deliveries };
}

function decision(number: number): JsonObject {
  return {
    version: "0",
    id: `id-${number}`,
    source: "gatehouse.gateway",
    "detail-type": "ToolDecision",
    detail: { number },
  };
}

describe("the bus", () => {
  test("delivers what a rule matches, in an SQS event, and drops the rest", async () => {
    const { bus, next } = await startBus();
    await bus.start();
    await bus.accept([decision(1), { ...decision(2), source: "someone.else" }]);
    const { event, numbers, answer } = await next();
    expect(numbers).toEqual([1]);
    expect(event.Records[0]).toMatchObject({
      eventSource: "aws:sqs",
      eventSourceARN: "arn:aws:sqs:us-east-1:000000000000:record",
      awsRegion: "us-east-1",
      body: JSON.stringify(decision(1)),
      attributes: { ApproximateReceiveCount: "1" },
    });
    answer();
    await bus.idle();
    expect(bus.depths()).toEqual({ record: { ready: 0, inFlight: 0, delayed: 0 } });
  });

  test("collects what arrives while the function is busy into batches, in order", async () => {
    const { bus, next } = await startBus({ batchSize: 3 });
    await bus.start();
    for (const number of [1, 2]) await bus.accept([decision(number)]);
    const busy = [await next(), await next()];
    await bus.accept([3, 4, 5, 6].map(decision));
    for (const delivery of busy) delivery.answer();
    const batches = [await next(), await next()];
    expect(batches.map(({ numbers }) => numbers)).toEqual([[3, 4, 5], [6]]);
  });

  test("waits for a batch to fill up, but no longer than its window", async () => {
    const { bus, next, clock, deliveries } = await startBus({ batchSize: 2, batchWindowSeconds: 7 });
    await bus.start();
    await bus.accept([decision(1)]);
    expect(deliveries).toEqual([]);
    expect(clock.planned()).toEqual([7_000]);
    clock.next();
    expect((await next()).numbers).toEqual([1]);
    await bus.accept([decision(2), decision(3)]);
    expect((await next()).numbers).toEqual([2, 3]);
  });

  test("tries again only what the function reports as failed, later each time", async () => {
    const { bus, next, clock } = await startBus({ maxReceiveCount: 4 });
    await bus.start();
    await bus.accept([decision(1), decision(2)]);
    const first = await next();
    expect(first.numbers).toEqual([1, 2]);
    first.answer({ batchItemFailures: [{ itemIdentifier: first.event.Records[1]?.messageId }] });
    for (const delay of [750, 1_500]) {
      await bus.quiet();
      expect(clock.planned()).toEqual([delay]);
      clock.next();
      const again = await next();
      expect(again.numbers).toEqual([2]);
      again.answer({ batchItemFailures: [{ itemIdentifier: again.event.Records[0]?.messageId }] });
    }
    await bus.quiet();
    expect(clock.planned()).toEqual([3_000]);
    clock.next();
    const last = await next();
    expect(last.event.Records[0]?.attributes.ApproximateReceiveCount).toBe("4");
    last.answer({ batchItemFailures: [] });
    await bus.idle();
    expect(await bus.deadLetters()).toEqual([]);
  });

  test.each([
    ["a handler that throws", (delivery: Delivery) => delivery.fail(new Error("down"))],
    [
      "a failure that names an unknown message",
      (delivery: Delivery) => delivery.answer({ batchItemFailures: [{ itemIdentifier: "nobody" }] }),
    ],
  ])("takes %s as the failure of the whole batch", async (_case, respond) => {
    const { bus, next } = await startBus();
    await bus.accept([decision(1), decision(2)]);
    await bus.start();
    const delivery = await next();
    expect(delivery.numbers).toEqual([1, 2]);
    respond(delivery);
    await bus.quiet();
    expect(bus.depths().record).toEqual({ ready: 0, inFlight: 0, delayed: 2 });
  });

  test("moves what fails too often to the dead letters, says why, and delivers it again when redriven", async () => {
    const { bus, next, clock, log } = await startBus();
    await bus.start();
    await bus.accept([decision(1)]);
    (await next()).fail(new Error("down"));
    await bus.quiet();
    clock.next();
    (await next()).fail(new Error("still down"));
    await bus.idle();
    expect(await bus.deadLetters()).toEqual([
      { queue: "record", event: decision(1), receiveCount: 2, lastError: "still down", firstSeen: expect.any(String) },
    ]);
    expect(log).toEqual([expect.stringContaining("still down")]);

    expect(await bus.redrive("record")).toBe(1);
    const again = await next();
    expect(again.event.Records[0]?.attributes.ApproximateReceiveCount).toBe("1");
    again.answer();
    await bus.idle();
    expect(await bus.deadLetters()).toEqual([]);
  });

  test("refuses to redrive a queue that isn't there", async () => {
    const { bus } = await startBus();
    await expect(bus.redrive("typo")).rejects.toThrow('names the queue "typo", which isn\'t among record');
  });
});
