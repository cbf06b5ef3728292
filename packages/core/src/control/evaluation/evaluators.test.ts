import {
  ConflictException,
  CreateEvaluatorCommand,
  type CreateEvaluatorCommandInput,
  DeleteEvaluatorCommand,
  type EvaluatorSummary,
  GetEvaluatorCommand,
  ListEvaluatorsCommand,
  ListTagsForResourceCommand,
  paginateListEvaluators,
  ResourceNotFoundException,
  TagResourceCommand,
  UpdateEvaluatorCommand,
  ValidationException,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { unusedName } from "../fixtures.ts";
import { startTestControlPlane, type TestControlPlane } from "../testing.ts";
import { builtinEvaluators } from "./builtinEvaluators.ts";
import { coded, evaluationOf, evaluatorSettings, judged, problemsOf } from "./testing.ts";

let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane();
});
afterAll(() => plane.stop());

const create = (changes: Partial<CreateEvaluatorCommandInput> = {}) =>
  plane.client.send(new CreateEvaluatorCommand(evaluatorSettings(changes)));
const get = (evaluatorId: string) => plane.client.send(new GetEvaluatorCommand({ evaluatorId }));

describe("an evaluator of one's own", () => {
  test("is created, read, changed and deleted, and each change is on record", async () => {
    const settings = evaluatorSettings({ description: "How polite it is.", tags: { team: "claims" } });
    const created = await plane.client.send(new CreateEvaluatorCommand(settings));
    const { evaluatorId = "", evaluatorArn } = created;
    expect(created).toMatchObject({ status: "ACTIVE", createdAt: expect.any(Date) });
    expect(evaluatorId).toMatch(new RegExp(`^${settings.evaluatorName}-[a-z0-9]{10}$`));
    expect(evaluatorArn).toBe(`arn:aws:bedrock-agentcore:us-east-1:123456789012:evaluator/${evaluatorId}`);

    const { tags, ...shown } = settings;
    const read = await get(evaluatorId);
    expect(read).toMatchObject({ ...shown, evaluatorType: "Custom", lockedForModification: false, status: "ACTIVE" });

    const evaluatorConfig = judged("Was it short? {assistant_turn}");
    const updated = await plane.client.send(
      new UpdateEvaluatorCommand({ evaluatorId, evaluatorConfig, description: "How short it is." }),
    );
    expect(updated).toMatchObject({ evaluatorArn, evaluatorId, status: "ACTIVE" });
    const changed = await get(evaluatorId);
    expect(changed).toMatchObject({ ...shown, evaluatorConfig, description: "How short it is." });
    expect(changed.updatedAt?.getTime()).toBeGreaterThan(read.updatedAt?.getTime() ?? Number.POSITIVE_INFINITY);
    expect(changed.createdAt).toEqual(read.createdAt);
    expect((await plane.client.send(new ListTagsForResourceCommand({ resourceArn: evaluatorArn }))).tags).toEqual(tags);

    const deleted = await plane.client.send(new DeleteEvaluatorCommand({ evaluatorId }));
    expect(deleted).toMatchObject({ evaluatorArn, evaluatorId, status: "DELETING" });
    await expect(get(evaluatorId)).rejects.toThrow(ResourceNotFoundException);

    const changes = plane.changesOf(evaluatorArn);
    expect(changes.map(({ operation }) => operation)).toEqual([
      "CreateEvaluator",
      "UpdateEvaluator",
      "DeleteEvaluator",
    ]);
    expect(changes[1]).toMatchObject({
      before: { evaluatorConfig: { llmAsAJudge: { instructions: "Was it polite? {assistant_turn}" } } },
      after: { evaluatorConfig: { llmAsAJudge: { instructions: "Was it short? {assistant_turn}" } } },
    });
  });

  test("can be code, which has a time-out", async () => {
    const lambdaConfig = { ...coded.codeBased.lambdaConfig, lambdaTimeoutInSeconds: 300 };
    const { evaluatorId = "" } = await create({ level: "SESSION", evaluatorConfig: { codeBased: { lambdaConfig } } });
    expect(await get(evaluatorId)).toMatchObject({
      evaluatorType: "CustomCode",
      evaluatorConfig: { codeBased: { lambdaConfig } },
    });
  });

  test("is shown without what it judges by where only its metadata is asked for", async () => {
    const { evaluatorId } = await create();
    const command = new GetEvaluatorCommand({ evaluatorId, includedData: "METADATA_ONLY" });
    const { modelConfig } = judged().llmAsAJudge;
    expect((await plane.client.send(command)).evaluatorConfig).toEqual({ llmAsAJudge: { modelConfig } });
  });

  test("has a name that no other has, and gives it back when it goes", async () => {
    const evaluatorName = unusedName("unique");
    const { evaluatorId } = await create({ evaluatorName });
    await expect(create({ evaluatorName })).rejects.toThrow(ConflictException);
    await plane.client.send(new DeleteEvaluatorCommand({ evaluatorId }));
    expect((await create({ evaluatorName })).evaluatorId).not.toBe(evaluatorId);
  });

  test("is created once for one client token", async () => {
    const settings = evaluatorSettings({ clientToken: `token-${"0".repeat(33)}` });
    const [first, again] = [
      await plane.client.send(new CreateEvaluatorCommand(settings)),
      await plane.client.send(new CreateEvaluatorCommand(settings)),
    ];
    expect(again.evaluatorId).toBe(first.evaluatorId);
    const other = new CreateEvaluatorCommand({ ...settings, evaluatorName: unusedName("other") });
    await expect(plane.client.send(other)).rejects.toThrow(ConflictException);
  });

  test("is checked again when its level changes: other placeholders hold there", async () => {
    const { evaluatorId = "" } = await create();
    const update = (level: "SESSION" | "TRACE") =>
      plane.client.send(new UpdateEvaluatorCommand({ evaluatorId, level }));
    expect(Object.keys(await problemsOf(update("SESSION")))).toEqual(["evaluatorConfig.llmAsAJudge.instructions"]);
    await update("TRACE");
    expect((await get(evaluatorId)).level).toBe("TRACE");
  });

  test("that isn't there can be neither read, changed nor deleted", async () => {
    const evaluatorId = "nobody-0123456789";
    await expect(get(evaluatorId)).rejects.toThrow(ResourceNotFoundException);
    const update = new UpdateEvaluatorCommand({ evaluatorId, description: "x" });
    await expect(plane.client.send(update)).rejects.toThrow(ResourceNotFoundException);
    const remove = new DeleteEvaluatorCommand({ evaluatorId });
    await expect(plane.client.send(remove)).rejects.toThrow(ResourceNotFoundException);
  });
});

