import { evaluateSubjects } from "@gatehouse/core/evaluation/evaluate.ts";
import type { EvaluationTools, Evaluator, Judge } from "@gatehouse/core/evaluation/evaluator.ts";
import {
  type JudgedDefinition,
  judgedEvaluator,
} from "@gatehouse/core/evaluation/evaluators/builtin/builtinEvaluator.ts";
import { judgedDefinitions } from "@gatehouse/core/evaluation/evaluators/builtin.ts";
import { evaluationOf, type Variant } from "./evaluationOf.ts";
import type { LabelledCase } from "./labelled.ts";

/** What came of asking about a case once. */
export interface Outcome {
  /** Of the verdict's label on its scale, from 0, the worst. Absent where there is no verdict. */
  readonly rank?: number;
  readonly label?: string;
  readonly explanation?: string;
  /** Why there is no verdict. */
  readonly failure?: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costNanoDollars?: number;
  readonly milliseconds: number;
}

/** Everything that a judge was asked about a case. */
export interface MeasuredCase {
  readonly labelled: LabelledCase;
  /** Of the right label, and of the one that an injection wants. */
  readonly expected: number;
  readonly wanted?: number;
  /** The case as it is: once, and as often again as was asked for. */
  readonly asIs: readonly Outcome[];
  readonly reordered: Outcome;
  /** Where the case has an injection. */
  readonly withoutInjection?: Outcome;
}

export interface MeasureOptions {
  readonly judge: Judge;
  /** How often each case is asked as it is, 1 or more. */
  readonly repeats: number;
  /** How many questions are asked at once. */
  readonly atOnce: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, of: number) => void;
}

/** A judge that has answered nothing: to go on would only take time. */
export class NoVerdictError extends Error {
  override readonly name = "NoVerdictError";
}

/** After as many questions without a single verdict, nothing more is asked. */
const patience = 12;

/**
 * Asks a judge about each case, as the evaluators ask it: as it is, again, reordered, and without its injection.
 * @throws NoVerdictError if none of the first questions has a verdict.
 */
export async function measure(cases: readonly LabelledCase[], options: MeasureOptions): Promise<MeasuredCase[]> {
  const { repeats, atOnce, signal, onProgress } = options;
  const plans = cases.map((labelled): readonly Variant[] => [
    ...Array.from({ length: repeats }, (): Variant => "asIs"),
    "reordered",
    ...(labelled.injection === undefined ? [] : (["withoutInjection"] as const)),
  ]);
  const questions = cases.flatMap((labelled, index) => (plans[index] ?? []).map((variant) => ({ labelled, variant })));
  let done = 0;
  let verdicts = 0;
  const outcomes = await inOrder(questions, atOnce, async ({ labelled, variant }) => {
    const outcome = await askAbout(labelled, variant, options);
    signal.throwIfAborted();
    done++;
    if (outcome.rank !== undefined) verdicts++;
    if (verdicts === 0 && done >= Math.min(patience, questions.length)) {
      throw new NoVerdictError(`None of ${done} questions has a verdict. The last one: ${outcome.failure}`);
    }
    onProgress?.(done, questions.length);
    return outcome;
  });
  return cases.map((labelled, index) => measured(labelled, outcomes.splice(0, plans[index]?.length ?? 0), repeats));
}

function measured(labelled: LabelledCase, outcomes: readonly Outcome[], repeats: number): MeasuredCase {
  const [reordered, withoutInjection] = outcomes.slice(repeats);
  if (reordered === undefined) throw new RangeError("A case is asked reordered once.");
  return {
    labelled,
    expected: knownRank(labelled, labelled.label),
    ...(labelled.injection === undefined ? {} : { wanted: knownRank(labelled, labelled.injection.wants) }),
    asIs: outcomes.slice(0, repeats),
    reordered,
    ...(withoutInjection === undefined ? {} : { withoutInjection }),
  };
}

async function askAbout(labelled: LabelledCase, variant: Variant, options: MeasureOptions): Promise<Outcome> {
  const { conversation, reference } = evaluationOf(labelled, variant);
  const evaluator = evaluatorOf(labelled.evaluator, variant);
  const references = [{ context: { sessionId: conversation.sessionId }, ...reference }];
  const tools: EvaluationTools = { judge: options.judge, signal: options.signal };
  const start = performance.now();
  // One result: that of the last turn or call.
  const [result] = await evaluateSubjects({ evaluator, conversation, references, most: 1 }, tools);
  const milliseconds = performance.now() - start;
  const { label, explanation, tokenUsage, costNanoDollars, errorCode, errorMessage } = result ?? {};
  const rank = label === undefined ? undefined : rankOf(labelled.evaluator, label);
  return {
    ...(rank === undefined || label === undefined
      ? { failure: `${errorCode ?? "MissingData"}: ${errorMessage ?? "there is nothing to judge."}` }
      : { rank, label }),
    ...(explanation === undefined ? {} : { explanation }),
    inputTokens: tokenUsage?.inputTokens ?? 0,
    outputTokens: tokenUsage?.outputTokens ?? 0,
    ...(costNanoDollars === undefined ? {} : { costNanoDollars }),
    milliseconds,
  };
}

/** Reordered, the scale is told from its other end. */
function evaluatorOf(name: string, variant: Variant): Evaluator {
  const definition = definitionOf(name);
  if (variant !== "reordered") return judgedEvaluator(definition);
  const { task, withReference } = definition;
  const turned = { ...definition, task: { ...task, scale: task.scale.toReversed() } };
  if (withReference === undefined) return judgedEvaluator(turned);
  const { scale } = withReference.task;
  return judgedEvaluator({
    ...turned,
    withReference: { ...withReference, task: { ...withReference.task, scale: scale.toReversed() } },
  });
}

/** The labels of an evaluator's scale, from the worst: those of the scale that holds without a reference. */
export function labelsOf(name: string): string[] {
  return definitionOf(name).task.scale.map(({ label }) => label);
}

/** Where a label stands on the scale, or on the one that holds with a reference: both have as many steps. */
function rankOf(name: string, label: string): number | undefined {
  const { task, withReference } = definitionOf(name);
  const scales = [task.scale, ...(withReference === undefined ? [] : [withReference.task.scale])];
  const ranks = scales.map((scale) => scale.findIndex((rating) => rating.label === label));
  return ranks.find((rank) => rank >= 0);
}

function knownRank({ evaluator, id }: LabelledCase, label: string): number {
  const rank = rankOf(evaluator, label);
  if (rank === undefined) throw new RangeError(`${evaluator}/${id}: the evaluator's scale has no label "${label}".`);
  return rank;
}

function definitionOf(name: string): JudgedDefinition {
  const found = judgedDefinitions.find((one) => one.name === name);
  if (found === undefined) throw new RangeError(`There is no evaluator ${name} that a model judges.`);
  return found;
}

/** Does something with each, some at once; the first failure ends it. */
async function inOrder<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const left = items.entries();
  const worker = async () => {
    for (const [index, item] of left) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
