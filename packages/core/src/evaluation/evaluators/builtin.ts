import { type BuiltinEvaluator, judgedEvaluator } from "./builtin/builtinEvaluator.ts";
import { coherence } from "./builtin/coherence.ts";
import { conciseness } from "./builtin/conciseness.ts";
import { correctness } from "./builtin/correctness.ts";
import { faithfulness } from "./builtin/faithfulness.ts";
import { goalSuccessRate } from "./builtin/goalSuccessRate.ts";
import { harmfulness } from "./builtin/harmfulness.ts";
import { helpfulness } from "./builtin/helpfulness.ts";
import { instructionFollowing } from "./builtin/instructionFollowing.ts";
import { refusal } from "./builtin/refusal.ts";
import { responseRelevance } from "./builtin/responseRelevance.ts";
import { stereotyping } from "./builtin/stereotyping.ts";
import { toolParameterAccuracy } from "./builtin/toolParameterAccuracy.ts";
import { toolSelectionAccuracy } from "./builtin/toolSelectionAccuracy.ts";
import { policyCompliance } from "./deterministic/policyCompliance.ts";
import { toolParametersValid } from "./deterministic/toolParametersValid.ts";
import { toolSuccessRate } from "./deterministic/toolSuccessRate.ts";
import { trajectoryEvaluators } from "./trajectory.ts";

export type { BuiltinEvaluator } from "./builtin/builtinEvaluator.ts";

/** Those of the built-in evaluators that a model judges. */
export const judgedDefinitions = [
  goalSuccessRate,
  helpfulness,
  correctness,
  coherence,
  conciseness,
  faithfulness,
  responseRelevance,
  instructionFollowing,
  refusal,
  harmfulness,
  stereotyping,
  toolSelectionAccuracy,
  toolParameterAccuracy,
] as const;

/** Every evaluator that there is without anybody creating it: AgentCore's by its ids, and our own (`Gatehouse.<Name>`). */
export const builtinEvaluators: readonly BuiltinEvaluator[] = [
  ...judgedDefinitions.map(judgedEvaluator),
  ...trajectoryEvaluators,
  toolParametersValid,
  toolSuccessRate,
  policyCompliance,
];

const byId = new Map(builtinEvaluators.flatMap((one) => [[one.id, one] as const, [one.arn, one] as const]));

/** @param id An id or an ARN. */
export function builtinEvaluator(id: string): BuiltinEvaluator | undefined {
  return byId.get(id);
}
