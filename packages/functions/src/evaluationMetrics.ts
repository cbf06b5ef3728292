import type { EvaluationCompleted } from "@gatehouse/core/observability/events.ts";
import type { Measurement } from "./measurement.ts";

/**
 * An evaluation as metrics: one that has the evaluator's name and whose values are its scores, by label and configuration, as
 * AgentCore has it; and how many there were. Where a scale has no numbers, labels are counted.
 */
export function measurementsOfEvaluation(evaluation: EvaluationCompleted): Measurement[] {
  const { config, evaluator, label, value, errorCode } = evaluation;
  const by = { Config: config.id };
  const labelled = label === undefined ? [] : [{ ...by, Label: label }];
  const byEvaluator = { ...by, Evaluator: evaluator.id };
  return [
    ...(value === undefined
      ? []
      : [{ of: "evaluation", dimensions: [by, ...labelled], values: { [evaluator.id]: value } }]),
    {
      of: "evaluation",
      dimensions: [
        {},
        byEvaluator,
        ...(value === undefined && label !== undefined ? [{ ...byEvaluator, Label: label }] : []),
      ],
      counts: { Evaluations: 1, ...(errorCode === undefined ? {} : { EvaluationErrors: 1 }) },
    },
  ];
}
