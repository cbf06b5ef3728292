import { nearestName } from "@gatehouse/core/control/administration/nearest.ts";
import type { EvaluationResult } from "@gatehouse/core/evaluation/evaluation.ts";
import type { Evaluator } from "@gatehouse/core/evaluation/evaluator.ts";
import { betterScoreOf } from "@gatehouse/core/observability/betterScore.ts";
import { UsageError } from "@gatehouse/policy/problem.ts";

/** What the average of an evaluator's values must be: at least so much, or at most, where less is better. */
export type Bound = { readonly atLeast: number } | { readonly atMost: number };

/** How good an evaluator must find what it evaluates. */
export interface Threshold {
  readonly evaluatorId: string;
  readonly bound: Bound;
}

/** What came of one evaluator. */
export interface Summary {
  readonly evaluatorId: string;
  readonly evaluated: number;
  /** How often there was no verdict. */
  readonly failed: number;
  /** Of the verdicts with a value; absent where none has one. */
  readonly average?: number;
  readonly worst?: number;
  /** How often each label was given. */
  readonly labels: Readonly<Record<string, number>>;
  readonly threshold?: Bound;
  /** Why the threshold isn't reached; absent where it is, or where there is none. */
  readonly missed?: string;
}

/** Reads `NAME=NUMBER`. @throws UsageError for what isn't of this form, and for evaluators that aren't run. */
export function thresholdsOf(pairs: readonly string[], evaluators: readonly Evaluator[]): Threshold[] {
  const thresholds = pairs.map((pair) => {
    const [, name = "", number = ""] = /^([^=]+)=(-?\d+(?:\.\d+)?)$/.exec(pair) ?? [];
    if (name === "") throw new UsageError(`--threshold takes NAME=NUMBER, as in Helpfulness=0.8, not "${pair}".`);
    const { id: evaluatorId } = evaluatorNamed(name, evaluators);
    const isLower = betterScoreOf(evaluatorId) === "lower";
    return { evaluatorId, bound: isLower ? { atMost: Number(number) } : { atLeast: Number(number) } };
  });
  const ids = thresholds.map(({ evaluatorId }) => evaluatorId);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new UsageError(`--threshold is given twice for ${twice}.`);
  return thresholds;
}

function evaluatorNamed(name: string, evaluators: readonly Evaluator[]): Evaluator {
  // `Helpfulness` is short for `Builtin.Helpfulness`.
  const found = evaluators.find(({ id, name: own }) => id === name || own === name || id.split(".").at(-1) === name);
  if (found !== undefined) return found;
  const ids = evaluators.map(({ id }) => id);
  const nearest = nearestName(name, ids);
  const hint = nearest === undefined ? `there are ${ids.join(", ")}` : `did you mean ${nearest}?`;
  throw new UsageError(`--threshold names ${name}, which is not among --evaluators; ${hint}`);
}

/** What came of an evaluator, and whether it is enough. */
export function summaryOf(
  { id: evaluatorId }: Pick<Evaluator, "id">,
  results: readonly EvaluationResult[],
  bound: Bound | undefined,
): Summary {
  const failed = results.filter(({ errorCode }) => errorCode !== undefined).length;
  const values = results.flatMap(({ value }) => (value === undefined ? [] : [value]));
  const labels: Record<string, number> = Object.create(null);
  for (const { label } of results) if (label !== undefined) labels[label] = (labels[label] ?? 0) + 1;
  const average = values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
  const missed = bound && missedBy(bound, results.length, failed, values, average);
  return {
    evaluatorId,
    evaluated: results.length - failed,
    failed,
    ...(average === undefined
      ? {}
      : { average, worst: betterScoreOf(evaluatorId) === "lower" ? Math.max(...values) : Math.min(...values) }),
    labels: { ...labels },
    ...(bound === undefined ? {} : { threshold: bound }),
    ...(missed === undefined ? {} : { missed }),
  };
}

/** A threshold is reached by verdicts alone: what could not be evaluated reaches none. */
function missedBy(
  bound: Bound,
  all: number,
  failed: number,
  values: readonly number[],
  average: number | undefined,
): string | undefined {
  if (all === 0) return "there was nothing to evaluate";
  if (failed > 0) return `${failed} of ${all} could not be evaluated`;
  if (average === undefined || values.length < all) return "its labels have no values";
  // A sum of fractions may end a hair below what it stands for.
  const reached = "atMost" in bound ? average <= bound.atMost + 1e-9 : average + 1e-9 >= bound.atLeast;
  if (!reached) return `the average is ${Number(average.toFixed(6))}`;
  return undefined;
}

/** A threshold as people read it. */
export function boundText(bound: Bound): string {
  return "atMost" in bound ? `at most ${bound.atMost}` : `at least ${bound.atLeast}`;
}

/** A value as people read it. */
export function rounded(value: number): string {
  return String(Math.round(value * 1_000) / 1_000);
}
