import * as z from "zod";
import { untilAborted, within } from "../../abort.ts";
import { messageOf } from "../../errors.ts";
import { longestExplanation, longestMessage } from "../evaluation.ts";
import {
  EvaluationError,
  type EvaluationTools,
  type Evaluator,
  type EvaluatorLevel,
  type SentReferenceInput,
  type Subject,
  type Verdict,
} from "../evaluator.ts";

/** An evaluator that is a Lambda function (AgentCore, "Custom code-based evaluator"). */
export interface CodeBasedDefinition {
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  readonly level: EvaluatorLevel;
  /** The function's ARN, or what else the invoker knows it by. */
  readonly functionName: string;
  /** From 1 to 300; a minute if absent. */
  readonly timeoutSeconds?: number | undefined;
}

/**
 * Runs an evaluator's function: JSON text in, JSON text out. It is called once: whether it may be called again is not known.
 * @throws Error that says why there is no answer.
 */
export type InvokeCode = (functionName: string, payload: string, signal: AbortSignal) => Promise<string>;

const defaultTimeoutSeconds = 60;
/** Lambda's bound of a synchronous payload, in either direction. */
const maxPayloadBytes = 6 * 1024 * 1024;
/** What AgentCore's results may hold of it. */
const maxErrorCode = 1_024;

/** Null is what Python's clients write for what is absent. */
const answer = z.union([
  z.object({
    errorCode: z.string().min(1).transform(cutTo(maxErrorCode)),
    errorMessage: z.string().nullish().transform(cutTo(longestMessage)),
  }),
  z.object({
    // A label counts results in metrics, which know no longer dimension.
    label: z.string().min(1).max(1_024),
    value: z.number().nullish(),
    explanation: z.string().nullish().transform(cutTo(longestExplanation)),
  }),
]);

/** Makes an evaluator of a function. What the function gets wrong is an `EvaluationError` that says what. */
export function codeBasedEvaluator(definition: CodeBasedDefinition, invoke: InvokeCode): Evaluator {
  const { id, arn, name, level, functionName, timeoutSeconds = defaultTimeoutSeconds } = definition;
  return {
    id,
    arn,
    name,
    level,
    needsReference: false,
    async evaluate(subject, _reference, tools) {
      const payload = payloadOf(definition, subject, tools);
      if (Buffer.byteLength(payload) > maxPayloadBytes) {
        throw failed(`${functionName} was not invoked: the session takes more than ${maxPayloadBytes} bytes as JSON`);
      }
      return verdictOf(functionName, await answerTo(payload, functionName, timeoutSeconds, tools.signal, invoke));
    },
  };
}

function payloadOf({ id, name, level }: CodeBasedDefinition, subject: Subject, { sent }: EvaluationTools): string {
  if (sent === undefined) throw new Error("A code-based evaluator needs the session as it was sent.");
  return JSON.stringify({
    schemaVersion: "1.0",
    evaluatorId: id,
    evaluatorName: name,
    evaluationLevel: level,
    evaluationInput: { sessionSpans: sent.sessionSpans },
    evaluationReferenceInputs: sent.referenceInputs.filter((input) => isAbout(input, subject)),
    evaluationTarget: {
      traceIds: subject.level === "TRACE" ? [subject.turn.traceId] : [],
      spanIds: subject.level === "TOOL_CALL" ? [subject.toolCall.spanId] : [],
    },
  });
}

/** Of a session everything, of a part of it what is about the whole session or that part. */
function isAbout({ context: { spanContext } }: SentReferenceInput, subject: Subject): boolean {
  const { sessionId, traceId, spanId } = spanContext;
  if (sessionId !== subject.conversation.sessionId) return false;
  if (subject.level === "SESSION") return true;
  if (traceId !== undefined && traceId !== subject.turn.traceId) return false;
  return spanId === undefined || (subject.level === "TOOL_CALL" && spanId === subject.toolCall.spanId);
}

async function answerTo(
  payload: string,
  functionName: string,
  timeoutSeconds: number,
  signal: AbortSignal,
  invoke: InvokeCode,
): Promise<string> {
  try {
    // Not every way to a function can be cut off: one that doesn't hear of the end of time is left behind.
    return await within(timeoutSeconds * 1_000, signal, (limited) =>
      untilAborted(invoke(functionName, payload, limited), limited),
    );
  } catch (error) {
    if (signal.aborted) throw failed(`${functionName} was given no more time`, error);
    if (error instanceof DOMException && error.name === "TimeoutError") {
      throw failed(`${functionName} did not answer within ${timeoutSeconds} seconds`, error);
    }
    throw failed(messageOf(error), error);
  }
}

function verdictOf(functionName: string, text: string): Verdict {
  if (Buffer.byteLength(text) > maxPayloadBytes) {
    throw failed(`${functionName} answered with more than ${maxPayloadBytes} bytes`);
  }
  const parsed = answer.safeParse(jsonOf(text));
  if (!parsed.success) {
    throw failed(
      `${functionName} must answer an object with a label (text), and may add a value (a number) and an explanation (text), or with an errorCode and an errorMessage`,
    );
  }
  const { data } = parsed;
  if ("errorCode" in data) throw new EvaluationError(data.errorCode, data.errorMessage);
  const { label, value, explanation } = data;
  return { label, explanation, ...(typeof value === "number" ? { value } : {}) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function failed(reason: string, cause?: unknown): EvaluationError {
  return new EvaluationError("EvaluatorFailed", `${cutTo(longestMessage - 1)(reason.replace(/\.$/, ""))}.`, { cause });
}

function cutTo(length: number): (text: string | null | undefined) => string {
  return (text) => (text ?? "").slice(0, length);
}
