import type { JsonObject } from "@gatehouse/core/json.ts";
import { type EvaluationKind, evaluatorNamesOf } from "./kinds.ts";

/**
 * The request that creates one, or without tags what is said of it in the one that changes it.
 * @param idOf the id of an evaluator of the account's own.
 */
export function evaluationRequest(
  kind: EvaluationKind,
  name: string,
  { settings, tags = {} }: { readonly settings: JsonObject; readonly tags?: JsonObject },
  idOf: (evaluator: string) => string,
): JsonObject {
  const tagged = Object.keys(tags).length === 0 ? {} : { tags };
  if (kind === "evaluator") return { evaluatorName: name, ...settings, ...tagged };
  const { executionStatus, ...rest } = changeOfOnline(settings, idOf);
  return { onlineEvaluationConfigName: name, ...rest, enableOnCreate: executionStatus === "ENABLED", ...tagged };
}

/** The members of UpdateOnlineEvaluationConfig. */
export function changeOfOnline(settings: JsonObject, idOf: (evaluator: string) => string): JsonObject {
  if (!Array.isArray(settings.evaluators)) return settings;
  // What isn't a name is told as the service tells it.
  const evaluators = settings.evaluators.map((one) =>
    typeof one === "string" ? { evaluatorId: idFor(one, idOf) } : one,
  );
  return { ...settings, evaluators };
}

/** The names of the evaluators of an entry, as ids. */
export function evaluatorIdsOf(settings: JsonObject, idOf: (evaluator: string) => string): readonly string[] {
  return evaluatorNamesOf(settings).map((name) => idFor(name, idOf));
}

/** What is built in is known by its id, which has a dot. */
function idFor(name: string, idOf: (evaluator: string) => string): string {
  return name.includes(".") ? name : idOf(name);
}
