import { GatehouseError } from "../errors.ts";
import type { Conversation, Turn } from "./conversation.ts";
import { type EvaluationResult, longestMessage } from "./evaluation.ts";
import {
  EvaluationError,
  type EvaluationTools,
  type Evaluator,
  type Reference,
  type Subject,
  type TokenUsage,
  type Verdict,
} from "./evaluator.ts";
import { isToolCall } from "./evaluators/parts.ts";
import { cut } from "./evaluators/task.ts";
import { type ReferenceInput, referenceFor } from "./reference.ts";

export type { ReferenceInput } from "./reference.ts";

/** One evaluator and what it is to evaluate. */
export interface Evaluation {
  readonly evaluator: Evaluator;
  readonly conversation: Conversation;
  /** Which turns, or which tool calls; all of them if absent. Nothing for an evaluator of sessions (`EvaluationTarget`). */
  readonly target?: EvaluationTarget;
  readonly references?: readonly ReferenceInput[];
  /** The most results; ten, as AgentCore has it, if absent. Of more subjects, the last ones are evaluated. */
  readonly most?: number;
}

export interface EvaluationTarget {
  readonly traceIds?: readonly string[];
  readonly spanIds?: readonly string[];
}

/** A result with what isn't part of AgentCore's: what it cost, and how far a panel agreed. */
export interface CostedResult extends EvaluationResult {
  readonly costNanoDollars?: number;
  readonly agreement?: number;
}

const mostResults = 10;
/** How many subjects are judged at once: a model's endpoint counts requests. */
const atOnce = 4;

/**
 * Runs an evaluator over the subjects of a conversation, in their order. A subject that can't be evaluated has its error in
 * its result, and takes no verdict from the others.
 *
 * A conversation without tool calls has no result of an evaluator of tool calls; one without turns has a result that says so.
 * @throws GatehouseError `validation` for a target that isn't of the evaluator's level.
 * @throws what the signal was aborted with.
 */
export async function evaluateSubjects(evaluation: Evaluation, tools: EvaluationTools): Promise<CostedResult[]> {
  const { evaluator, conversation, target, most = mostResults } = evaluation;
  const chosen = choose(conversation, evaluator, target).slice(-most);
  const results: CostedResult[] = [];
  let next = 0;
  const work = async () => {
    for (let index = next++; index < chosen.length; index = next++) {
      const one = chosen[index];
      if (one !== undefined) results[index] = await resultOf(one, evaluation, tools);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, chosen.length) }, work));
  return results;
}

/** A subject, or what was asked for and isn't there. */
interface Chosen {
  readonly spanContext: EvaluationResult["context"]["spanContext"];
  /** Makes it when it is judged: each has what was there before in lists of its own. */
  readonly subject?: () => Subject;
  readonly missing?: string;
}

function choose(
  conversation: Conversation,
  { level }: Evaluator,
  { traceIds, spanIds }: EvaluationTarget = {},
): Chosen[] {
  requireTarget(level, traceIds, spanIds);
  const { sessionId } = conversation;
  if (conversation.turns.length === 0) return [nothing(conversation)];
  switch (level) {
    case "SESSION":
      return [{ spanContext: { sessionId }, subject: () => ({ level, conversation }) }];
    case "TRACE": {
      const turns = turnSubjects(conversation);
      if (traceIds === undefined) return turns;
      return [...new Set(traceIds)].map(
        (traceId) =>
          turns.find(({ spanContext }) => spanContext.traceId === traceId) ?? {
            spanContext: { sessionId, traceId },
            missing: `None of the session's spans is of the trace ${traceId}.`,
          },
      );
    }
    case "TOOL_CALL": {
      const calls = toolCallSubjects(conversation);
      if (spanIds === undefined) return calls;
      return [...new Set(spanIds)].map(
        (spanId) =>
          calls.find(({ spanContext }) => spanContext.spanId === spanId) ?? {
            spanContext: { sessionId, spanId },
            missing: `None of the session's spans of tool calls is ${spanId}.`,
          },
      );
    }
  }
}