describe("what an evaluator may be", () => {
  const instructions = "evaluatorConfig.llmAsAJudge.instructions";
  const levels = ["SESSION", "TRACE", "TOOL_CALL"] as const;

  test.each([
    ["context", ["SESSION", "TRACE", "TOOL_CALL"]],
    ["available_tools", ["SESSION", "TOOL_CALL"]],
    ["actual_tool_trajectory", ["SESSION"]],
    ["expected_tool_trajectory", ["SESSION"]],
    ["assertions", ["SESSION"]],
    ["assistant_turn", ["TRACE"]],
    ["expected_response", ["TRACE"]],
    ["tool_turn", ["TOOL_CALL"]],
  ])("{%s} can stand in instructions of %j", async (name, allowed) => {
    for (const level of levels) {
      const request = create({ level, evaluatorConfig: judged(`Judge {context} by {${name}}.`) });
      if (allowed.includes(level)) await request;
      else expect(await problemsOf(request)).toEqual({ [instructions]: expect.stringContaining(`{${name}}`) });
    }
  });

  test("instructions without a placeholder are told which there are", async () => {
    const request = create({ level: "TOOL_CALL", evaluatorConfig: judged("Judge by { context }.") });
    expect(await problemsOf(request)).toEqual({
      [instructions]:
        "must have at least one placeholder; at level TOOL_CALL there are {available_tools}, {context}, {tool_turn}",
    });
  });

  test("instructions full of mistakes get an answer that can be read", async () => {
    const names = Array.from({ length: 500 }, (_, index) => `{${"x".repeat(20)}${index}}`).join("");
    const problems = await problemsOf(create({ evaluatorConfig: judged(`{context}${names}`) }));
    expect(problems[instructions]?.length).toBeLessThan(1_000);
  });

  const scaleOf = (...labels: string[]) => labels.map((label) => ({ label, definition: "As it says." }));
  const withScale = (ratingScale: NonNullable<ReturnType<typeof judgedBy>["llmAsAJudge"]>["ratingScale"]) =>
    create({ evaluatorConfig: judgedBy(ratingScale) });
  type Judged = Extract<CreateEvaluatorCommandInput["evaluatorConfig"], { llmAsAJudge: unknown }>;
  const judgedBy = (ratingScale: Judged["llmAsAJudge"]["ratingScale"]) => ({
    llmAsAJudge: { ...judged().llmAsAJudge, ratingScale },
  });

  test("a scale has from two to fifty labels that nobody takes for each other", async () => {
    const scale = "evaluatorConfig.llmAsAJudge.ratingScale";
    const many = (count: number) => scaleOf(...Array.from({ length: count }, (_, index) => `Label ${index}`));
    await withScale({ categorical: many(2) });
    await withScale({ categorical: many(50) });
    for (const count of [0, 1, 51]) {
      const problems = await problemsOf(withScale({ categorical: many(count) }));
      expect(Object.keys(problems)).toEqual([`${scale}.categorical`]);
    }
    expect(Object.keys(await problemsOf(withScale({ categorical: scaleOf("Yes", "No", " yes", "  ") })))).toEqual([
      `${scale}.categorical[2].label`,
      `${scale}.categorical[3].label`,
    ]);
    const numerical = scaleOf("Bad", "bad").map((one, value) => ({ ...one, value }));
    expect(Object.keys(await problemsOf(withScale({ numerical })))).toEqual([`${scale}.numerical[1].label`]);
    const negative = scaleOf("Bad", "Good").map((one, index) => ({ ...one, value: index - 1 }));
    expect(Object.keys(await problemsOf(withScale({ numerical: negative })))).toEqual([`${scale}.numerical[0].value`]);
  });

  const modelled = (modelConfig: Judged["llmAsAJudge"]["modelConfig"]) =>
    create({ evaluatorConfig: { llmAsAJudge: { ...judged().llmAsAJudge, modelConfig } } });

  test("what is not built is refused by name", async () => {
    const model = "evaluatorConfig.llmAsAJudge.modelConfig";
    expect(await problemsOf(modelled({ responsesEvaluatorModelConfig: { modelId: "a-model" } }))).toHaveProperty([
      `${model}.responsesEvaluatorModelConfig`,
    ]);
    const additionalModelRequestFields = { top_k: 1 };
    const bedrockEvaluatorModelConfig = { modelId: "a-model", additionalModelRequestFields };
    expect(await problemsOf(modelled({ bedrockEvaluatorModelConfig }))).toHaveProperty([
      `${model}.bedrockEvaluatorModelConfig.additionalModelRequestFields`,
    ]);
    const kmsKeyArn = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000";
    expect(await problemsOf(create({ kmsKeyArn }))).toHaveProperty(["kmsKeyArn"]);
    const { evaluatorId } = await create();
    const update = plane.client.send(new UpdateEvaluatorCommand({ evaluatorId, kmsKeyArn }));
    expect(await problemsOf(update)).toHaveProperty(["kmsKeyArn"]);
  });

  const { modelConfig } = judged().llmAsAJudge;
  const derivedFrom = (baseEvaluatorId: string, changes: object = {}) =>
    create({ evaluatorConfig: { derived: { baseEvaluatorId, modelConfig } }, ...changes });

  test("a built-in one can be judged by a model of one's own", async () => {
    const { evaluatorId = "" } = await derivedFrom("Builtin.Helpfulness");
    expect(await get(evaluatorId)).toMatchObject({
      evaluatorType: "CustomDerived",
      level: "TRACE",
      evaluatorConfig: { derived: { baseEvaluatorId: "Builtin.Helpfulness", modelConfig } },
    });
  });

  test.each([
    ["Builtin.TrajectoryInOrderMatch", { level: "SESSION" }, "evaluatorConfig.derived.baseEvaluatorId"],
    ["Gatehouse.ToolSuccessRate", { level: "SESSION" }, "evaluatorConfig.derived.baseEvaluatorId"],
    ["Builtin.Nothing", {}, "evaluatorConfig.derived.baseEvaluatorId"],
    ["Builtin.GoalSuccessRate", {}, "level"],
  ] as const)("but %s with %j can't be", async (base, changes, member) => {
    expect(Object.keys(await problemsOf(derivedFrom(base, changes)))).toEqual([member]);
  });

  test.each([
    ["arn:aws:lambda:us-east-1:123456789012:layer:judge", undefined],
    ["judge", undefined],
    [coded.codeBased.lambdaConfig.lambdaArn, 0],
    [coded.codeBased.lambdaConfig.lambdaArn, 301],
  ])("code is a Lambda function with a time-out of up to 300 seconds, not %s with %s", async (lambdaArn, seconds) => {
    const lambdaConfig = { lambdaArn, lambdaTimeoutInSeconds: seconds };
    const problems = await problemsOf(create({ evaluatorConfig: { codeBased: { lambdaConfig } } }));
    const member = seconds === undefined ? "lambdaArn" : "lambdaTimeoutInSeconds";
    expect(Object.keys(problems)).toEqual([`evaluatorConfig.codeBased.lambdaConfig.${member}`]);
  });
});

