import { visible } from "@gatehouse/apply/visible.ts";
import type { EvaluationResult } from "@gatehouse/core/evaluation/evaluation.ts";
import { rounded, type Summary } from "../thresholds.ts";
import { nameOf } from "./junit.ts";
import type { EvaluatorReport } from "./report.ts";

/** The longest that is shown of an explanation; the JSON and the JUnit report have the whole. */
const longestText = 160;

/** The report for a person to read: what came of each evaluator, then why of whatever isn't as good as it can be. */
export function tableOf(reports: readonly EvaluatorReport[]): string {
  const rows = [["evaluator", "results", "failed", "average", "lowest", "threshold"], ...reports.map(rowOf)];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return [...lines, ...reports.flatMap(detailsOf)].map(visible).join("\n");
}

function rowOf({ summary }: EvaluatorReport): string[] {
  const { evaluatorId, evaluated, failed, average, lowest, threshold, missed } = summary;
  const reached = threshold === undefined ? "" : `${threshold} ${missed === undefined ? "reached" : "MISSED"}`;
  const number = (value: number | undefined) => (value === undefined ? "-" : rounded(value));
  return [evaluatorId, String(evaluated), String(failed), number(average), number(lowest), reached];
}

function detailsOf({ summary, results }: EvaluatorReport): string[] {
  const { evaluatorId, missed, labels } = summary;
  const counts = Object.entries(labels).map(([label, times]) => `${times} × ${label}`);
  return [
    "",
    `${evaluatorId}${counts.length === 0 ? "" : `: ${counts.join(", ")}`}`,
    ...(missed === undefined ? [] : [`  MISSED ${thresholdOf(summary)}: ${missed}`]),
    ...results.flatMap(resultLines),
  ];
}

function thresholdOf({ threshold }: Summary): string {
  return `at least ${threshold} on average`;
}

function resultLines(result: EvaluationResult): string[] {
  const { label, value, explanation, errorCode, errorMessage } = result;
  if (errorCode !== undefined)
    return [`  ${nameOf(result)}: NOT EVALUATED (${errorCode})`, ...indented(errorMessage, false)];
  const verdict = value === undefined ? label : `${label} ${rounded(value)}`;
  return [`  ${nameOf(result)}: ${verdict}`, ...indented(explanation, true)];
}

/** What is to be mended is shown whole; the rest as far as a line goes. */
function indented(text: string | undefined, cut: boolean): string[] {
  if (!text) return [];
  const line = text.replace(/\s+/g, " ").trim();
  return [`    ${cut && line.length > longestText ? `${line.slice(0, longestText - 1)}…` : line}`];
}
