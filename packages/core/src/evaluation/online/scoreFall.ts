import { type BetterScore, betterScoreOf } from "../../observability/betterScore.ts";
import type { EvaluationScoreFell } from "../../observability/events.ts";
import type { AggregateRepository } from "../../storage/aggregateRepository.ts";

/** Scores of one evaluator, by their value: how many there are of each. */
export type Scores = ReadonlyMap<number, number>;

/** Fewer say nothing of a mean. */
const fewestScores = 30;
/** By so much of the distance between the highest and the lowest score the mean must get worse. */
const smallestFall = 0.05;
/** And by so many standard errors of the difference of the means: what is likely by chance is no fall. */
const standardErrors = 3;
const hour = 3_600_000;
const recentHours = 24;
const beforeHours = 7 * 24;

/**
 * Whether scores are worse than those before: of both there are at least 30; the mean is worse by more than three standard
 * errors of the difference, and by at least a twentieth of the distance between the highest and the lowest score of all.
 */
export function hasFallen(before: Scores, recent: Scores, better: BetterScore): boolean {
  const [earlier, later] = [summaryOf(before), summaryOf(recent)];
  if (earlier.count < fewestScores || later.count < fewestScores) return false;
  const fall = better === "higher" ? earlier.mean - later.mean : later.mean - earlier.mean;
  const values = [...before.keys(), ...recent.keys()];
  const distance = Math.max(...values) - Math.min(...values);
  const error = Math.sqrt(earlier.variance / earlier.count + later.variance / later.count);
  return fall > standardErrors * error && fall >= smallestFall * distance && distance > 0;
}

/** How many scores there are, their mean and their variance. */
export function summaryOf(scores: Scores): {
  readonly count: number;
  readonly mean: number;
  readonly variance: number;
} {
  let [count, sum] = [0, 0];
  for (const [value, times] of scores) {
    count += times;
    sum += value * times;
  }
  const mean = count === 0 ? 0 : sum / count;
  let squares = 0;
  for (const [value, times] of scores) squares += times * (value - mean) ** 2;
  return { count, mean, variance: count < 2 ? 0 : squares / (count - 1) };
}

/**
 * Whose scores have fallen: the evaluators of a configuration of which those of the last 24 whole hours are worse than those
 * of the seven days before. What is counted decides, so that whoever looks within the same hour finds the same.
 */
export async function fallenScores(
  aggregates: Pick<AggregateRepository, "cells">,
  { configId, configArn, now }: { readonly configId: string; readonly configArn: string; readonly now: Date },
): Promise<EvaluationScoreFell[]> {
  const end = Math.floor(now.getTime() / hour) * hour;
  const times = [end - (recentHours + beforeHours) * hour, end - recentHours * hour, end] as const;
  const [from, middle, to] = times.map((time) => new Date(time).toISOString()) as [string, string, string];
  const before = new Map<string, Map<number, number>>();
  const recent = new Map<string, Map<number, number>>();
  const query = { cube: "evaluations", scope: configId, resolution: "hour" } as const;
  for await (const { time, dimensions, measures } of aggregates.cells({
    ...query,
    from: new Date(from),
    to: new Date(to),
  })) {
    const { scores = 0, scoreMillionths = 0 } = measures;
    if (scores === 0) continue;
    const of = time < times[1] ? before : recent;
    const evaluator = dimensions.evaluator ?? "";
    const sums = of.get(evaluator) ?? new Map<number, number>();
    of.set(evaluator, sums);
    // All that have one label have one value.
    const value = scoreMillionths / scores / 1_000_000;
    sums.set(value, (sums.get(value) ?? 0) + scores);
  }
  return [...recent].flatMap(([evaluatorId, scores]): EvaluationScoreFell[] => {
    const earlier = before.get(evaluatorId) ?? new Map<number, number>();
    const better = betterScoreOf(evaluatorId);
    if (!hasFallen(earlier, scores, better)) return [];
    const shown = (all: Scores) => ({ scores: summaryOf(all).count, mean: summaryOf(all).mean });
    return [
      {
        schemaVersion: 1,
        config: { id: configId, arn: configArn },
        evaluatorId,
        better,
        recent: { from: middle, to, ...shown(scores) },
        before: { from, to: middle, ...shown(earlier) },
      },
    ];
  });
}
