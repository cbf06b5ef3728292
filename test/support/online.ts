import type { Evaluator, Subject } from "@gatehouse/core/evaluation/evaluator.ts";

/** That sessions are to be ended, as of a time in milliseconds since 1970. */
export interface Ending {
  readonly now: number;
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
