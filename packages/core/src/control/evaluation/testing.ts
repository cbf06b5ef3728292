import {
  CreateEvaluatorCommand,
  type CreateEvaluatorCommandInput,
  CreateOnlineEvaluationConfigCommand,
  type CreateOnlineEvaluationConfigCommandInput,
  GetEvaluatorCommand,
  ValidationException,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { unusedName } from "../fixtures.ts";
import type { TestControlPlane } from "../testing.ts";

/** For tests only: what an evaluator that asks a judge needs at least. */
export function judged(instructions = "Was it polite? {assistant_turn}") {
  const numerical = [
    { label: "Rude", value: 0, definition: "It hurts." },
    { label: "Polite", value: 1, definition: "It doesn't." },
  ];
  const modelConfig = { bedrockEvaluatorModelConfig: { modelId: "a-model" } };
  return { llmAsAJudge: { instructions, ratingScale: { numerical }, modelConfig } };
}

export const coded = {
  codeBased: { lambdaConfig: { lambdaArn: "arn:aws:lambda:us-east-1:123456789012:function:judge:live" } },
};

/** What CreateEvaluator takes. */
export function evaluatorSettings(changes: Partial<CreateEvaluatorCommandInput> = {}) {
  return { evaluatorName: unusedName("evaluator"), level: "TRACE", evaluatorConfig: judged(), ...changes } as const;
}

/** What CreateOnlineEvaluationConfig takes. */
export function onlineSettings(changes: Partial<CreateOnlineEvaluationConfigCommandInput> = {}) {
  return {
    onlineEvaluationConfigName: unusedName("online"),
    rule: { samplingConfig: { samplingPercentage: 10 } },
    dataSourceConfig: { cloudWatchLogs: { logGroupNames: ["/aws/agents"], serviceNames: ["claims-agent"] } },
    evaluators: [{ evaluatorId: "Builtin.Helpfulness" }],
    evaluationExecutionRoleArn: "arn:aws:iam::123456789012:role/evaluation",
    enableOnCreate: false,
    ...changes,
  };
}

/** The short ways of a test to create, and to see whether an evaluator is locked. */
export function evaluationOf({ client }: Pick<TestControlPlane, "client">) {
  return {
    async evaluator(changes: Partial<CreateEvaluatorCommandInput> = {}) {
      const { evaluatorId = "", evaluatorArn = "" } = await client.send(
        new CreateEvaluatorCommand(evaluatorSettings(changes)),
      );
      return { evaluatorId, evaluatorArn };
    },
    async online(evaluatorIds: readonly string[], changes: Partial<CreateOnlineEvaluationConfigCommandInput> = {}) {
      const evaluators = evaluatorIds.map((evaluatorId) => ({ evaluatorId }));
      const command = new CreateOnlineEvaluationConfigCommand(onlineSettings({ evaluators, ...changes }));
      const { onlineEvaluationConfigId = "", onlineEvaluationConfigArn = "" } = await client.send(command);
      return { onlineEvaluationConfigId, onlineEvaluationConfigArn };
    },
    async locked(evaluatorId: string) {
      return (await client.send(new GetEvaluatorCommand({ evaluatorId }))).lockedForModification;
    },
  };
}

/** What is wrong with a request, by the members' names. */
export async function problemsOf(request: Promise<unknown>): Promise<Record<string, string>> {
  const error: unknown = await request.catch((thrown: unknown) => thrown);
  if (!(error instanceof ValidationException)) throw new Error("It was not refused as invalid.", { cause: error });
  return Object.fromEntries(error.fieldList?.map(({ name = "", message = "" }) => [name, message]) ?? []);
}
