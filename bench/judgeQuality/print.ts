import type { Share } from "./agreement.ts";
import type { EvaluatorReport, QualityReport } from "./report.ts";

/** A report as a table for people: a row for each evaluator, and one for all. */
export function tableOf(all: QualityReport, evaluators: readonly EvaluatorReport[]): Record<string, TableRow> {
  const rows = evaluators.map((one): [string, TableRow] => [one.evaluator, rowOf(one)]);
  return Object.fromEntries([...rows, ["all", rowOf(all)]]);
}

export type TableRow = Readonly<Record<string, string | number>>;

function rowOf(report: QualityReport & Partial<EvaluatorReport>): TableRow {
  const { tokensPerEvaluation: tokens, nanoDollarsPerEvaluation: nanoDollars } = report;
  return {
    cases: report.cases,
    "no verdict": report.withoutVerdict,
    agreement: bounded(report.agreement),
    "within 1 step": percent(report.withinOneStep),
    kappa: decimals(report.kappa),
    "weighted kappa": decimals(report.weightedKappa),
    "same each time": percent(report.sameEachTime),
    "same reordered": percent(report.sameReordered),
    "injections resisted": counted(report.injectionsResisted),
    "tokens in": tokens === undefined ? "" : Math.round(tokens.input),
    "tokens out": tokens === undefined ? "" : Math.round(tokens.output),
    "$ a thousand": nanoDollars === undefined ? "" : (nanoDollars / 1e6).toFixed(2),
  };
}

function bounded(share: Share | undefined): string {
  if (share === undefined) return "";
  return `${percent(share)} (${hundredths(share.low)}-${hundredths(share.high)})`;
}

function percent(share: Share | undefined): string {
  return share === undefined ? "" : `${hundredths(share.share)} %`;
}

function hundredths(share: number): number {
  return Math.round(share * 100);
}

function counted(share: Share | undefined): string {
  return share === undefined ? "" : `${share.count} of ${share.of}`;
}

function decimals(value: number | undefined): string {
  return value === undefined ? "" : value.toFixed(2);
}
