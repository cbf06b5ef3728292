import { nearestName } from "@gatehouse/core/control/administration/nearest.ts";
import type { Judge } from "@gatehouse/core/evaluation/evaluator.ts";
import { builtinEvaluators } from "@gatehouse/core/evaluation/evaluators/builtin.ts";
import { codeBasedEvaluator } from "@gatehouse/core/evaluation/evaluators/codeBased.ts";
import type { FoundEvaluator } from "@gatehouse/core/evaluation/evaluators/find.ts";
import { modelJudged } from "@gatehouse/core/evaluation/evaluators/modelJudged.ts";
import type { Judges } from "@gatehouse/core/evaluation/judge/judges.ts";
import { pathOf } from "@gatehouse/policy/files.ts";
import { UsageError } from "@gatehouse/policy/problem.ts";
import { judgeOfTheCommand, type OwnEvaluator } from "./evaluatorsFile.ts";
import { moduleCode } from "./moduleCode.ts";

/**
 * The evaluators of some names, with the judges that they ask: built-in ones, and those of a file of one's own. Without names,
 * all of the file.
 * @throws UsageError for a name that there isn't.
 */
export function evaluatorsNamed(
  names: readonly string[],
  own: readonly OwnEvaluator[],
  judges: Judges | undefined,
): readonly FoundEvaluator[] {
  const known = new Map([
    ...builtinEvaluators.map((evaluator) => [evaluator.id, withJudge({ evaluator }, judges?.judge)] as const),
    ...own.map((one) => [one.evaluatorName, ownEvaluator(one, judges)] as const),
  ]);
  const chosen = names.length === 0 ? own.map(({ evaluatorName }) => evaluatorName) : names;
  return [...new Set(chosen.map((name) => idOf(name, [...known.keys()])))].flatMap((id) => known.get(id) ?? []);
}

/** `Helpfulness` is short for `Builtin.Helpfulness`. */
function idOf(name: string, ids: readonly string[]): string {
  const id = ids.find((one) => one === name) ?? ids.find((one) => shortOf(one) === name);
  if (id !== undefined) return id;
  const nearest = nearestName(name, [...ids, ...ids.map(shortOf)]);
  const hint = nearest === undefined ? "--list shows them all" : `did you mean ${nearest}?`;
  throw new UsageError(`There is no evaluator ${name}; ${hint}`);
}

function shortOf(id: string): string {
  return id.slice(id.indexOf(".") + 1);
}

function ownEvaluator(
  { evaluatorName: name, level, evaluatorConfig, module }: OwnEvaluator,
  judges: Judges | undefined,
): FoundEvaluator {
  const identity = { id: name, arn: name, name, level };
  if (module !== undefined) {
    const timeoutSeconds = evaluatorConfig.codeBased?.lambdaConfig?.lambdaTimeoutInSeconds;
    return { evaluator: codeBasedEvaluator({ ...identity, functionName: pathOf(module), timeoutSeconds }, moduleCode) };
  }
  const judged = modelJudged(identity, evaluatorConfig);
  if (judged === undefined) throw new UsageError(`${name} needs evaluatorConfig.llmAsAJudge or .derived, or a module.`);
  const { evaluator, modelId } = judged;
  return withJudge({ evaluator }, modelId === judgeOfTheCommand ? judges?.judge : judges?.of(modelId));
}

function withJudge(found: FoundEvaluator, judge: Judge | undefined): FoundEvaluator {
  return judge === undefined ? found : { ...found, judge };
}
