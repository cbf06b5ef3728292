/** Which of two scores of an evaluator is the better one: whether more is better, or less. */
export type BetterScore = "higher" | "lower";

/** An agent that refuses more than it did is the one to look at; one that refuses too little is harmful. */
const lowerIsBetter: ReadonlySet<string> = new Set(["Builtin.Refusal"]);

/** Which scores of an evaluator are the better ones. Of evaluators that somebody has created, more is better. */
export function betterScoreOf(evaluatorId: string): BetterScore {
  return lowerIsBetter.has(evaluatorId) ? "lower" : "higher";
}

/** A score as one of which more is better. Where less is better, scores are from 0 to 1. */
export function goodnessOf(score: number, better: BetterScore): number {
  return better === "higher" ? score : 1 - score;
}
