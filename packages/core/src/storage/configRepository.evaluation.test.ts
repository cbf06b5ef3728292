import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ChangedMeanwhile } from "./configRepository.table.ts";
import { type ConfigRepository, configRepository } from "./configRepository.ts";
import type { EvaluatorRecord, OnlineEvaluationConfigRecord } from "./records.ts";
import { startTestDatabase, type TestDatabase } from "./testing.ts";

let database: TestDatabase;
let repository: ConfigRepository;
beforeAll(async () => {
  database = await startTestDatabase();
  repository = configRepository({ client: database.client, table: database.tables.config });
});
afterAll(() => database.stop());

const time = "2027-01-01T00:00:00.000Z";
let serial = 0;

async function newEvaluator(): Promise<EvaluatorRecord> {
  const evaluatorId = `evaluator${serial++}-0123456789`;
  const lambdaConfig = { lambdaArn: "arn:aws:lambda:us-east-1:123456789012:function:judge" };
  const record: EvaluatorRecord = {
    evaluatorId,
    evaluatorArn: `arn:aws:bedrock-agentcore:us-east-1:123456789012:evaluator/${evaluatorId}`,
    evaluatorName: evaluatorId,
    level: "TRACE",
    evaluatorConfig: { codeBased: { lambdaConfig } },
    status: "ACTIVE",
    createdAt: time,
    updatedAt: time,
    version: 1,
    enabledUses: 0,
  };
  await repository.createEvaluator(record);
  return record;
}

function configOf(...evaluators: readonly EvaluatorRecord[]): OnlineEvaluationConfigRecord {
  const id = `config${serial++}-0123456789`;
  return {
    onlineEvaluationConfigId: id,
    onlineEvaluationConfigArn: `arn:aws:bedrock-agentcore:us-east-1:123456789012:online-evaluation-config/${id}`,
    onlineEvaluationConfigName: id,
    rule: { samplingConfig: { samplingPercentage: 1 }, sessionConfig: { sessionTimeoutMinutes: 15 } },
    dataSourceConfig: { cloudWatchLogs: { serviceNames: ["agent"] } },
    evaluators: [...evaluators.map(({ evaluatorId }) => ({ evaluatorId })), { evaluatorId: "Builtin.Helpfulness" }],
    evaluationExecutionRoleArn: "arn:aws:iam::123456789012:role/evaluation",
    executionStatus: "ENABLED",
    status: "ACTIVE",
    createdAt: time,
    updatedAt: time,
    version: 1,
  };
}

const usesOf = async ({ evaluatorId }: EvaluatorRecord) => (await repository.getEvaluator(evaluatorId))?.enabledUses;
const refused = { locked: "REFUSED" } as const;

describe("an evaluator that came into use since it was read", () => {
  test("is not changed, and is as it was", async () => {
    const record = await newEvaluator();
    await repository.createOnlineEvaluationConfig(configOf(record), [record]);
    const change = repository.updateEvaluator(record, { ...record, level: "SESSION" }, refused);
    await expect(change).rejects.toThrow(ChangedMeanwhile);
    expect(await repository.getEvaluator(record.evaluatorId)).toEqual({ ...record, enabledUses: 1 });
  });

  test("is not deleted", async () => {
    const record = await newEvaluator();
    await repository.createOnlineEvaluationConfig(configOf(record), [record]);
    await expect(repository.deleteEvaluator(record)).rejects.toThrow(ChangedMeanwhile);
    expect(await usesOf(record)).toBe(1);
  });

  test("can be tagged", async () => {
    const record = await newEvaluator();
    await repository.createOnlineEvaluationConfig(configOf(record), [record]);
    await repository.updateEvaluator(record, { ...record, tags: { a: "b" } }, { locked: "ALLOWED" });
    const tagged = { ...record, tags: { a: "b" }, version: 2, enabledUses: 1 };
    expect(await repository.getEvaluator(record.evaluatorId)).toEqual(tagged);
  });
});

describe("an online evaluation", () => {
  test("doesn't come about with an evaluator that has changed since it was checked, or that nobody has checked", async () => {
    const record = await newEvaluator();
    await repository.updateEvaluator(record, { ...record, level: "SESSION" }, refused);
    const config = configOf(record);
    await expect(repository.createOnlineEvaluationConfig(config, [record])).rejects.toThrow(ChangedMeanwhile);
    await expect(repository.createOnlineEvaluationConfig(config, [])).rejects.toThrow(ChangedMeanwhile);
    expect(await repository.getOnlineEvaluationConfig(config.onlineEvaluationConfigId)).toBeUndefined();
    expect(await usesOf(record)).toBe(0);
  });

  test("that has changed since it was read is neither changed nor deleted, nor are its locks", async () => {
    const [one, other] = [await newEvaluator(), await newEvaluator()];
    const config = configOf(one);
    await repository.createOnlineEvaluationConfig(config, [one]);
    const next = { ...config, evaluators: [{ evaluatorId: other.evaluatorId }] };
    await repository.updateOnlineEvaluationConfig(config, next, [other]);
    await expect(repository.updateOnlineEvaluationConfig(config, next, [other])).rejects.toThrow(ChangedMeanwhile);
    await expect(repository.deleteOnlineEvaluationConfig(config)).rejects.toThrow(ChangedMeanwhile);
    const unlocking = { ...config, evaluators: [] };
    await expect(repository.deleteOnlineEvaluationConfig(unlocking)).rejects.toThrow(ChangedMeanwhile);
    expect([await usesOf(one), await usesOf(other)]).toEqual([0, 1]);
    await repository.deleteOnlineEvaluationConfig({ ...next, version: 2 });
    expect([await usesOf(one), await usesOf(other)]).toEqual([0, 0]);
  });
});
