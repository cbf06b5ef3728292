import type { FieldError } from "../../errors.ts";
import { EvaluationError, type Evaluator, type EvaluatorLevel, type Reference } from "../evaluator.ts";
import { placeholderProblems, placeholdersIn, referencesIn, withSectionNames } from "./placeholders.ts";
import { judge, type Rating, type Task } from "./task.ts";

/** What one may be created with (`LlmAsAJudgeEvaluatorConfig`), but for the model: that is whoever is asked. */
export interface LlmAsAJudge {
  readonly instructions: string;
  readonly ratingScale: RatingScale;
}

/** One of the two. */
export interface RatingScale {
  readonly numerical?: readonly { readonly definition: string; readonly value: number; readonly label: string }[];
  readonly categorical?: readonly { readonly definition: string; readonly label: string }[];
}

/** A custom evaluator that a model judges. */
export interface CustomEvaluatorDefinition {
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  readonly level: EvaluatorLevel;
  readonly config: LlmAsAJudge;
}

/**
 * The evaluator of somebody's own instructions and scale.
 * @throws EvaluationError `InvalidEvaluator` where its definition is one that couldn't be created.
 */
export function customEvaluator({ id, arn, name, level, config }: CustomEvaluatorDefinition): Evaluator {
  const problems = llmAsAJudgeProblems(level, config);
  if (problems.length > 0)
    throw new EvaluationError("InvalidEvaluator", problems.map(({ message }) => message).join(" "));
  const { instructions, ratingScale } = config;
  const usesReference = referencesIn(instructions, level);
  const task: Task = {
    instructions: withSectionNames(instructions, level),
    sections: placeholdersIn(instructions, level),
    scale: ratingsOf(ratingScale),
    needs: placeholdersIn(instructions, level).includes("assistant_turn") ? ["response"] : [],
  };
  return {
    id,
    arn,
    name,
    level,
    needsReference: usesReference.length > 0,
    usesReference,
    async evaluate(subject, reference, tools) {
      requireReference(usesReference, reference);
      return judge(task, subject, reference, tools);
    },
  };
}

/** What is wrong with a definition, by the member that it is about. */
export function llmAsAJudgeProblems(level: EvaluatorLevel, { instructions, ratingScale }: LlmAsAJudge): FieldError[] {
  const at = "evaluatorConfig.llmAsAJudge";
  const ofInstructions = placeholderProblems(instructions, level).map((problem) => `The instructions: ${problem}`);
  return [
    ...ofInstructions.map((message) => ({ name: `${at}.instructions`, message })),
    ...ratingScaleProblems(ratingScale).map((message) => ({ name: `${at}.ratingScale`, message })),
  ];
}

function ratingScaleProblems({ numerical, categorical }: RatingScale): string[] {
  if ((numerical === undefined) === (categorical === undefined)) {
    return ["The rating scale must be either numerical or categorical."];
  }
  const labels = (numerical ?? categorical ?? []).map(({ label }) => label);
  const folded = labels.map((label) => label.trim().toLowerCase());
  const twice = labels.filter((_, index) => folded.indexOf(folded[index] ?? "") !== index);
  return [
    ...(labels.length < 2 ? ["The rating scale must have at least two labels: one says nothing."] : []),
    ...(folded.includes("") ? ["The rating scale's labels must not be blank."] : []),
    ...twice.map(
      (label) => `The rating scale's label ${JSON.stringify(label)} differs from another one in nothing but case.`,
    ),
    ...(numerical ?? [])
      .filter(({ value }) => !Number.isFinite(value) || value < 0)
      .map(({ label }) => `The rating scale's value for ${JSON.stringify(label)} must be a number from 0 on.`),
  ];
}

/** Why an evaluator can't evaluate sessions as they happen, where nobody has reference inputs; undefined where it can. */
export function onlineProblem({ id, needsReference, usesReference = [] }: Evaluator): string | undefined {
  if (!needsReference) return undefined;
  const inputs = usesReference.length === 0 ? "reference inputs" : `the reference input ${usesReference.join(", ")}`;
  return `${id} needs ${inputs}, which nobody has while a session goes on: it evaluates on demand only.`;
}

function ratingsOf({ numerical, categorical }: RatingScale): readonly Rating[] {
  return numerical ?? categorical ?? [];
}

function requireReference(fields: readonly (keyof Reference)[], reference: Reference): void {
  const missing = fields.filter((field) => reference[field] === undefined);
  if (missing.length === 0) return;
  throw new EvaluationError(
    "MissingData",
    `The evaluator's instructions need the reference input ${missing.join(", ")}, which wasn't given.`,
  );
}
