import type { Judge, JudgeAnswer } from "../evaluator.ts";

/**
 * Several judges as one: all are asked at once, and the label that most of them choose is the verdict, with the explanation
 * of the first who chose it. Among labels with equally many votes, that of the judge who stands first in the panel wins.
 *
 * More than half of the judges must answer, or there is no verdict. Who doesn't answer agrees with nobody: `agreement` is
 * the winner's votes by the whole panel's size.
 *
 * @param judges One or more, those that are trusted most first.
 * @throws RangeError without any.
 */
export function panel(judges: readonly Judge[]): Judge {
  const [first, ...others] = judges;
  if (first === undefined) throw new RangeError("A panel needs a judge.");
  if (others.length === 0) return first;
  return {
    modelId: nameOf(judges),
    materialTokens: Math.min(...judges.map(({ materialTokens }) => materialTokens)),
    async ask(question) {
      const outcomes = await Promise.allSettled(judges.map((judge) => judge.ask(question)));
      const answers = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
      const failure = outcomes.find((outcome) => outcome.status === "rejected");
      if (failure !== undefined && 2 * answers.length <= judges.length) throw failure.reason;
      return decided(answers, judges.length);
    },
  };
}

/** As in `small ×3, large`. */
function nameOf(judges: readonly Judge[]): string {
  const counts = new Map<string, number>();
  for (const { modelId } of judges) counts.set(modelId, (counts.get(modelId) ?? 0) + 1);
  return [...counts].map(([modelId, count]) => (count === 1 ? modelId : `${modelId} ×${count}`)).join(", ");
}

/** @param answers In the panel's order, at least one. */
function decided(answers: readonly JudgeAnswer[], size: number): JudgeAnswer {
  const votes = new Map<string, number>();
  for (const { label } of answers) votes.set(label, (votes.get(label) ?? 0) + 1);
  const most = Math.max(...votes.values());
  const winner = answers.find(({ label }) => votes.get(label) === most);
  if (winner === undefined) throw new RangeError("A panel needs an answer.");
  const costs = answers.flatMap(({ costNanoDollars }) => costNanoDollars ?? []);
  return {
    label: winner.label,
    explanation: winner.explanation,
    tokenUsage: {
      inputTokens: sum(answers.map(({ tokenUsage }) => tokenUsage.inputTokens)),
      outputTokens: sum(answers.map(({ tokenUsage }) => tokenUsage.outputTokens)),
    },
    // A sum of some would look like that of all.
    ...(costs.length === answers.length ? { costNanoDollars: sum(costs) } : {}),
    agreement: most / size,
  };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
