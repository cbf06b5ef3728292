import { isJsonObject, type JsonObject } from "@gatehouse/core/json.ts";
import { type Difference, differences } from "../difference.ts";
import {
  type ByKind,
  type EvaluationEntry,
  type EvaluationKind,
  evaluationKinds,
  evaluatorNamesOf,
  type PresentEvaluation,
} from "./kinds.ts";

/** What is to be done with one of evaluation. */
export interface EvaluationChange {
  readonly kind: EvaluationKind;
  readonly name: string;
  readonly action: "create" | "change" | "delete";
  readonly differences: readonly Difference[];
}

/** What of evaluation isn't as a document says, and what isn't in it: of the kinds that it speaks of. */
export function planEvaluation(
  entries: ByKind<EvaluationEntry>,
  present: ByKind<PresentEvaluation>,
  known: (value: JsonObject) => JsonObject,
): { readonly changes: readonly EvaluationChange[]; readonly extras: readonly Omit<EvaluationChange, "action">[] } {
  const changes: EvaluationChange[] = [];
  const extras: Omit<EvaluationChange, "action">[] = [];
  for (const kind of evaluationKinds) {
    const wanted = entries[kind];
    if (wanted === undefined) continue;
    for (const [name, entry] of wanted) {
      const before = present[kind]?.get(name);
      const action = before === undefined ? "create" : "change";
      const found = before === undefined ? [] : differencesOf(before, known(entry.settings), known(entry.tags));
      if (action === "create" || found.length > 0) changes.push({ kind, name, action, differences: found });
    }
    for (const name of present[kind]?.keys() ?? []) {
      if (!wanted.has(name)) extras.push({ kind, name, differences: [] });
    }
  }
  return { changes, extras };
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
