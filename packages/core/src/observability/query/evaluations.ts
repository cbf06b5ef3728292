import type { EvaluationCompleted } from "../events.ts";
import type { Evaluation, EvaluationPage } from "./answers.ts";
import type { Cell, Table } from "./csv.ts";
import { isOneOf } from "./decisions.ts";

/** Which evaluations: what is said must hold, of several values one. */
export interface EvaluationFilter {
  readonly evaluator?: readonly string[] | undefined;
  readonly session?: readonly string[] | undefined;
  readonly agent?: readonly string[] | undefined;
  readonly agentVersion?: readonly string[] | undefined;
  readonly label?: readonly string[] | undefined;
  readonly error?: readonly string[] | undefined;
}

/** Whether an evaluation is one of those that are asked for. */
export function matches(evaluation: EvaluationCompleted, filter: EvaluationFilter): boolean {
  const { evaluator, sessionId, agent, agentVersion, label, errorCode } = evaluation;
  return (
    isOneOf(evaluator.id, filter.evaluator) &&
    isOneOf(sessionId, filter.session) &&
    isOneOf(agent, filter.agent) &&
    isOneOf(agentVersion, filter.agentVersion) &&
    isOneOf(label, filter.label) &&
    isOneOf(errorCode, filter.error)
  );
}

const columns = [
  "evaluatedAt",
  "time",
  "evaluationId",
  "config",
  "evaluator",
  "level",
  "sessionId",
  "traceId",
  "spanId",
  "agent",
  "agentVersion",
  "label",
  "value",
  "explanation",
  "errorCode",
  "errorMessage",
  "inputTokens",
  "outputTokens",
  "costNanoDollars",
  "durationMicroseconds",
] as const;

/** Evaluations as a table. */
export function evaluationTable({ evaluations }: EvaluationPage): Table {
  return { columns, rows: evaluations.map(rowOf) };
}

function rowOf(evaluation: Evaluation): readonly Cell[] {
  const { config, evaluator, tokenUsage, ...rest } = evaluation;
  const cells: Record<string, Cell> = { ...rest, config: config.id, evaluator: evaluator.id, ...tokenUsage };
  return columns.map((column) => cells[column]);
}
