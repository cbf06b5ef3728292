import type { Conversation, Turn } from "../conversation.ts";
import type { EvaluatorLevel } from "../evaluator.ts";

/** Something that an evaluator judges, by where it is in the session. */
export interface Place {
  /** Of the turn; absent where the session as a whole is judged. */
  readonly traceId?: string;
  /** Of the span that stands for the turn, or of the tool call. */
  readonly spanId?: string;
  /** When it was over, as far as its spans tell, in milliseconds since 1970. */
  readonly time?: number;
  readonly agent?: string;
  readonly agentVersion?: string;
}

/** What an evaluator of a level judges in a conversation: the session, each of its turns, or each of its tool calls. */
export function placesIn({ turns }: Conversation, level: EvaluatorLevel): Place[] {
  if (level === "SESSION" || turns.length === 0) {
    const time = turns.length === 0 ? {} : { time: Math.max(...turns.map(({ endedAt }) => endedAt)) };
    // Whose session it is, the last turn says that says it.
    return [{ ...time, ...agentOf(turns.findLast(({ agent }) => agent !== undefined)) }];
  }
  return turns.flatMap((turn): Place[] => {
    const { traceId, spanId, endedAt } = turn;
    const common = { traceId, ...agentOf(turn) };
    if (level === "TRACE") return [{ ...common, spanId, time: endedAt }];
    const calls = turn.steps.filter((step) => step.type === "toolCall");
    return calls.map((call) => ({ ...common, spanId: call.spanId, time: call.startedAt }));
  });
}

function agentOf(turn: Turn | undefined): Pick<Place, "agent" | "agentVersion"> {
  const { agent, agentVersion } = turn ?? {};
  return {
    ...(agent === undefined ? {} : { agent }),
    ...(agent === undefined || agentVersion === undefined ? {} : { agentVersion }),
  };
}
