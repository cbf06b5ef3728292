import type { FieldError } from "../../errors.ts";
import { referencesIn } from "../../evaluation/evaluators/placeholders.ts";
import type { ConfigRepository } from "../../storage/configRepository.ts";
import type { EvaluatorRecord, OnlineEvaluationConfigRecord } from "../../storage/records.ts";
import { invalid } from "../input.ts";
import { builtinEvaluator } from "./builtinEvaluators.ts";

/**
 * Makes sure that the evaluators of an online evaluation are there, each once, and say something without reference inputs:
 * nobody gives any for what happens just now.
 * @returns the account's own among them, as they were checked: they must be so still when the online evaluation is stored.
 * @throws GatehouseError `validation` that names each that is wrong.
 */
export async function checkOnlineEvaluators(
  { getEvaluator }: Pick<ConfigRepository, "getEvaluator">,
  evaluators: OnlineEvaluationConfigRecord["evaluators"],
): Promise<readonly EvaluatorRecord[]> {
  const ids = evaluators.map(({ evaluatorId = "" }) => evaluatorId);
  const records = await Promise.all(
    ids.map(async (id) => (builtinEvaluator(id) === undefined ? await getEvaluator(id) : undefined)),
  );
  const problems = ids.flatMap((id, index): FieldError[] => {
    const message = ids.indexOf(id) === index ? problemOf(id, records[index]) : `must be given once: ${id}`;
    return message === undefined ? [] : [{ name: `evaluators[${index}].evaluatorId`, message }];
  });
  if (problems.length > 0) throw invalid(problems);
  return records.filter((record) => record !== undefined);
}

function problemOf(id: string, record: EvaluatorRecord | undefined): string | undefined {
  const builtin = builtinEvaluator(id);
  if (builtin === undefined && record === undefined) return `must be an evaluator that exists: there is none ${id}`;
  return builtin?.needsReference || (record !== undefined && needsReference(record))
    ? `can't evaluate online: ${id} needs reference inputs, which only Evaluate takes`
    : undefined;
}

function needsReference({ level, evaluatorConfig }: EvaluatorRecord): boolean {
  return referencesIn(evaluatorConfig.llmAsAJudge?.instructions ?? "", level).length > 0;
}
