import type { Gap } from "../conversation.ts";
import { EvaluationError, type Subject } from "../evaluator.ts";

/** What an evaluator can't do without, and the spans have to say. */
export type Need = "conversation" | "request" | "response" | "arguments";

/** @throws EvaluationError `MissingData` that says what is missing, and which attribute would say it. */
export function requireNeeds(subject: Subject, needs: readonly Need[]): void {
  const missing = needs.filter((need) => !isMet(need, subject));
  if (missing.length === 0) return;
  const sentences = missing.map((need) => `${where(subject)} ${lacks[need]}`);
  throw new EvaluationError("MissingData", [...sentences, ...gapsOf(subject).map(({ message }) => message)].join(" "));
}

function isMet(need: Need, subject: Subject): boolean {
  switch (need) {
    case "conversation":
      return subject.conversation.turns.some(
        ({ request, response, steps }) => request !== undefined && (response !== undefined || steps.length > 0),
      );
    case "request":
      return subject.level !== "SESSION" && subject.turn.request !== undefined;
    case "response":
      return subject.level !== "SESSION" && subject.turn.response !== undefined;
    case "arguments":
      return subject.level === "TOOL_CALL" && subject.toolCall.arguments !== undefined;
  }
}

const lacks: Readonly<Record<Need, string>> = {
  conversation:
    "has no turn with both the user's request and what the agent made of it: gen_ai.input.messages and gen_ai.output.messages of the agent's span, or of its model calls, would say them.",
  request: "doesn't say what the user asked: gen_ai.input.messages of the agent's span, or of its model calls, would.",
  response:
    "doesn't say what the agent answered: gen_ai.output.messages of the agent's span, or of its model calls, would.",
  arguments: "doesn't say the call's arguments: gen_ai.tool.call.arguments of its span would.",
};

function where(subject: Subject): string {
  if (subject.level === "SESSION") return `The session ${subject.conversation.sessionId}`;
  if (subject.level === "TRACE") return `The trace ${subject.turn.traceId}`;
  return `The span ${subject.toolCall.spanId} of the trace ${subject.turn.traceId}`;
}

function gapsOf(subject: Subject): readonly Gap[] {
  const { gaps } = subject.conversation;
  if (subject.level === "SESSION") return gaps;
  const { traceId } = subject.turn;
  const ofTurn = gaps.filter((gap) => gap.traceId === traceId);
  if (subject.level === "TRACE") return ofTurn;
  return ofTurn.filter(({ spanId }) => spanId === undefined || spanId === subject.toolCall.spanId);
}
