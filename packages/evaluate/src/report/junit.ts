import type { EvaluationResult } from "@gatehouse/core/evaluation/evaluation.ts";
import { boundText, rounded, type Summary } from "../thresholds.ts";
import type { EvaluatorReport } from "./report.ts";
import { element, escaped } from "./xml.ts";

/**
 * The report as JUnit's XML, which CI systems show: a test suite an evaluator, a test case a result. A result without a
 * verdict is an error; a threshold is a test case of its own, so that the report says what the exit status does.
 */
export function junitOf(reports: readonly EvaluatorReport[]): string {
  const suites = reports.map(suiteOf);
  const totals = totalsOf(reports);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element("testsuites", { name: "gatehouse evaluate", ...totals }, suites.join(""))}\n`;
}

function suiteOf(report: EvaluatorReport): string {
  const { summary, results } = report;
  const { evaluatorId } = summary;
  const cases = results.map((result) => element("testcase", caseOf(evaluatorId, nameOf(result)), outcomeOf(result)));
  return element(
    "testsuite",
    { name: evaluatorId, ...totalsOf([report]) },
    [...cases, ...thresholdOf(summary)].join(""),
  );
}

function caseOf(classname: string, name: string) {
  return { classname, name };
}

function outcomeOf({ label, value, explanation = "", errorCode, errorMessage = "" }: EvaluationResult): string {
  if (errorCode !== undefined)
    return element("error", { type: errorCode, message: errorMessage }, escaped(errorMessage));
  const verdict = value === undefined ? label : `${label} (${rounded(value)})`;
  return element("system-out", {}, escaped([verdict, explanation].filter(Boolean).join("\n")));
}

function thresholdOf({ evaluatorId, threshold, missed }: Summary): string[] {
  if (threshold === undefined) return [];
  const demand = `on average ${boundText(threshold)}`;
  const message = `${demand}: ${missed}`;
  const failure = missed === undefined ? "" : element("failure", { type: "Threshold", message }, escaped(message));
  return [element("testcase", caseOf(evaluatorId, demand), failure)];
}

function totalsOf(reports: readonly EvaluatorReport[]) {
  const summaries = reports.map(({ summary }) => summary);
  const sum = (count: (summary: Summary) => number) => summaries.reduce((all, summary) => all + count(summary), 0);
  return {
    tests: sum(({ evaluated, failed, threshold }) => evaluated + failed + (threshold === undefined ? 0 : 1)),
    failures: sum(({ missed }) => (missed === undefined ? 0 : 1)),
    errors: sum(({ failed }) => failed),
    skipped: 0,
  };
}

/** What a result is about, as people find it again. */
export function nameOf({ context: { spanContext } }: EvaluationResult): string {
  const { sessionId, traceId, spanId } = spanContext;
  return [`session ${sessionId}`, traceId && `trace ${traceId}`, spanId && `span ${spanId}`].filter(Boolean).join(", ");
}
