import {
  CreateEvaluatorCommand,
  type CreateEvaluatorCommandInput,
  CreateOnlineEvaluationConfigCommand,
  type CreateOnlineEvaluationConfigCommandInput,
  DeleteEvaluatorCommand,
  DeleteOnlineEvaluationConfigCommand,
  UpdateEvaluatorCommand,
  type UpdateEvaluatorCommandInput,
  UpdateOnlineEvaluationConfigCommand,
  type UpdateOnlineEvaluationConfigCommandInput,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { differences } from "../difference.ts";
import { asInput, type Run, resolve, surroundingsOf } from "../run.ts";
import { changeTags } from "../tagSteps.ts";
import type { EvaluationKind } from "./kinds.ts";
import { changeOfOnline, evaluationRequest } from "./requests.ts";

/** Creates or changes an evaluator or an online evaluation. */
export async function putEvaluation(run: Run, kind: EvaluationKind, name: string): Promise<void> {
  const { client, document, deployment } = run;
  const entry = document.evaluation[kind]?.get(name);
  if (entry === undefined) throw new Error(`The document has no ${kind} ${name}.`);
  const settings = resolve(entry.settings, surroundingsOf(run));
  const tags = resolve(entry.tags, surroundingsOf(run));
  const present = deployment.evaluation?.present[kind]?.get(name);
  const idOf = (evaluator: string) => run.evaluatorIds.get(evaluator) ?? evaluator;
  if (present === undefined) {
    const request = evaluationRequest(kind, name, { settings, tags }, idOf);
    if (kind === "evaluator") {
      const command = new CreateEvaluatorCommand(asInput<CreateEvaluatorCommandInput>(request));
      const { evaluatorId = "" } = await client.send(command);
      run.evaluatorIds.set(name, evaluatorId);
      return;
    }
    const input = asInput<CreateOnlineEvaluationConfigCommandInput>(request);
    await client.send(new CreateOnlineEvaluationConfigCommand(input));
    return;
  }
  await changeTags(client, present.arn, present.tags, tags);
  if (kind === "evaluator") {
    // One whose tags alone differ may be locked.
    if (differences({ ...present.settings, ...settings }, present.settings).length === 0) return;
    const input = asInput<UpdateEvaluatorCommandInput>({ evaluatorId: present.id, ...settings });
    await client.send(new UpdateEvaluatorCommand(input));
    return;
  }
  const change = { onlineEvaluationConfigId: present.id, ...changeOfOnline(settings, idOf) };
  const input = asInput<UpdateOnlineEvaluationConfigCommandInput>(change);
  await client.send(new UpdateOnlineEvaluationConfigCommand(input));
}

/** Stops an online evaluation while an evaluator of it changes, or goes on with it. */
export async function switchOnline(
  { client, deployment }: Run,
  name: string,
  executionStatus: "ENABLED" | "DISABLED",
): Promise<void> {
  const onlineEvaluationConfigId = deployment.evaluation?.present.onlineEvaluationConfig?.get(name)?.id;
  await client.send(new UpdateOnlineEvaluationConfigCommand({ onlineEvaluationConfigId, executionStatus }));
}

export async function deleteEvaluation({ client, deployment }: Run, kind: EvaluationKind, name: string): Promise<void> {
  const id = deployment.evaluation?.present[kind]?.get(name)?.id;
  if (kind === "evaluator") await client.send(new DeleteEvaluatorCommand({ evaluatorId: id }));
  else await client.send(new DeleteOnlineEvaluationConfigCommand({ onlineEvaluationConfigId: id }));
}
