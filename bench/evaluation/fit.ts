import type { Conversation } from "@gatehouse/core/evaluation/conversation.ts";
import { conversationOf } from "@gatehouse/core/evaluation/conversations/conversationOf.ts";
import { evaluateSubjects } from "@gatehouse/core/evaluation/evaluate.ts";
import { round, summary } from "../statistics.ts";
import { instantModel, judgesBefore } from "./judge.ts";
import { requireEvaluator } from "./overhead.ts";
import { sessionSpans } from "./session.ts";

const samples = 3;
const { signal } = new AbortController();

/**
 * Sessions that no judge is shown as a whole, all calls in one turn: how long the conversation takes, and how long one
 * verdict of each level. Twice the calls should take twice the time.
 */
export async function measureFit() {
  const { judge } = judgesBefore(instantModel);
  const rows: object[] = [];
  for (const calls of [1_000, 4_000, 15_000, 30_000]) {
    const spans = sessionSpans("session", { turns: 1, calls, messagesKept: 4 });
    let conversation: Conversation | undefined;
    const read = await timed(async () => {
      conversation = conversationOf(spans, "session");
    });
    const times: Record<string, number> = {};
    for (const id of ["Builtin.GoalSuccessRate", "Builtin.Helpfulness", "Builtin.ToolSelectionAccuracy"]) {
      const evaluator = requireEvaluator(id);
      times[id] = await timed(async () => {
        if (conversation === undefined) throw new Error("There is no conversation.");
        const [result] = await evaluateSubjects({ evaluator, conversation, most: 1 }, { judge, signal });
        if (result?.label === undefined) throw new Error(`There is no verdict: ${result?.errorMessage}`);
      });
    }
    rows.push({ "tool calls": calls, spans: spans.length, conversation: read, ...times });
  }
  return rows;
}

/** The median, in milliseconds. */
async function timed(act: () => Promise<void>): Promise<number> {
  const taken: number[] = [];
  for (let sample = 0; sample < samples; sample++) {
    const startedAt = performance.now();
    await act();
    taken.push(performance.now() - startedAt);
  }
  return round(summary(taken).p50);
}
