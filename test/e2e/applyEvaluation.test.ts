import {
  GetEvaluatorCommand,
  ListEvaluatorsCommand,
  ListOnlineEvaluationConfigsCommand,
  UpdateOnlineEvaluationConfigCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { applyDocument } from "@gatehouse/apply/applyDocument.ts";
import { exportDocument } from "@gatehouse/apply/exportDocument.ts";
import type { Plan } from "@gatehouse/apply/plan.ts";
import { printedPlan } from "@gatehouse/apply/print.ts";
import { describeStep } from "@gatehouse/apply/steps.ts";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";

let gatehouse: TestGatehouse;
beforeAll(async () => {
  gatehouse = await startGatehouse();
});
afterAll(() => gatehouse[Symbol.asyncDispose]());
afterEach(() => apply("evaluators: {}\nonlineEvaluationConfigs: {}\n", { prune: true }));

const steps: string[] = [];
async function apply(text: string, options: { prune?: boolean } = {}): Promise<Plan> {
  steps.length = 0;
  const onStep = (step: Parameters<typeof describeStep>[0]) => steps.push(describeStep(step));
  return (await applyDocument({ client: gatehouse.control, document: { text }, onStep, ...options })).plan;
}
const printed = async (plan: Promise<Plan>) => printedPlan(await plan);
const problemsOf = (text: string) => printed(apply(text)).catch((error: Error) => error.message);

const document = `evaluators:
  legal:
    level: SESSION
    evaluatorConfig:
      codeBased:
        lambdaConfig:
          lambdaArn: arn:aws:lambda:us-east-1:000000000000:function:legal
  politeness:
    description: How polite it is.
    level: TRACE
    evaluatorConfig:
      llmAsAJudge:
        instructions: Was {assistant_turn} polite, after {context}?
        ratingScale:
          numerical:
            - definition: It was.
              value: 1
              label: Polite
            - definition: It wasn't.
              value: 0
              label: Rude
        modelConfig:
          bedrockEvaluatorModelConfig:
            modelId: a-model
    tags:
      team: claims
onlineEvaluationConfigs:
  claims:
    description: What comes in.
    rule:
      samplingConfig:
        samplingPercentage: 12.5
      filters:
        - key: team
          operator: Equals
          value:
            stringValue: claims
      sessionConfig:
        sessionTimeoutMinutes: 15
    dataSourceConfig:
      cloudWatchLogs:
        serviceNames:
          - claims-agent
    evaluators:
      - Builtin.Helpfulness
      - legal
      - politeness
    evaluationExecutionRoleArn: arn:aws:iam::000000000000:role/gatehouse
    executionStatus: ENABLED
`;

test("evaluators and online evaluations are created; what is so already isn't touched, and comes back as it was", async () => {
  expect(await printed(apply(document))).toBe(`+ create evaluator legal
+ create evaluator politeness
+ create online evaluation claims
3 to create, 0 to change, 0 to delete.`);
  expect(await printed(apply(document))).toBe("No difference.");
  const text = await exportDocument({ client: gatehouse.control });
  expect(text).toBe(document);
  expect(await printed(apply(text, { prune: true }))).toBe("No difference.");
  const shorter = document
    .replace("      sessionConfig:\n        sessionTimeoutMinutes: 15\n", "")
    .replace("    description: What comes in.\n", "");
  expect(await printed(apply(shorter))).toBe("No difference.");
});

test("an evaluator that is locked is changed while its online evaluation is paused", async () => {
  await apply(document);
  const changed = document.replace("polite, after", "friendly, after");
  expect(await printed(apply(changed))).toContain("~ change evaluator politeness");
  expect(steps).toEqual([
    "pause online evaluation claims",
    "change evaluator politeness",
    "resume online evaluation claims",
  ]);
  const { onlineEvaluationConfigs } = await gatehouse.control.send(new ListOnlineEvaluationConfigsCommand({}));
  expect(onlineEvaluationConfigs).toMatchObject([{ executionStatus: "ENABLED" }]);
  expect(await printed(apply(changed))).toBe("No difference.");

  const sampled = changed.replace("12.5", "50").replace("friendly, after", "kind, after");
  await apply(sampled);
  expect(steps).toEqual([
    "pause online evaluation claims",
    "change evaluator politeness",
    "change online evaluation claims",
  ]);
  expect(await printed(apply(sampled))).toBe("No difference.");
});

test("tags of a locked evaluator change without a pause", async () => {
  await apply(document);
  const tagged = document.replace("team: claims", "team: complaints");
  await apply(tagged);
  expect(steps).toEqual(["change evaluator politeness"]);
  expect(await printed(apply(tagged))).toBe("No difference.");
});

test("an online evaluation that the document says nothing of is nobody's to pause", async () => {
  await apply(document);
  const [evaluators = ""] = document.split("onlineEvaluationConfigs:");
  await expect(apply(evaluators.replace("polite, after", "kind, after"))).rejects.toThrow(/is locked/);
  const { evaluators: listed = [] } = await gatehouse.control.send(new ListEvaluatorsCommand({}));
  const { evaluatorId } = listed.find(({ evaluatorName }) => evaluatorName === "politeness") ?? {};
  const { evaluatorConfig } = await gatehouse.control.send(new GetEvaluatorCommand({ evaluatorId }));
  expect(evaluatorConfig?.llmAsAJudge?.instructions).toContain("polite, after");
});

test("what isn't in the document is deleted where it is pruned, users before what they use", async () => {
  await apply(document);
  const withoutLegal = document.replace(/ {2}legal:[\s\S]*?(?= {2}politeness:)/, "").replace("      - legal\n", "");
  await apply(withoutLegal, { prune: true });
  expect(steps).toEqual(["change online evaluation claims", "delete evaluator legal"]);
  await apply("evaluators: {}\nonlineEvaluationConfigs: {}\n", { prune: true });
  expect(steps).toEqual(["delete online evaluation claims", "delete evaluator politeness"]);
});

test("what somebody has disabled is enabled again", async () => {
  await apply(document);
  const { onlineEvaluationConfigs = [] } = await gatehouse.control.send(new ListOnlineEvaluationConfigsCommand({}));
  const { onlineEvaluationConfigId } = onlineEvaluationConfigs[0] ?? {};
  const disable = { onlineEvaluationConfigId, executionStatus: "DISABLED" } as const;
  await gatehouse.control.send(new UpdateOnlineEvaluationConfigCommand(disable));
  expect(await printed(apply(document))).toContain('executionStatus: "DISABLED" → "ENABLED"');
});

test("everything that is wrong is told before anything is done", async () => {
  const wrong = document
    .replace("samplingPercentage: 12.5", "samplingPercentage: 0")
    .replace("- legal", "- nobody")
    .replace("ENABLED", "ON")
    .replace("  politeness:", "  po-liteness:");
  const problems = await problemsOf(wrong);
  for (const place of [
    "evaluators.po-liteness has a name that must match",
    "onlineEvaluationConfigs.claims.rule.samplingConfig.samplingPercentage",
    "onlineEvaluationConfigs.claims.evaluators[1]",
    "onlineEvaluationConfigs.claims.evaluators[2]",
    "onlineEvaluationConfigs.claims.executionStatus",
  ]) {
    expect(problems).toContain(place);
  }
  const strange = document
    .replace("{assistant_turn}", "{tool_turn}")
    .replace("operator: Equals", "operator: LessThan")
    .replace("stringValue: claims", "booleanValue: true");
  const settings = await problemsOf(strange);
  expect(settings).toContain("evaluators.politeness.evaluatorConfig.llmAsAJudge.instructions can't have");
  expect(settings).toContain("onlineEvaluationConfigs.claims.rule.filters[0].value must be");
  const { evaluators = [] } = await gatehouse.control.send(new ListEvaluatorsCommand({}));
  expect(evaluators.every(({ evaluatorType }) => evaluatorType === "Builtin")).toBe(true);
});