describe("evaluators that everybody has", () => {
  test("are AgentCore's and Gatehouse's own, with their levels", () => {
    const at = (level: string) =>
      builtinEvaluators.flatMap((one) => (one.level === level ? [one.evaluatorId.replace(/^Builtin\./, "")] : []));
    expect(at("SESSION").sort()).toEqual([
      "Gatehouse.PolicyCompliance",
      "Gatehouse.ToolSuccessRate",
      "GoalSuccessRate",
      "TrajectoryAnyOrderMatch",
      "TrajectoryExactOrderMatch",
      "TrajectoryInOrderMatch",
    ]);
    expect(at("TRACE").sort()).toEqual([
      "Coherence",
      "Conciseness",
      "Correctness",
      "Faithfulness",
      "Harmfulness",
      "Helpfulness",
      "InstructionFollowing",
      "Refusal",
      "ResponseRelevance",
      "Stereotyping",
    ]);
    expect(at("TOOL_CALL").sort()).toEqual([
      "Gatehouse.ToolParametersValid",
      "ToolParameterAccuracy",
      "ToolSelectionAccuracy",
    ]);
  });

  test("are read like one's own, and never change", async () => {
    const evaluatorId = "Builtin.Helpfulness";
    expect(await get(evaluatorId)).toMatchObject({
      evaluatorId,
      evaluatorArn: "arn:aws:bedrock-agentcore:::evaluator/Builtin.Helpfulness",
      evaluatorName: "Builtin.Helpfulness",
      evaluatorType: "Builtin",
      level: "TRACE",
      status: "ACTIVE",
      lockedForModification: true,
    });
    const update = new UpdateEvaluatorCommand({ evaluatorId, description: "x" });
    expect(await problemsOf(plane.client.send(update))).toHaveProperty(["evaluatorId"]);
    const remove = new DeleteEvaluatorCommand({ evaluatorId });
    expect(await problemsOf(plane.client.send(remove))).toHaveProperty(["evaluatorId"]);
    const tag = { resourceArn: "arn:aws:bedrock-agentcore:::evaluator/Builtin.Helpfulness", tags: { a: "b" } };
    await expect(plane.client.send(new TagResourceCommand(tag))).rejects.toThrow(ValidationException);
    await expect(get("Builtin.Nothing")).rejects.toThrow(ResourceNotFoundException);
    await expect(get("Gatehouse.Nothing")).rejects.toThrow(ResourceNotFoundException);
  });
});

