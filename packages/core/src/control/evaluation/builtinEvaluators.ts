import type { EvaluatorLevel } from "../../evaluation/evaluator.ts";
import { builtinArn } from "../../evaluation/evaluators/builtin/builtinEvaluator.ts";
import { builtinEvaluators as evaluators, judgedDefinitions } from "../../evaluation/evaluators/builtin.ts";
import type { OutputOf } from "../operationTypes.ts";

/** An evaluator that everybody has, as the control plane shows it. */
export interface BuiltinEvaluator {
  readonly evaluatorId: string;
  readonly level: EvaluatorLevel;
  readonly description: string;
  /** Whether it says nothing without reference inputs. */
  readonly needsReference: boolean;
}

/** The evaluators that everybody has, in the order in which they are listed: AgentCore's by its ids, and Gatehouse's own. */
export const builtinEvaluators: readonly BuiltinEvaluator[] = evaluators.map(
  ({ id, level, description, needsReference }) => ({ evaluatorId: id, level, description, needsReference }),
);

const byId = new Map(builtinEvaluators.map((evaluator) => [evaluator.evaluatorId, evaluator]));

/** The evaluator of an id, as in `Builtin.Helpfulness`, where everybody has it. */
export function builtinEvaluator(evaluatorId: string): BuiltinEvaluator | undefined {
  return byId.get(evaluatorId);
}

const token = /^builtin:(\d+)$/;

/**
 * One page of the evaluators that everybody has, as the beginning of a list that goes on with others.
 * @returns `nextToken` where the page is full of them; else `rest`, the token of the page of the others, if it has one.
 */
export function listBuiltins({
  maxResults,
  nextToken,
}: {
  readonly maxResults: number;
  readonly nextToken?: string | undefined;
}): {
  readonly items: readonly BuiltinEvaluator[];
  readonly nextToken?: string;
  readonly rest?: string;
} {
  const position = nextToken === undefined ? "0" : token.exec(nextToken)?.[1];
  if (position === undefined) return { items: [], ...(nextToken === undefined ? {} : { rest: nextToken }) };
  const end = Number(position) + maxResults;
  const items = builtinEvaluators.slice(Number(position), end);
  return items.length === maxResults ? { items, nextToken: `builtin:${end}` } : { items };
}

/** A built-in evaluator as GetEvaluator answers it. */
export function describeBuiltin(evaluator: BuiltinEvaluator): OutputOf<"GetEvaluator"> {
  return { ...summarizeBuiltin(evaluator), evaluatorConfig: configOf(evaluator) };
}

/** What a judge is asked; nothing where none is. */
function configOf({ evaluatorId }: BuiltinEvaluator): OutputOf<"GetEvaluator">["evaluatorConfig"] {
  const task = judgedDefinitions.find(({ name }) => evaluatorId === `Builtin.${name}`)?.task;
  if (task === undefined) return undefined;
  const numerical = task.scale.map(({ label, value = 0, definition }) => ({ label, value, definition }));
  // The deployment's own judge: this names the setting that says which model it is.
  const modelConfig = { bedrockEvaluatorModelConfig: { modelId: "GATEHOUSE_JUDGE_MODEL_ID" } };
  return { llmAsAJudge: { instructions: task.instructions, ratingScale: { numerical }, modelConfig } };
}

/** A built-in evaluator as ListEvaluators answers it. */
export function summarizeBuiltin({ evaluatorId, level, description }: BuiltinEvaluator) {
  return {
    evaluatorId,
    evaluatorArn: builtinArn(evaluatorId),
    evaluatorName: evaluatorId,
    evaluatorType: "Builtin" as const,
    level,
    description,
    status: "ACTIVE" as const,
    // Nobody can change it, whatever uses it.
    lockedForModification: true,
    createdAt: since,
    updatedAt: since,
  };
}

/** What everybody has is as old as AgentCore's evaluations. */
const since = new Date("2025-12-02T00:00:00Z");
