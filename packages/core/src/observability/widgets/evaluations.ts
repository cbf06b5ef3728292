import type { Html } from "../../html.ts";
import type { AggregateRepository } from "../../storage/aggregateRepository.ts";
import { betterScoreOf } from "../betterScore.ts";
import type { Bins } from "./bins.ts";
import { readCells, type ScopedCell, type Sum } from "./cells.ts";
import { measured } from "./tokens.ts";
import { note } from "./widget.ts";

/** What widgets of online evaluation say where there is nothing to show. */
export const nothingEvaluated = "Nothing was evaluated in this time.";

/** Reads what evaluators have said of sessions in a time, whenever they have said it. */
export function readEvaluations(
  aggregates: AggregateRepository,
  bins: Bins,
  scope: string | undefined,
): AsyncGenerator<ScopedCell> {
  return readCells(aggregates, { cube: "evaluations", bins, scope });
}

/** The mean of scores; nothing where there are none. */
export function meanScore(sum: Sum | undefined): number | undefined {
  const scores = measured(sum, "scores");
  return scores === 0 ? undefined : measured(sum, "scoreMillionths") / 1_000_000 / scores;
}

/** A score, as in 0.83. */
export function score(value: number): string {
  return String(Number(value.toFixed(2)));
}

/** Says of which of the evaluators that are shown less is better; nothing where more is of all. */
export function lessIsBetter(evaluators: Iterable<string>): Html[] {
  const lower = [...new Set(evaluators)].filter((evaluator) => betterScoreOf(evaluator) === "lower").sort();
  return lower.length === 0 ? [] : [note(`Of ${lower.join(" and ")}, less is better.`)];
}
