import { evaluatorNotFound } from "../../storage/configRepository.evaluation.ts";
import type { ConfigRepository } from "../../storage/configRepository.ts";
import type { EvaluatorRecord } from "../../storage/records.ts";
import { EvaluationError, type Evaluator, type Judge, type ModelUse } from "../evaluator.ts";
import type { Judges } from "../judge/judges.ts";
import { builtinEvaluator } from "./builtin.ts";
import { codeBasedEvaluator, type InvokeCode } from "./codeBased.ts";
import { modelJudged } from "./modelJudged.ts";

/** Where evaluators come from, and whom they ask. */
export interface EvaluatorSources {
  readonly repository: Pick<ConfigRepository, "getEvaluator">;
  /** Calls the functions of evaluators that are code. */
  readonly invoke: InvokeCode;
  /** Absent where no model judges. */
  readonly judges: Judges | undefined;
  /** Told of what models have used for an evaluator. */
  readonly onUsed?: (evaluatorId: string, use: ModelUse) => void;
}

/** An evaluator with the judge that it asks, where there is one. */
export interface FoundEvaluator {
  readonly evaluator: Evaluator;
  readonly judge?: Judge;
}

/**
 * Finds an evaluator by its id: one that everybody has, or one of the account's own.
 * @throws GatehouseError `notFound`
 * @throws EvaluationError `InvalidEvaluator` for one that Gatehouse can't run.
 */
export type FindEvaluator = (evaluatorId: string) => Promise<FoundEvaluator>;

export function evaluatorFinder({ repository, invoke, judges, onUsed }: EvaluatorSources): FindEvaluator {
  return async (evaluatorId) => {
    const builtin = builtinEvaluator(evaluatorId);
    if (builtin !== undefined) return telling(withJudge(builtin, judges?.judge), onUsed);
    const record = await repository.getEvaluator(evaluatorId);
    if (record === undefined) throw evaluatorNotFound(evaluatorId);
    return telling(ofRecord(record, invoke, judges), onUsed);
  };
}

function ofRecord(record: EvaluatorRecord, invoke: InvokeCode, judges: Judges | undefined): FoundEvaluator {
  const { evaluatorId: id, evaluatorArn: arn, evaluatorName: name, level, evaluatorConfig } = record;
  const identity = { id, arn, name, level };
  const { lambdaArn: functionName, lambdaTimeoutInSeconds: timeoutSeconds } =
    evaluatorConfig.codeBased?.lambdaConfig ?? {};
  if (functionName !== undefined) {
    return { evaluator: codeBasedEvaluator({ ...identity, functionName, timeoutSeconds }, invoke) };
  }
  const judged = modelJudged(identity, evaluatorConfig);
  if (judged !== undefined) return withJudge(judged.evaluator, judges?.of(judged.modelId));
  throw new EvaluationError("InvalidEvaluator", `Evaluator ${id} is of a kind that is not part of Gatehouse yet.`);
}

/** An evaluator whose judge tells what it uses for it. */
function telling(found: FoundEvaluator, onUsed: EvaluatorSources["onUsed"]): FoundEvaluator {
  const { evaluator, judge } = found;
  if (judge === undefined || onUsed === undefined) return found;
  const ask: Judge["ask"] = (question) => judge.ask({ ...question, onUsed: (use) => onUsed(evaluator.id, use) });
  return { evaluator, judge: { ...judge, ask } };
}

function withJudge(evaluator: Evaluator, judge: Judge | undefined): FoundEvaluator {
  return { evaluator, ...(judge === undefined ? {} : { judge }) };
}
