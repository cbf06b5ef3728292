import type { EvaluationCompleted } from "@gatehouse/core/observability/events.ts";
import { expect, test } from "vitest";
import { measurementsOfEvaluation, measurementsOfJudge, measurementsOfResults } from "./evaluationMetrics.ts";

const evaluation = (more: Partial<EvaluationCompleted>): EvaluationCompleted => ({
  schemaVersion: 1,
  evaluationId: "00000000-0000-8000-8000-000000000000",
  time: "2026-11-20T10:00:00Z",
  evaluatedAt: "2026-11-20T10:20:00Z",
  config: { id: "config", arn: "arn" },
  evaluator: { id: "Builtin.Helpfulness", arn: "arn", name: "Helpfulness" },
  level: "SESSION",
  sessionId: "session",
  durationMicroseconds: 1,
  ...more,
});

test("a score is a metric of its evaluator's name, by configuration and label", () => {
  expect(measurementsOfEvaluation(evaluation({ label: "Very Helpful", value: 0.833 }))).toEqual([
    {
      of: "evaluation",
      dimensions: [{ Config: "config" }, { Config: "config", Label: "Very Helpful" }],
      values: { "Builtin.Helpfulness": 0.833 },
    },
    {
      of: "evaluation",
      dimensions: [{}, { Config: "config", Evaluator: "Builtin.Helpfulness" }],
      counts: { Evaluations: 1 },
    },
  ]);
});

test("labels without numbers are counted, and so are errors", () => {
  const byEvaluator = { Config: "config", Evaluator: "Builtin.Helpfulness" };
  expect(measurementsOfEvaluation(evaluation({ label: "Rude" }))).toEqual([
    { of: "evaluation", dimensions: [{}, byEvaluator, { ...byEvaluator, Label: "Rude" }], counts: { Evaluations: 1 } },
  ]);
  expect(measurementsOfEvaluation(evaluation({ errorCode: "MissingData" }))).toEqual([
    { of: "evaluation", dimensions: [{}, byEvaluator], counts: { Evaluations: 1, EvaluationErrors: 1 } },
  ]);
});

test("of an evaluation on demand, results and errors are counted by evaluator, and no score is measured", () => {
  const result = { evaluatorId: "Builtin.Helpfulness", label: "Very Helpful", value: 0.833 };
  expect(measurementsOfResults([result, { ...result, errorCode: "ModelFailed" }, result])).toEqual([
    {
      of: "evaluation",
      dimensions: [{}, { Evaluator: "Builtin.Helpfulness" }],
      counts: { OnDemandEvaluations: 3, OnDemandEvaluationErrors: 1 },
    },
  ]);
  expect(measurementsOfResults([])).toEqual([]);
});

test("what a judge has used is counted in tokens, and in dollars where its model has a price", () => {
  const use = { modelId: "small", inputTokens: 1_100, outputTokens: 70 };
  const measured = {
    of: "evaluation",
    dimensions: [{}, { Evaluator: "Own" }, { Model: "small" }],
    counts: { JudgeInputTokens: 1_100, JudgeOutputTokens: 70 },
  };
  expect(measurementsOfJudge("Own", use)).toEqual([measured]);
  expect(measurementsOfJudge("Own", { ...use, costNanoDollars: 2_500_000 })).toEqual([
    { ...measured, values: { JudgeCost: 0.0025 } },
  ]);
});