describe("the list of evaluators", () => {
  test.each([1, 3, 15, 16, 17, 100])(
    "has everybody's first, then one's own, by pages of %i, each once",
    async (size) => {
      const own = await Promise.all([create(), create(), create()]);
      const pages: EvaluatorSummary[][] = [];
      for await (const { evaluators = [] } of paginateListEvaluators({ client: plane.client, pageSize: size }, {})) {
        expect(evaluators.length).toBeLessThanOrEqual(size);
        pages.push(evaluators);
      }
      const listed = pages.flat();
      const ids = listed.map(({ evaluatorId = "" }) => evaluatorId);
      expect(ids.slice(0, builtinEvaluators.length)).toEqual(builtinEvaluators.map((one) => one.evaluatorId));
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids).toEqual(expect.arrayContaining(own.map((one) => one.evaluatorId)));
      expect(listed.every((one) => !("evaluatorConfig" in one))).toBe(true);
    },
  );

  test("has no pages that nobody was given", async () => {
    const list = (nextToken: string) => plane.client.send(new ListEvaluatorsCommand({ nextToken }));
    await expect(list("builtin:3")).rejects.toThrow(ValidationException);
    expect(await problemsOf(plane.client.send(new ListEvaluatorsCommand({ maxResults: 101 })))).toHaveProperty([
      "maxResults",
    ]);
  });

  test("says which of them are locked", async () => {
    const { evaluator, online } = evaluationOf(plane);
    const [used, unused] = [await evaluator(), await evaluator()];
    await online([used.evaluatorId], { enableOnCreate: true });
    const listed: EvaluatorSummary[] = [];
    for await (const page of paginateListEvaluators({ client: plane.client }, {}))
      listed.push(...(page.evaluators ?? []));
    const lockOf = ({ evaluatorId }: { evaluatorId: string }) =>
      listed.find((one) => one.evaluatorId === evaluatorId)?.lockedForModification;
    expect([lockOf(used), lockOf(unused)]).toEqual([true, false]);
  });
});
