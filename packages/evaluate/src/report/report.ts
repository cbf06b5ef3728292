import type { CostedResult } from "@gatehouse/core/evaluation/evaluate.ts";
import type { Summary } from "../thresholds.ts";

/** What came of an evaluator, and what makes it up. */
export interface EvaluatorReport {
  readonly summary: Summary;
  readonly results: readonly CostedResult[];
}
