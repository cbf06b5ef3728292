import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EvaluationCompleted } from "../observability/events.ts";
import { aggregateRepository } from "./aggregateRepository.ts";
import { effectOfEvaluation } from "./evaluationRepository.ts";
import { recordRepository } from "./recordRepository.ts";
import { startTestDatabase, type TestDatabase } from "./testing.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const evaluated = (sessionId: string, value: number, more: Partial<EvaluationCompleted> = {}): EvaluationCompleted => ({
  schemaVersion: 1,
  evaluationId: randomUUID(),
  time: "2026-11-20T10:00:00.000Z",
  evaluatedAt: "2026-11-20T10:20:00.000Z",
  config: { id: "config", arn: "arn" },
  evaluator: { id: "Own", arn: "arn", name: "Own" },
  level: "SESSION",
  sessionId,
  label: `${value}`,
  value,
  durationMicroseconds: 1,
  ...more,
});

test("the worst scores of a day come first: the lowest, or the highest where less is better", async () => {
  const { client, tables } = database;
  const recorder = recordRepository({ client, tables });
  const happened = [
    evaluated("middle", 0.5),
    evaluated("negative", -10),
    evaluated("low", 0.000001),
    evaluated("high", 1_000),
    evaluated("none", 0, { label: "Rude" }),
    evaluated("other", -20, { evaluator: { id: "Other", arn: "arn", name: "Other" } }),
    evaluated("earlier", -20, { time: "2026-11-19T23:59:59.999Z" }),
  ];
  expect(await recorder.put(happened.map(effectOfEvaluation))).toEqual([]);
  const aggregates = aggregateRepository({ client, table: tables.aggregates });
  const query = { configId: "config", evaluatorId: "Own", date: "2026-11-20" } as const;
  const worst = async (better: "higher" | "lower", limit = 10) =>
    (await aggregates.worstScores({ ...query, better, limit })).map(({ sessionId }) => sessionId);
  expect(await worst("higher")).toEqual(["negative", "none", "low", "middle", "high"]);
  expect(await worst("lower")).toEqual(["high", "middle", "low", "none", "negative"]);
  expect(await worst("lower", 2)).toEqual(["high", "middle"]);
});
