import type { EvaluationResultContent } from "@aws-sdk/client-bedrock-agentcore";
import { invalid } from "../../control/input.ts";
import type { Json } from "../../json.ts";
import type { Span } from "../../observability/spans/span.ts";
import type { Turn } from "../conversation.ts";
import { conversationOf } from "../conversations/conversationOf.ts";
import { spansFromDocuments } from "../conversations/documents/spansFromDocuments.ts";
import { sessionsIn } from "../conversations/sessionsIn.ts";
import { type EvaluationTarget, evaluateSubjects } from "../evaluate.ts";
import { EvaluationError, type EvaluatorLevel, type SentReferenceInput } from "../evaluator.ts";
import type { FindEvaluator, FoundEvaluator } from "../evaluators/find.ts";
import { isToolCall } from "../evaluators/parts.ts";
import { unwrapped } from "../reference.ts";
import type { EvaluateHandler } from "./routes.ts";

/** As many results as AgentCore gives at a time. */
const mostResults = 10;

/**
 * `Evaluate`: has an evaluator judge a session that is sent along, or what is named of it, and answers what it says. What can't
 * be judged has its error in its result.
 * @throws GatehouseError `notFound`, or `validation` for spans that can't be read, and where it isn't clear what to judge.
 */
export function onDemandEvaluate(findEvaluator: FindEvaluator): EvaluateHandler {
  return async ({ evaluatorId, evaluationInput, evaluationTarget, evaluationReferenceInputs = [] }, signal) => {
    const { evaluator, judge } = await usable(findEvaluator(evaluatorId));
    // A union has exactly one member, and documents are JSON.
    const sessionSpans = (evaluationInput.sessionSpans ?? []) as readonly Json[];
    const spans = spansFromDocuments(sessionSpans, "evaluationInput.sessionSpans");
    const conversation = conversationOf(spans, sessionOf(spans));
    const target = targetOf(evaluationTarget);
    requireFew(evaluator.level, conversation.turns, target);

    const referenceInputs = evaluationReferenceInputs as readonly SentReferenceInput[]; // Read by the same schema.
    const evaluationResults = await evaluateSubjects(
      {
        evaluator,
        conversation,
        references: referenceInputs.map(unwrapped),
        ...(target === undefined ? {} : { target }),
        most: mostResults,
      },
      { sent: { sessionSpans, referenceInputs }, signal, ...(judge === undefined ? {} : { judge }) },
    );
    // What it has cost is no part of AgentCore's answer, and left out when it is written.
    return { evaluationResults: evaluationResults as EvaluationResultContent[] };
  };
}

/** @throws GatehouseError `validation` for an evaluator that can't be run: whoever asks may choose another. */
async function usable(finding: Promise<FoundEvaluator>): Promise<FoundEvaluator> {
  try {
    return await finding;
  } catch (error) {
    if (error instanceof EvaluationError) throw invalid([{ name: "evaluatorId", message: error.message }]);
    throw error;
  }
}

/** The one session that the spans are of. @throws GatehouseError `validation` */
function sessionOf(spans: readonly Span[]): string {
  const sessions = [...sessionsIn(spans).keys()];
  const [first, ...others] = sessions;
  if (first !== undefined && others.length === 0) return first;
  const shown = sessions.slice(0, mostShown).join(", ");
  const message =
    first === undefined
      ? "must name their session: the attribute session.id (or gen_ai.conversation.id) of a span would"
      : `must be of one session at a time, and are of ${sessions.length}: ${shown}`;
  throw invalid([{ name: "evaluationInput.sessionSpans", message }]);
}

const mostShown = 5;

/** A target's lists are never empty. */
function targetOf(
  target: { readonly traceIds?: string[]; readonly spanIds?: string[] } | undefined,
): EvaluationTarget | undefined {
  return target === undefined ? undefined : { ...target };
}

/** Nothing of what was sent is left out unsaid. @throws GatehouseError `validation` */
function requireFew(level: EvaluatorLevel, turns: readonly Turn[], target: EvaluationTarget | undefined): void {
  if (target !== undefined || level === "SESSION") return;
  const count = level === "TRACE" ? turns.length : turns.flatMap(({ steps }) => steps.filter(isToolCall)).length;
  if (count <= mostResults) return;
  const [things, ids] = level === "TRACE" ? ["turns", "traceIds"] : ["tool calls", "spanIds"];
  const message = `must name what to evaluate, by ${ids}: the session has ${count} ${things}, and ${mostResults} are evaluated at a time`;
  throw invalid([{ name: "evaluationTarget", message }]);
}
