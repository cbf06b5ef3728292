import { EvaluationError, type Evaluator, type EvaluatorLevel, type Reference } from "../evaluator.ts";
import { placeholdersIn, referencesIn, withSectionNames } from "./placeholders.ts";
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

/** The evaluator of somebody's own instructions and scale, which are as the control plane requires them (`checkEvaluator`). */
export function customEvaluator({ id, arn, name, level, config }: CustomEvaluatorDefinition): Evaluator {
  const { instructions, ratingScale } = config;
  const usesReference = referencesIn(instructions, level);
  const sections = placeholdersIn(instructions, level);
  const task: Task = {
    instructions: withSectionNames(instructions, level),
    sections,
    scale: ratingsOf(ratingScale),
    needs: sections.includes("assistant_turn") ? ["response"] : [],
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
