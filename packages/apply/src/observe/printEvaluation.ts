import { styleText } from "node:util";
import type { Evaluation } from "@gatehouse/core/observability/query/answers.ts";
import { visible } from "../visible.ts";

/** The longest that is shown of an explanation. */
const longestText = 160;

/**
 * An evaluation in one line, for a person to read: when it was made, what was said by which evaluator, of what, and why.
 * Whatever a terminal would act upon, or not show, is written out.
 * @param stream where it will be shown, for colours; without it there are none.
 */
export function printedEvaluation(evaluation: Evaluation, stream?: NodeJS.WriteStream): string {
  const { evaluatedAt, evaluator, level, sessionId, traceId, spanId, agent, agentVersion } = evaluation;
  const { label, value, explanation = "", errorCode = "", errorMessage = "" } = evaluation;
  const paint = (format: Parameters<typeof styleText>[0], text: string) =>
    stream === undefined ? text : styleText(format, text, { stream });
  const number = value === undefined ? "" : ` (${Number(value.toFixed(3))})`;
  const verdict = label === undefined ? paint("magenta", visible(errorCode)) : `${visible(label)}${number}`;
  const where = level === "SESSION" ? [] : level === "TRACE" ? [`trace ${traceId}`] : [`span ${spanId}`];
  const who = agent === undefined ? [] : [`by ${agent}${agentVersion === undefined ? "" : ` ${agentVersion}`}`];
  const why = (label === undefined ? errorMessage : explanation).replace(/\s+/g, " ").trim();
  return [
    paint("dim", `${evaluatedAt.slice(11, 23)}Z`),
    paint("bold", visible(evaluator.id)),
    verdict,
    visible([`session ${sessionId}`, ...where, ...who].join(" ")),
    paint("dim", visible(why.length > longestText ? `${why.slice(0, longestText - 1)}…` : why)),
  ].join("  ");
}
