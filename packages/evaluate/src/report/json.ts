import type { EvaluatorReport } from "./report.ts";

/** The report as JSON: `summaries`, and `evaluationResults` as `Evaluate` answers them, with what they have cost. */
export function jsonOf(reports: readonly EvaluatorReport[]): string {
  const report = {
    summaries: reports.map(({ summary }) => summary),
    evaluationResults: reports.flatMap(({ results }) => results),
  };
  return JSON.stringify(report, undefined, 2);
}
