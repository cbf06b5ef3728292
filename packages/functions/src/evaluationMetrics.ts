import type { EvaluationResultContent } from "@aws-sdk/client-bedrock-agentcore";
import type { ModelUse } from "@gatehouse/core/evaluation/evaluator.ts";
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

/**
 * What came of an evaluation on demand: how many results and errors, by evaluator. What they say isn't counted: whoever tries
 * an evaluator out would change the scores of the agents that are watched.
 */
export function measurementsOfResults(
  results: readonly Pick<EvaluationResultContent, "evaluatorId" | "errorCode">[],
): Measurement[] {
  return [...Map.groupBy(results, ({ evaluatorId = "" }) => evaluatorId)].map(([evaluatorId, some]) => {
    const errors = some.filter(({ errorCode }) => errorCode !== undefined).length;
    return {
      of: "evaluation",
      dimensions: [{}, { Evaluator: evaluatorId }],
      counts: { OnDemandEvaluations: some.length, ...(errors === 0 ? {} : { OnDemandEvaluationErrors: errors }) },
    };
  });
}

/** What a judge has used for an evaluator, in tokens and US dollars: of an answer that became no verdict, too. */
export function measurementsOfJudge(
  evaluatorId: string,
  { modelId, inputTokens, outputTokens, costNanoDollars }: ModelUse,
): Measurement[] {
  return [
    {
      of: "evaluation",
      dimensions: [{}, { Evaluator: evaluatorId }, { Model: modelId }],
      counts: { JudgeInputTokens: inputTokens, JudgeOutputTokens: outputTokens },
      ...(costNanoDollars === undefined ? {} : { values: { JudgeCost: costNanoDollars / 1e9 } }),
    },
  ];
}
