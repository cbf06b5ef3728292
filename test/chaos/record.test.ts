import { createPublisher } from "@gatehouse/core/observability/publisher.ts";
import { reconcile } from "@gatehouse/core/observability/reconcile.ts";
import { recordEvents } from "@gatehouse/core/observability/record.ts";
import { sweepOutbox } from "@gatehouse/core/observability/sweep.ts";
import { createTestBus } from "@gatehouse/core/observability/testing.ts";
import { aggregateRepository } from "@gatehouse/core/storage/aggregateRepository.ts";
import { ledgerRepository } from "@gatehouse/core/storage/ledgerRepository.ts";
import { outboxRepository } from "@gatehouse/core/storage/outboxRepository.ts";
import { recordRepository } from "@gatehouse/core/storage/recordRepository.ts";
import { spanRepository } from "@gatehouse/core/storage/spanRepository.ts";
import { startTestDatabase, type TestDatabase } from "@gatehouse/core/storage/testing.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EventStream, eventStream, messageOf, randomFrom } from "../support/eventStream.ts";
import { startFaultyDatabase } from "../support/faultyDatabase.ts";
import { expectTruth } from "../support/recordedTruth.ts";
import { deliverAll } from "../support/testQueue.ts";

/** How many events each case takes: a few thousand in passing, as many as you like by hand. */
const count = Number(process.env.GATEHOUSE_CHAOS_EVENTS ?? 1_500);
const seed = Number(process.env.GATEHOUSE_CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 31));
const milliseconds = 60_000 + count * 60;
const start = Date.UTC(2026, 10, 20, 21, 30);
const length = 7 * 3_600_000;

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
  // To make what has failed happen again: GATEHOUSE_CHAOS_SEED.
  console.log(`The seed is ${seed}.`);
});
afterAll(() => database.stop());

const environmentOf = (endpoint: string) => ({
  AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
});

/** Every gateway of the stream agrees with itself. */
async function expectReconciled(stream: EventStream) {
  const { client, tables } = database;
  const repositories = {
    ledger: ledgerRepository({ client, table: tables.ledger }),
    spans: spanRepository({ client, table: tables.ledger }),
    aggregates: aggregateRepository({ client, table: tables.aggregates }),
  };
  const range = { from: new Date("2026-11-20T21:00:00Z"), to: new Date("2026-11-21T05:00:00Z") };
  for (const gatewayId of new Set(stream.decisions.map(({ gateway }) => gateway.id))) {
    const found = await reconcile(repositories, { gatewayId, ...range });
    expect(found).toMatchObject({ agrees: true, missingSpans: { count: 0 }, missingDecisions: { count: 0 } });
    expect(found.decisions).toBe(stream.decisions.filter(({ gateway }) => gateway.id === gatewayId).length);
  }
}

test(
  "T22 recorders are killed at any moment, and a fifth of all is delivered again: counted once, and nothing lost",
  async () => {
    const random = randomFrom(seed);
    const stream = eventStream({ name: "killed", count, random, start, length });
    const { kills, deliveries } = await deliverAll({
      messages: stream.events.map(messageOf),
      random,
      batchSize: 100,
      recorders: 2,
      kills: 0.2,
      repeats: 0.2,
      environment: environmentOf(database.endpoint),
      tables: database.tables,
    });
    expect(kills).toBeGreaterThan(0);
    expect(deliveries).toBeGreaterThan(stream.events.length);
    await expectTruth(database, stream);
    await expectReconciled(stream);
  },
  milliseconds,
);

test(
  "T22 the database throttles, fails, loses requests, and answers none that it has done: counted once, and nothing lost",
  async () => {
    const random = randomFrom(seed + 1);
    // Each request meets a fate of its own, and each waits: a third of the events are as many fates as a test can wait for.
    const stream = eventStream({ name: "faulty", count: Math.ceil(count / 3), random, start, length });
    await using faulty = await startFaultyDatabase(database.endpoint);
    const unfortunate = ["throttled", "conflict", "failed", "lost", "unanswered"] as const;
    // For a while nothing works, and then a third fails.
    let requests = 0;
    faulty.fateOf = () => {
      if (requests++ < 30) return "throttled";
      return random() < 0.35 ? (unfortunate[Math.floor(random() * unfortunate.length)] ?? "done") : "done";
    };
    await deliverAll({
      messages: stream.events.map(messageOf),
      random,
      batchSize: 100,
      // Most of the time each waits before it tries again.
      recorders: 8,
      kills: 0,
      repeats: 0.2,
      environment: environmentOf(faulty.url),
      tables: database.tables,
    });
    for (const fate of ["done", ...unfortunate] as const) expect(faulty.fates[fate], fate).toBeGreaterThan(0);
    await expectTruth(database, stream);
    await expectReconciled(stream);
  },
  milliseconds,
);

test(
  "T22 the bus is away for a while: what waited in the outbox is counted once, and nothing is lost",
  async () => {
    const random = randomFrom(seed + 2);
    const stream = eventStream({ name: "away", count: Math.ceil(count / 3), random, start, length });
    const { client, tables } = database;
    const bus = createTestBus();
    const outbox = outboxRepository({ client, table: tables.ledger });
    const publisher = createPublisher({ eventBridge: bus.client, bus: "bus", outbox });
    const third = Math.ceil(stream.events.length / 3);
    for (const [index, part] of [0, 1, 2]
      .map((index) => stream.events.slice(index * third, (index + 1) * third))
      .entries()) {
      bus.fail(index === 1);
      await Promise.all(part.map((event) => publisher.publish(event)));
    }
    expect(bus.events).toHaveLength(stream.events.length - third);
    expect(await sweepOutbox({ eventBridge: bus.client, outbox })).toBe(third);

    const repository = recordRepository({ client, tables });
    const messages = bus.events.map(messageOf);
    for (let at = 0; at < messages.length; at += 80) {
      // The second half of each batch comes with the next one again.
      expect(await recordEvents(messages.slice(Math.max(0, at - 40), at + 80), repository)).toEqual([]);
    }
    await expectTruth(database, stream);
    await expectReconciled(stream);
  },
  milliseconds,
);
