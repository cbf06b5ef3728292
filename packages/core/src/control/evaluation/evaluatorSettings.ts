import type { FieldError } from "../../errors.ts";
import { builtinEvaluator } from "../../evaluation/evaluators/builtin.ts";
import { placeholdersOf } from "../../evaluation/evaluators/placeholders.ts";
import { sectionsAt } from "../../evaluation/evaluators/sections.ts";
import { invalid } from "../input.ts";
import type { InputOf } from "../operationTypes.ts";

type Settings = Pick<InputOf<"CreateEvaluator">, "level" | "evaluatorConfig">;
type LlmAsAJudge = NonNullable<Settings["evaluatorConfig"]["llmAsAJudge"]>;
type Derived = NonNullable<Settings["evaluatorConfig"]["derived"]>;

/**
 * Makes sure that an evaluator can say something: its instructions name what its level knows, its scale has a label for
 * each answer, and its model is one that can be asked.
 * @throws GatehouseError `validation` that names every member that is wrong.
 */
export function checkEvaluator({ level, evaluatorConfig }: Settings): void {
  const { llmAsAJudge, derived } = evaluatorConfig;
  const problems: FieldError[] = [];
  if (llmAsAJudge !== undefined) {
    const path = "evaluatorConfig.llmAsAJudge";
    problems.push(
      ...problemsOfInstructions(llmAsAJudge, level, `${path}.instructions`),
      ...problemsOfScale(llmAsAJudge, `${path}.ratingScale`),
      ...problemsOfModel(llmAsAJudge, `${path}.modelConfig`),
    );
  }
  if (derived !== undefined) {
    const path = "evaluatorConfig.derived";
    problems.push(...problemsOfBase(derived, level, path), ...problemsOfModel(derived, `${path}.modelConfig`));
  }
  if (problems.length > 0) throw invalid(problems);
}

const notYet = "is not part of Gatehouse yet";

function problemsOfInstructions({ instructions }: LlmAsAJudge, level: Settings["level"], name: string): FieldError[] {
  const known: readonly string[] = sectionsAt[level];
  const used = placeholdersOf(instructions);
  const list = known.map((one) => `{${one}}`).join(", ");
  if (used.length === 0) {
    return [{ name, message: `must have at least one placeholder; at level ${level} there are ${list}` }];
  }
  const strange = used.filter((one) => !known.includes(one)).map((one) => `{${one.slice(0, longestShown)}}`);
  if (strange.length === 0) return [];
  const shown = strange.slice(0, mostShown).join(", ");
  return [{ name, message: `can't have the placeholder ${shown}; at level ${level} there are ${list}` }];
}

/** Names in braces are as long and as many as the instructions allow: a message says enough of them to find the rest. */
const longestShown = 64;
const mostShown = 10;

/** Whoever reads a verdict, a judge or a person, must not have to tell `Yes` from `yes`. */
function problemsOfScale({ ratingScale }: LlmAsAJudge, path: string): FieldError[] {
  const [member, definitions] =
    ratingScale.numerical === undefined
      ? (["categorical", ratingScale.categorical ?? []] as const)
      : (["numerical", ratingScale.numerical] as const);
  const labels = definitions.map(({ label }) => label.trim().toLowerCase());
  return definitions.flatMap(({ label }, index): FieldError[] => {
    const name = `${path}.${member}[${index}].label`;
    if (labels[index] === "") return [{ name, message: "must say something" }];
    const first = labels.indexOf(labels[index] ?? "");
    return first === index ? [] : [{ name, message: `must be another than the one before: ${label}` }];
  });
}

/** Only what a model judges can be judged by another one, and it looks at what it always does. */
function problemsOfBase({ baseEvaluatorId }: Derived, level: Settings["level"], path: string): FieldError[] {
  const name = `${path}.baseEvaluatorId`;
  const base = builtinEvaluator(baseEvaluatorId);
  if (base === undefined || !base.needsJudge) {
    return [{ name, message: `must be a built-in evaluator that a model judges: ${baseEvaluatorId} is none` }];
  }
  return base.level === level ? [] : [{ name: "level", message: `must be ${base.level}, as that of ${base.id}` }];
}

function problemsOfModel({ modelConfig }: LlmAsAJudge | Derived, path: string): FieldError[] {
  const { bedrockEvaluatorModelConfig: bedrock, responsesEvaluatorModelConfig: responses } = modelConfig;
  return [
    ...(responses === undefined ? [] : [{ name: `${path}.responsesEvaluatorModelConfig`, message: notYet }]),
    ...(bedrock?.additionalModelRequestFields === undefined
      ? []
      : [{ name: `${path}.bedrockEvaluatorModelConfig.additionalModelRequestFields`, message: notYet }]),
  ];
}
