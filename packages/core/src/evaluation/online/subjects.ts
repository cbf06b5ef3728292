import type { Conversation } from "../conversation.ts";
import type { EvaluatorLevel, Subject } from "../evaluator.ts";

/** What an evaluator of a level judges in a conversation: the session, each of its turns, or each of its tool calls. */
export function subjectsOf(conversation: Conversation, level: EvaluatorLevel): Subject[] {
  if (level === "SESSION") return [{ level, conversation }];
  return conversation.turns.flatMap((turn, index): Subject[] => {
    // What came later is no part of what is judged.
    const sofar = { ...conversation, turns: conversation.turns.slice(0, index + 1) };
    if (level === "TRACE") return [{ level, conversation: sofar, turn }];
    const calls = turn.steps.filter((step) => step.type === "toolCall");
    return calls.map((toolCall) => ({ level, conversation: sofar, turn, toolCall }));
  });
}
