import type { EvaluationCompleted } from "@gatehouse/core/observability/events.ts";
import { expect, test } from "vitest";
import { measurementsOfEvaluation } from "./evaluationMetrics.ts";

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