function requireTarget(level: Evaluator["level"], traceIds: unknown, spanIds: unknown): void {
  const wrong =
    level === "SESSION"
      ? traceIds !== undefined || spanIds !== undefined
      : (level === "TRACE" ? spanIds : traceIds) !== undefined;
  if (!wrong) return;
  const right = { SESSION: "no evaluationTarget", TRACE: "traceIds", TOOL_CALL: "spanIds" }[level];
  throw new GatehouseError("validation", `An evaluator of the level ${level} takes ${right}.`);
}

function nothing({ sessionId, gaps }: Conversation): Chosen {
  const why = gaps.map(({ message }) => message);
  return {
    spanContext: { sessionId },
    missing: ["The session has no spans of an agent, a model or a tool to evaluate.", ...why].join(" "),
  };
}

function turnSubjects(conversation: Conversation): Chosen[] {
  const { sessionId, turns } = conversation;
  return turns.map((turn, index) => ({
    spanContext: { sessionId, traceId: turn.traceId, spanId: turn.spanId },
    subject: () => ({ level: "TRACE", conversation: endingWith(conversation, index, turn), turn }),
  }));
}

function toolCallSubjects(conversation: Conversation): Chosen[] {
  const { sessionId, turns } = conversation;
  return turns.flatMap((turn, index) =>
    turn.steps.flatMap((step, at) => {
      if (!isToolCall(step)) return [];
      const spanContext = { sessionId, traceId: turn.traceId, spanId: step.spanId };
      const subject = (): Subject => {
        const until = untilCall(turn, at);
        const before = endingWith(conversation, index, until);
        return { level: "TOOL_CALL", conversation: before, turn: until, toolCall: step };
      };
      return [{ spanContext, subject }];
    }),
  );
}

/** A turn as it was when a tool was called: without the answer, and without what was done afterwards. */
function untilCall({ response: _, ...turn }: Turn, at: number): Turn {
  return { ...turn, steps: turn.steps.slice(0, at + 1) };
}

function endingWith(conversation: Conversation, index: number, last: Turn): Conversation {
  return { ...conversation, turns: [...conversation.turns.slice(0, index), last] };
}

async function resultOf(
  { spanContext, subject: make, missing }: Chosen,
  { evaluator, conversation, references = [] }: Evaluation,
  tools: EvaluationTools,
): Promise<CostedResult> {
  const about = {
    evaluatorId: evaluator.id,
    evaluatorArn: evaluator.arn,
    evaluatorName: evaluator.name,
    context: { spanContext },
  };
  if (make === undefined) return { ...about, ...failure("MissingData", missing ?? "There is nothing to evaluate.") };
  const subject = make();
  const reference = referenceFor(subject, references, conversation);
  const ignored = ignoredFields(evaluator, reference);
  const base = { ...about, ...(ignored.length === 0 ? {} : { ignoredReferenceInputFields: ignored }) };
  try {
    return { ...base, ...said(await evaluator.evaluate(subject, reference, tools)) };
  } catch (error) {
    tools.signal.throwIfAborted();
    if (error instanceof EvaluationError) return { ...base, ...failure(error.code, error.message) };
    // The message of an unforeseen error may quote what was judged (T18).
    const kind = error instanceof Error ? error.name : "error";
    return { ...base, ...failure("EvaluatorFailed", `${evaluator.id} failed with an unforeseen ${kind}.`) };
  }
}

function said({ label, value, explanation, tokenUsage, costNanoDollars, agreement }: Verdict) {
  return {
    label,
    explanation,
    ...(value === undefined ? {} : { value }),
    ...(tokenUsage === undefined ? {} : { tokenUsage: withTotal(tokenUsage) }),
    ...(costNanoDollars === undefined ? {} : { costNanoDollars }),
    ...(agreement === undefined ? {} : { agreement }),
  };
}

function withTotal({ inputTokens, outputTokens }: TokenUsage) {
  return { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens };
}

function failure(errorCode: EvaluationError["code"], message: string) {
  return { errorCode, errorMessage: cut(message, longestMessage) };
}

function ignoredFields({ usesReference }: Evaluator, reference: Reference): (keyof Reference)[] {
  if (usesReference === undefined) return [];
  const given = (["expectedResponse", "assertions", "expectedTrajectory"] as const).filter(
    (field) => reference[field] !== undefined,
  );
  return given.filter((field) => !usesReference.includes(field));
}
