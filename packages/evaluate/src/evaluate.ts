import { evaluateSubjects } from "@gatehouse/core/evaluation/evaluate.ts";
import type { FoundEvaluator } from "@gatehouse/core/evaluation/evaluators/find.ts";
import { unwrapped } from "@gatehouse/core/evaluation/reference.ts";
import { UsageError } from "@gatehouse/policy/problem.ts";
import { referencesFor, type WrittenReference } from "./referenceFile.ts";
import type { EvaluatorReport } from "./report/report.ts";
import type { Session } from "./sessions.ts";
import { summaryOf, type Threshold } from "./thresholds.ts";

/** What is to be evaluated, and how good it has to be. */
export interface Evaluation {
  readonly sessions: readonly Session[];
  readonly evaluators: readonly FoundEvaluator[];
  readonly references: readonly WrittenReference[];
  readonly thresholds: readonly Threshold[];
}

/**
 * Has every evaluator judge every session, one evaluator after the other.
 * @throws UsageError for a reference to what isn't there: what it expects would never be looked at.
 */
export async function evaluate({
  sessions,
  evaluators,
  references,
  thresholds,
}: Evaluation): Promise<EvaluatorReport[]> {
  requireSessions(references, sessions);
  const known = sessions.map((session) => ({ ...session, inputs: referencesFor(session.conversation, references) }));
  const { signal } = new AbortController();
  const reports: EvaluatorReport[] = [];
  for (const { evaluator, judge } of evaluators) {
    const results = [];
    for (const { conversation, documents, inputs } of known) {
      const evaluation = { evaluator, conversation, references: inputs.map(unwrapped), most: Number.POSITIVE_INFINITY };
      const sent = { sessionSpans: documents, referenceInputs: inputs };
      const tools = { signal, sent, ...(judge === undefined ? {} : { judge }) };
      results.push(...(await evaluateSubjects(evaluation, tools)));
    }
    const threshold = thresholds.find(({ evaluatorId }) => evaluatorId === evaluator.id);
    reports.push({ summary: summaryOf(evaluator, results, threshold?.bound), results });
  }
  return reports;
}

function requireSessions(references: readonly WrittenReference[], sessions: readonly Session[]): void {
  for (const { sessionId, place } of references) {
    if (sessionId === undefined || sessions.some(({ conversation }) => conversation.sessionId === sessionId)) continue;
    throw new UsageError(`${place}.sessionId is ${sessionId}, which is no session that is evaluated.`);
  }
}
