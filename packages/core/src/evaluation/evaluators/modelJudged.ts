import type { EvaluatorRecord } from "../../storage/records.ts";
import type { Evaluator } from "../evaluator.ts";
import { builtinEvaluator } from "./builtin.ts";
import { customEvaluator, type LlmAsAJudge } from "./custom.ts";

/** An evaluator of somebody's own that a model judges, and which model. */
export interface ModelJudged {
  readonly evaluator: Evaluator;
  readonly modelId: string;
}

/**
 * The evaluator that somebody has made of their own instructions and scale, or of a built-in one with a model of their own
 * (`derived`). @returns nothing for those that no model judges, and for those that Gatehouse can't run.
 */
export function modelJudged(
  identity: Pick<Evaluator, "id" | "arn" | "name" | "level">,
  { llmAsAJudge, derived }: EvaluatorRecord["evaluatorConfig"],
): ModelJudged | undefined {
  const modelId = (llmAsAJudge ?? derived)?.modelConfig?.bedrockEvaluatorModelConfig?.modelId;
  if (modelId === undefined) return undefined;
  if (derived !== undefined) {
    const base = builtinEvaluator(derived.baseEvaluatorId ?? "");
    return base && { evaluator: { ...base, ...identity }, modelId };
  }
  // As it was checked when it was created.
  return { evaluator: customEvaluator({ ...identity, config: llmAsAJudge as LlmAsAJudge }), modelId };
}
