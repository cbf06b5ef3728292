import {
  ConflictException,
  CreateOnlineEvaluationConfigCommand,
  type CreateOnlineEvaluationConfigCommandInput,
  DeleteEvaluatorCommand,
  DeleteOnlineEvaluationConfigCommand,
  GetOnlineEvaluationConfigCommand,
  ListTagsForResourceCommand,
  type OnlineEvaluationConfigSummary,
  paginateListOnlineEvaluationConfigs,
  ResourceNotFoundException,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateOnlineEvaluationConfigCommand,
  type UpdateOnlineEvaluationConfigCommandInput,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { unusedName } from "../fixtures.ts";
import { startTestControlPlane, type TestControlPlane } from "../testing.ts";
import { builtinEvaluators } from "./builtinEvaluators.ts";
import { coded, evaluationOf, judged, onlineSettings, problemsOf } from "./testing.ts";

let plane: TestControlPlane;
let made: ReturnType<typeof evaluationOf>;
beforeAll(async () => {
  plane = await startTestControlPlane();
  made = evaluationOf(plane);
});
afterAll(() => plane.stop());

const create = (changes: Partial<CreateOnlineEvaluationConfigCommandInput> = {}) =>
  plane.client.send(new CreateOnlineEvaluationConfigCommand(onlineSettings(changes)));
const get = (onlineEvaluationConfigId: string) =>
  plane.client.send(new GetOnlineEvaluationConfigCommand({ onlineEvaluationConfigId }));
const update = (
  onlineEvaluationConfigId: string,
  changes: Omit<UpdateOnlineEvaluationConfigCommandInput, "onlineEvaluationConfigId">,
) => plane.client.send(new UpdateOnlineEvaluationConfigCommand({ onlineEvaluationConfigId, ...changes }));
const remove = (onlineEvaluationConfigId: string) =>
  plane.client.send(new DeleteOnlineEvaluationConfigCommand({ onlineEvaluationConfigId }));
const sampled = (samplingPercentage: number) => ({ samplingConfig: { samplingPercentage } });

describe("an online evaluation", () => {
  test("is created, read, changed and deleted, and each change is on record", async () => {
    const settings = onlineSettings({ description: "What comes in.", tags: { team: "claims" } });
    const created = await plane.client.send(new CreateOnlineEvaluationConfigCommand(settings));
    const { onlineEvaluationConfigId: id = "", onlineEvaluationConfigArn: arn } = created;
    expect(created).toMatchObject({ status: "ACTIVE", executionStatus: "DISABLED", createdAt: expect.any(Date) });
    expect(id).toMatch(new RegExp(`^${settings.onlineEvaluationConfigName}-[a-z0-9]{10}$`));
    expect(arn).toBe(`arn:aws:bedrock-agentcore:us-east-1:123456789012:online-evaluation-config/${id}`);

    const { tags, enableOnCreate: _, rule, ...shown } = settings;
    const read = await get(id);
    expect(read).toMatchObject(shown);
    expect(read.rule).toEqual({ ...rule, sessionConfig: { sessionTimeoutMinutes: 15 } });

    const filters = [{ key: "team", operator: "Equals" as const, value: { stringValue: "claims" } }];
    const changed = { rule: { ...sampled(0.5), filters, sessionConfig: { sessionTimeoutMinutes: 60 } } };
    expect(await update(id, changed)).toMatchObject({ status: "ACTIVE", executionStatus: "DISABLED" });
    expect(await get(id)).toMatchObject({ ...shown, ...changed });
    await update(id, { executionStatus: "ENABLED", description: "What came in." });
    expect(await get(id)).toMatchObject({ ...changed, executionStatus: "ENABLED", description: "What came in." });

    const { onlineEvaluationConfigArn: resourceArn } = created;
    await plane.client.send(new TagResourceCommand({ resourceArn, tags: { stage: "test" } }));
    await plane.client.send(new UntagResourceCommand({ resourceArn, tagKeys: ["team"] }));
    const tagged = await plane.client.send(new ListTagsForResourceCommand({ resourceArn }));
    expect([tags, tagged.tags]).toEqual([{ team: "claims" }, { stage: "test" }]);

    expect(await remove(id)).toMatchObject({ onlineEvaluationConfigId: id, status: "DELETING" });
    for (const request of [get, remove, (gone: string) => update(gone, changed)]) {
      await expect(request(id)).rejects.toThrow(ResourceNotFoundException);
    }
    expect(plane.changesOf(arn).map(({ operation }) => operation)).toEqual([
      "CreateOnlineEvaluationConfig",
      "UpdateOnlineEvaluationConfig",
      "UpdateOnlineEvaluationConfig",
      "TagResource",
      "UntagResource",
      "DeleteOnlineEvaluationConfig",
    ]);
    expect(plane.changesOf(arn)[2]).toMatchObject({
      before: { executionStatus: "DISABLED" },
      after: { executionStatus: "ENABLED", dataSourceConfig: shown.dataSourceConfig },
    });
  });

  test("has a name that no other has, and gives it back when it goes", async () => {
    const onlineEvaluationConfigName = unusedName("unique");
    const { onlineEvaluationConfigId = "" } = await create({ onlineEvaluationConfigName });
    await expect(create({ onlineEvaluationConfigName })).rejects.toThrow(ConflictException);
    await remove(onlineEvaluationConfigId);
    await create({ onlineEvaluationConfigName });
  });

  test("is created once for one client token", async () => {
    const settings = onlineSettings({ clientToken: `token-${"0".repeat(33)}` });
    const send = () => plane.client.send(new CreateOnlineEvaluationConfigCommand(settings));
    expect((await send()).onlineEvaluationConfigId).toBe((await send()).onlineEvaluationConfigId);
  });

  test("is listed, page by page, without what it evaluates by", async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, async () => (await create()).onlineEvaluationConfigId));
    const listed: OnlineEvaluationConfigSummary[] = [];
    for await (const page of paginateListOnlineEvaluationConfigs({ client: plane.client, pageSize: 2 }, {})) {
      expect(page.onlineEvaluationConfigs?.length).toBeLessThanOrEqual(2);
      listed.push(...(page.onlineEvaluationConfigs ?? []));
    }
    const found = listed.map(({ onlineEvaluationConfigId }) => onlineEvaluationConfigId);
    expect(new Set(found).size).toBe(found.length);
    expect(found).toEqual(expect.arrayContaining(ids));
    expect(listed.every((one) => !("rule" in one) && one.executionStatus !== undefined)).toBe(true);
  });
});

