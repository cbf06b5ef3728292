import { visible } from "@gatehouse/apply/visible.ts";
import type { EvaluationResult } from "@gatehouse/core/evaluation/evaluation.ts";
import { boundText, rounded } from "../thresholds.ts";
import { nameOf } from "./junit.ts";
import type { EvaluatorReport } from "./report.ts";

/** The longest that is shown of an explanation; the JSON and the JUnit report have the whole. */
const longestText = 160;
/** How many are named of those that fail alike. */
const mostNamed = 5;

/** The report for a person to read: what came of each evaluator, then each result, and why. */
export function tableOf(reports: readonly EvaluatorReport[]): string {
  const rows = [["evaluator", "results", "failed", "average", "worst", "threshold"], ...reports.map(rowOf)];
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
  const { evaluatorId, evaluated, failed, average, worst, threshold, missed } = summary;
  const reached =
    threshold === undefined ? "" : `${boundText(threshold)}: ${missed === undefined ? "reached" : "MISSED"}`;
  const number = (value: number | undefined) => (value === undefined ? "-" : rounded(value));
  return [evaluatorId, String(evaluated), String(failed), number(average), number(worst), reached];
}

function detailsOf({ summary, results }: EvaluatorReport): string[] {
  const { evaluatorId, threshold, missed, labels } = summary;
  const counts = Object.entries(labels).map(([label, times]) => `${times} × ${label}`);
  return [
    "",
    `${evaluatorId}${counts.length === 0 ? "" : `: ${counts.join(", ")}`}`,
    ...(missed === undefined || threshold === undefined
      ? []
      : [`  MISSED on average ${boundText(threshold)}: ${missed}`]),
    ...failuresIn(results),
    ...results.flatMap(resultLines),
  ];
}

/** What is wrong with many is said once. */
function failuresIn(results: readonly EvaluationResult[]): string[] {
  const failed = results.filter(({ errorCode }) => errorCode !== undefined);
  const groups = Map.groupBy(failed, ({ errorCode, errorMessage }) => `${errorCode}: ${errorMessage}`);
  return [...groups].flatMap(([reason, of]) => [
    `  NOT EVALUATED ${of.length} × ${oneLine(reason)}`,
    ...of.slice(0, mostNamed).map((result) => `    ${nameOf(result)}`),
    ...(of.length > mostNamed ? [`    and ${of.length - mostNamed} more`] : []),
  ]);
}

function resultLines(result: EvaluationResult): string[] {
  const { label, value, explanation = "", errorCode } = result;
  if (errorCode !== undefined) return [];
  const verdict = value === undefined ? label : `${label} (${rounded(value)})`;
  const line = oneLine(explanation);
  const shown = line.length > longestText ? `${line.slice(0, longestText - 1)}…` : line;
  return [`  ${nameOf(result)}: ${verdict}`, ...(shown === "" ? [] : [`    ${shown}`])];
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
