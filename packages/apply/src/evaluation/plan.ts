import { isJsonObject, type JsonObject } from "@gatehouse/core/json.ts";
import { type Difference, differences } from "../difference.ts";
import { type KindChange, type KindPlan, planKinds } from "../planKinds.ts";
import {
  type ByKind,
  type EvaluationEntry,
  type EvaluationKind,
  evaluationKinds,
  evaluatorNamesOf,
  type PresentEvaluation,
} from "./kinds.ts";

/** What is to be done with one of evaluation. */
export type EvaluationChange = KindChange<EvaluationKind>;

/** What of evaluation isn't as a document says, and what isn't in it: of the kinds that it speaks of. */
export function planEvaluation(
  entries: ByKind<EvaluationEntry>,
  present: ByKind<PresentEvaluation>,
  known: (value: JsonObject) => JsonObject,
): KindPlan<EvaluationKind> {
  return planKinds(evaluationKinds, entries, present, (_, __, before: PresentEvaluation, { settings, tags }) =>
    differencesOf(before, known(settings), known(tags)),
  );
}

/** Whether what an evaluator judges by isn't as it is to be; its tags can be changed whatever uses it. */
export function changesJudgement({ differences: found }: Pick<EvaluationChange, "differences">): boolean {
  return found.some(({ path }) => !/^tags(\.|$)/.test(path));
}

/** The online evaluations that evaluate by one of some evaluators now. */
export function enabledUsers(present: ByKind<PresentEvaluation>, evaluators: ReadonlySet<string>): ReadonlySet<string> {
  const users = [...(present.onlineEvaluationConfig ?? [])].filter(
    ([, { settings }]) =>
      settings.executionStatus === "ENABLED" && evaluatorNamesOf(settings).some((name) => evaluators.has(name)),
  );
  return new Set(users.map(([name]) => name));
}

function differencesOf(before: EvaluationEntry, settings: JsonObject, tags: JsonObject): Difference[] {
  const { description, ...rest } = before.settings;
  // The service has no way to take a description away: where nothing is said of it, it stays.
  const said = settings.description === undefined || description === undefined ? rest : { ...rest, description };
  return differences({ ...meaning(said), tags: before.tags }, { ...meaning(settings), tags });
}

/** An online evaluation without what holds where nothing is said. */
function meaning({ rule, ...settings }: JsonObject): JsonObject {
  if (!isJsonObject(rule)) return rule === undefined ? settings : { ...settings, rule };
  const { sessionConfig, ...others } = rule;
  const isDefault = isJsonObject(sessionConfig) && sessionConfig.sessionTimeoutMinutes === 15;
  return { ...settings, rule: isDefault || sessionConfig === undefined ? others : rule };
}