test("since when one is enabled is kept, and doesn't change while it is", async () => {
  const { onlineEvaluationConfigId: id } = await made.online(["Builtin.Helpfulness"]);
  const since = async () => (await plane.repository.getOnlineEvaluationConfig(id))?.enabledAt;
  expect(await since()).toBeUndefined();
  await update(id, { executionStatus: "ENABLED" });
  const enabledAt = await since();
  expect(enabledAt).toBe((await get(id)).updatedAt?.toISOString());
  await update(id, { rule: sampled(2), executionStatus: "ENABLED" });
  expect(await since()).toBe(enabledAt);
  await update(id, { executionStatus: "DISABLED" });
  expect(await since()).toBeUndefined();
  await update(id, { executionStatus: "ENABLED" });
  expect(Date.parse((await since()) ?? "")).toBeGreaterThan(Date.parse(enabledAt ?? ""));
});

describe("what an online evaluation may be", () => {
  const percentage = "rule.samplingConfig.samplingPercentage";
  const minutes = "rule.sessionConfig.sessionTimeoutMinutes";
  const timed = (sessionTimeoutMinutes: number) => ({ ...sampled(1), sessionConfig: { sessionTimeoutMinutes } });
  const filter = { key: "gen_ai.agent.name", operator: "Equals", value: { stringValue: "a" } } as const;

  test.each([
    [{ rule: sampled(0.01) }],
    [{ rule: sampled(100) }],
    [{ rule: timed(1) }],
    [{ rule: timed(1440) }],
    [{ rule: { ...sampled(1), filters: [] } }],
    [{ rule: { ...sampled(1), filters: Array.from({ length: 5 }, () => filter) } }],
    [{ rule: { ...sampled(1), filters: [{ ...filter, operator: "NotEquals", value: { booleanValue: false } }] } }],
    [{ rule: { ...sampled(1), filters: [{ ...filter, operator: "LessThan", value: { doubleValue: 1 } }] } }],
    [{ evaluators: builtinEvaluators.slice(0, 10).map(({ evaluatorId }) => ({ evaluatorId })) }],
    [{ dataSourceConfig: { cloudWatchLogs: { logGroupNames: undefined, serviceNames: ["agent"] } } }],
  ] satisfies [Partial<CreateOnlineEvaluationConfigCommandInput>][])("%j is", async (changes) => {
    await create(changes);
    const { onlineEvaluationConfigId = "" } = await create();
    await update(onlineEvaluationConfigId, changes);
  });

  const cloudWatchLogs = { logGroupNames: ["/logs"], serviceNames: ["agent"] };
  const filters = (...all: Partial<typeof filter | { operator: string; value: object }>[]) => ({
    rule: { ...sampled(1), filters: all.map((one) => ({ ...filter, ...one })) },
  });
  test.each([
    [{ rule: sampled(0) }, percentage],
    [{ rule: sampled(0.009) }, percentage],
    [{ rule: sampled(100.01) }, percentage],
    [{ rule: timed(0) }, minutes],
    [{ rule: timed(1441) }, minutes],
    [{ rule: timed(1.5) }, minutes],
    [filters(...Array.from({ length: 6 }, () => ({}))), "rule.filters"],
    [filters({ operator: "GreaterThan", value: { booleanValue: true } }), "rule.filters[0].value"],
    [filters({}, { operator: "LessThanOrEqual", value: { booleanValue: false } }), "rule.filters[1].value"],
    [filters({ value: { stringValue: "a", doubleValue: 1 } }), "rule.filters[0].value"],
    [filters({ operator: "Resembles" }), "rule.filters[0].operator"],
    [{ evaluators: [] }, "evaluators"],
    [
      { evaluators: Array.from({ length: 11 }, (_, index) => ({ evaluatorId: `Builtin.Nothing${index}` })) },
      "evaluators",
    ],
    [
      { evaluators: [{ evaluatorId: "Builtin.Helpfulness" }, { evaluatorId: "Builtin.Helpfulness" }] },
      "evaluators[1].evaluatorId",
    ],
    [{ evaluators: [{ evaluatorId: "Builtin.Nothing" }] }, "evaluators[0].evaluatorId"],
    [{ evaluators: [{ evaluatorId: "nobody-0123456789" }] }, "evaluators[0].evaluatorId"],
    [{ evaluators: [{ evaluatorId: "Builtin.TrajectoryInOrderMatch" }] }, "evaluators[0].evaluatorId"],
    [
      { dataSourceConfig: { cloudWatchLogs: { ...cloudWatchLogs, serviceNames: ["one", "two"] } } },
      "dataSourceConfig.cloudWatchLogs.serviceNames",
    ],
    [
      { dataSourceConfig: { cloudWatchLogs: { serviceNames: ["one"], logGroupNamePrefixes: ["/logs"] } } },
      "dataSourceConfig.cloudWatchLogs.logGroupNamePrefixes",
    ],
    [{ outputConfig: { cloudWatchConfig: { logGroupName: "/results" } } }, "outputConfig"],
    [{ insights: [{ insightId: "one" }] }, "insights"],
    [{ clusteringConfig: { frequencies: ["DAILY"] } }, "clusteringConfig"],
    [{ evaluationExecutionRoleArn: "nobody" }, "evaluationExecutionRoleArn"],
  ])("%j isn't, and the answer names %s", async (changes, member) => {
    // What clients of other languages can send, the types of this one don't know.
    const wrong = changes as Partial<CreateOnlineEvaluationConfigCommandInput>;
    expect(Object.keys(await problemsOf(create(wrong)))).toEqual(expect.arrayContaining([member]));
    const { onlineEvaluationConfigId = "" } = await create();
    const before = await get(onlineEvaluationConfigId);
    expect(Object.keys(await problemsOf(update(onlineEvaluationConfigId, wrong)))).toContain(member);
    expect((await get(onlineEvaluationConfigId)).updatedAt).toEqual(before.updatedAt);
  });

  test("evaluators are required, though the newest client says otherwise", async () => {
    expect(await problemsOf(create({ evaluators: undefined }))).toEqual({ evaluators: "is required" });
  });

  test("what needs ground truth is barred, and code is not", async () => {
    const barred = [
      await made.evaluator({ evaluatorConfig: judged("{assistant_turn} {expected_response}") }),
      await made.evaluator({ level: "SESSION", evaluatorConfig: judged("{context} {assertions}") }),
      await made.evaluator({ level: "SESSION", evaluatorConfig: judged("{expected_tool_trajectory}") }),
    ];
    for (const { evaluatorId } of barred) {
      expect(Object.keys(await problemsOf(made.online([evaluatorId])))).toEqual(["evaluators[0].evaluatorId"]);
    }
    const { evaluatorId } = await made.evaluator({ evaluatorConfig: coded });
    await made.online([evaluatorId], { enableOnCreate: true });
  });

  test("one that names what was deleted since can be changed and deleted, but not enabled", async () => {
    const { evaluatorId } = await made.evaluator();
    const { onlineEvaluationConfigId: id } = await made.online([evaluatorId]);
    await plane.client.send(new DeleteEvaluatorCommand({ evaluatorId }));
    await update(id, { rule: sampled(50) });
    const problems = await problemsOf(update(id, { executionStatus: "ENABLED" }));
    expect(problems).toEqual({ "evaluators[0].evaluatorId": expect.stringContaining(evaluatorId) });
    expect((await get(id)).executionStatus).toBe("DISABLED");
    await update(id, { executionStatus: "ENABLED", evaluators: [{ evaluatorId: "Builtin.Refusal" }] });
    await remove(id);
  });
});
