import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createEventOutbox } from "../../observability/eventOutbox.ts";
import type { EvaluationCompleted } from "../../observability/events.ts";
import { recordEvents } from "../../observability/record.ts";
import { createTestBus } from "../../observability/testing.ts";
import { aggregateRepository } from "../../storage/aggregateRepository.ts";
import { outboxRepository } from "../../storage/outboxRepository.ts";
import { recordRepository } from "../../storage/recordRepository.ts";
import { scoreFallRepository } from "../../storage/scoreFallRepository.ts";
import { startTestDatabase, type TestDatabase } from "../../storage/testing.ts";
import { tellFallenScores } from "./tellFallenScores.ts";

const hour = 3_600_000;
const today = Date.parse("2040-11-28T10:00:00Z");

let database: TestDatabase;
let bus: ReturnType<typeof createTestBus>;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database?.stop());
beforeEach(() => {
  bus = createTestBus();
});

const outbox = () => outboxRepository({ client: database.client, table: database.tables.ledger });

/** As a function does that the schedule has called, so many hours after it was called first. */
function tell(configId: string, hoursLater = 0) {
  const { client, tables } = database;
  return tellFallenScores(
    { configId, configArn: `arn:${configId}`, now: new Date(today + hoursLater * hour + 60_000) },
    {
      aggregates: aggregateRepository({ client, table: tables.aggregates }),
      falls: scoreFallRepository({ client, table: tables.ledger }),
      outbox: createEventOutbox({ eventBridge: bus.client, bus: "bus", outbox: outbox() }),
    },
  );
}

/** Records scores of an evaluator: so many, one an hour or more, that begin so many hours ago. */
async function score(configId: string, evaluatorId: string, value: number, count: number, hoursAgo: number) {
  const messages = Array.from({ length: count }, (_, index) => {
    const detail: EvaluationCompleted = {
      schemaVersion: 1,
      evaluationId: randomUUID(),
      time: new Date(today - (hoursAgo - (index % 20)) * hour + index).toISOString(),
      evaluatedAt: new Date(today).toISOString(),
      config: { id: configId, arn: `arn:${configId}` },
      evaluator: { id: evaluatorId, arn: evaluatorId, name: evaluatorId },
      level: "SESSION",
      sessionId: `session-${index}`,
      label: String(value),
      value,
      durationMicroseconds: 1,
    };
    return { messageId: detail.evaluationId, body: JSON.stringify({ "detail-type": "EvaluationCompleted", detail }) };
  });
  expect(await recordEvents(messages, recordRepository(database))).toEqual([]);
}

/** A configuration of which an evaluator's scores have fallen from 1 to 0, each as often as is said. */
async function fallen(
  evaluators: Readonly<Record<string, readonly [before: number, recent: number]>>,
): Promise<string> {
  const configId = randomUUID();
  for (const [evaluatorId, [before, recent]] of Object.entries(evaluators)) {
    await score(configId, evaluatorId, 1, before, 48);
    await score(configId, evaluatorId, 0, recent, 24);
  }
  return configId;
}

const published = () =>
  bus.events.map(({ type, detail }) => [type, "evaluatorId" in detail ? detail.evaluatorId : undefined]);

test("tells of a fall with what it was worked out of, and leaves nothing in the outbox", async () => {
  const configId = await fallen({ "Builtin.Helpfulness": [30, 30] });
  const fall = {
    schemaVersion: 1,
    config: { id: configId, arn: `arn:${configId}` },
    evaluatorId: "Builtin.Helpfulness",
    better: "higher",
    recent: { from: "2040-11-27T10:00:00.000Z", to: "2040-11-28T10:00:00.000Z", scores: 30, mean: 0 },
    before: { from: "2040-11-20T10:00:00.000Z", to: "2040-11-27T10:00:00.000Z", scores: 30, mean: 1 },
  };
  expect(await tell(configId)).toEqual([fall]);
  expect(bus.events).toEqual([{ type: "EvaluationScoreFell", detail: fall }]);
  expect(await outbox().oldest(1)).toEqual([]);
});

test("tells of the same evaluator once a day, and again on the next", async () => {
  const configId = await fallen({ Falls: [40, 200] });
  expect(await tell(configId)).toHaveLength(1);
  // The hour of the schedule, and every hour until midnight.
  for (let later = 0; later < 14; later++) expect(await tell(configId, later)).toEqual([]);
  expect(published()).toEqual([["EvaluationScoreFell", "Falls"]]);
  expect(await tell(configId, 14)).toMatchObject([
    { evaluatorId: "Falls", recent: { to: "2040-11-29T00:00:00.000Z" } },
  ]);
  expect(await tell(configId, 15)).toEqual([]);
  expect(published()).toHaveLength(2);
});

test("publishes one event where several look at once", async () => {
  const configId = await fallen({ Falls: [40, 40] });
  const told = await Promise.all(Array.from({ length: 5 }, () => tell(configId)));
  expect(told.flat()).toMatchObject([{ evaluatorId: "Falls" }]);
  expect(published()).toEqual([["EvaluationScoreFell", "Falls"]]);
  expect(await outbox().oldest(1)).toEqual([]);
});

test("tells of evaluators and of configurations one by one", async () => {
  const configIds = [await fallen({ First: [40, 40], Second: [40, 40] }), await fallen({ First: [40, 40] })];
  for (const configId of configIds) await tell(configId);
  expect(
    published()
      .map(([, evaluatorId]) => evaluatorId)
      .sort(),
  ).toEqual(["First", "First", "Second"]);
});

test("tells nothing of fewer than thirty scores, neither before nor now", async () => {
  const configId = await fallen({ FewNow: [200, 29], FewBefore: [29, 200], Enough: [30, 30] });
  expect((await tell(configId)).map(({ evaluatorId }) => evaluatorId)).toEqual(["Enough"]);
  expect(published()).toEqual([["EvaluationScoreFell", "Enough"]]);
});

test("keeps what the bus doesn't take in the outbox, and doesn't tell it twice", async () => {
  const configId = await fallen({ Falls: [40, 40] });
  bus.fail(true);
  expect(await tell(configId)).toHaveLength(1);
  bus.fail(false);
  expect(await tell(configId)).toEqual([]);
  expect(published()).toEqual([]);
  const waiting = await outbox().oldest(2);
  expect(waiting.map(({ entry }) => entry.DetailType)).toEqual(["EvaluationScoreFell"]);
  for (const { id } of waiting) await outbox().remove(id);
});
