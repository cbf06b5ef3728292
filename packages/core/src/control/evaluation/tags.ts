import { evaluatorNotFound, onlineEvaluationConfigNotFound } from "../../storage/configRepository.evaluation.ts";
import type { ControlPlaneDependencies } from "../handlers.ts";
import type { Tagged } from "../tagged.ts";
import { evaluatorIdOfArn, onlineEvaluationConfigIdOfArn } from "./arns.ts";

/**
 * The evaluator or online evaluation of an ARN with its tags; undefined for any other text. Tags say nothing of how it
 * evaluates, so that those of a locked evaluator can be changed.
 * @throws GatehouseError `notFound`
 */
export async function taggedEvaluation(
  dependencies: ControlPlaneDependencies,
  arn: string,
): Promise<Tagged | undefined> {
  const { repository } = dependencies;
  const evaluatorId = evaluatorIdOfArn(dependencies, arn);
  if (evaluatorId !== undefined) {
    const record = await repository.getEvaluator(evaluatorId);
    if (record === undefined) throw evaluatorNotFound(evaluatorId);
    return {
      tags: record.tags ?? {},
      replace: (tags, alongside) =>
        repository.updateEvaluator(record, { ...record, tags }, { locked: "ALLOWED" }, alongside),
    };
  }
  const configId = onlineEvaluationConfigIdOfArn(dependencies, arn);
  if (configId === undefined) return undefined;
  const record = await repository.getOnlineEvaluationConfig(configId);
  if (record === undefined) throw onlineEvaluationConfigNotFound(configId);
  return {
    tags: record.tags ?? {},
    // What it evaluates by stays as it is, and so do the locks.
    replace: (tags, alongside) => repository.updateOnlineEvaluationConfig(record, { ...record, tags }, [], alongside),
  };
}
