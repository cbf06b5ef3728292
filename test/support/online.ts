import type { Conversation, Turn } from "@gatehouse/core/evaluation/conversation.ts";
import type { Evaluator, Subject } from "@gatehouse/core/evaluation/evaluator.ts";
import type { Span } from "@gatehouse/core/observability/spans/span.ts";

/** That sessions are to be ended, as of a time in milliseconds since 1970. */
export interface Ending {
  readonly now: number;
}

export function conversationOf(spans: readonly Span[], sessionId: string): Conversation {
  const turns = [...Map.groupBy(spans, ({ traceId }) => traceId)].map(([traceId, all]): Turn => {
    const [first] = all;
    if (first === undefined) throw new Error("A trace has no span.");
    const at = (nano: string) => Number(BigInt(nano) / 1_000_000n);
    const agent = String(first.resource["service.name"]);
    return {
      ...{ traceId, spanId: first.spanId, agent },
      startedAt: at(first.startTimeUnixNano),
      endedAt: at(first.endTimeUnixNano),
      ...{ systemInstructions: [], availableTools: [], steps: [] },
    };
  });
  return { sessionId, turns, gaps: [] };
}

/** An evaluator that needs no judge: its scores are known from what it judges. */
export function countingEvaluator(id: string): Evaluator {
  const level = id.endsWith("Turn") ? "TRACE" : "SESSION";
  return {
    ...{ id, arn: `arn:${id}`, name: id, level, needsReference: false },
    async evaluate(subject) {
      return { label: labelOf(scoreOf(subject)), value: scoreOf(subject), explanation: "It was counted." };
    },
  };
}

/** A quarter for each turn, up to the one that is judged. */
export function scoreOf({ conversation }: Subject): number {
  return conversation.turns.length / 4;
}

export function labelOf(score: number): string {
  return `${score * 4} turns`;
}
