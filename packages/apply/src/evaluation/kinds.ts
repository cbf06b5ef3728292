import type { JsonObject } from "@gatehouse/core/json.ts";
import type { ByKind as KindsOf } from "../planKinds.ts";

/** What a document can name of evaluation. Evaluators come before the online evaluations that name them. */
export const evaluationKinds = ["evaluator", "onlineEvaluationConfig"] as const;
export type EvaluationKind = (typeof evaluationKinds)[number];

/** The sections of a document, the members of an entry, and what a person calls one. */
export const evaluationSections = {
  evaluator: { section: "evaluators", members: ["description", "level", "evaluatorConfig"], words: "evaluator" },
  onlineEvaluationConfig: {
    section: "onlineEvaluationConfigs",
    members: ["description", "rule", "dataSourceConfig", "evaluators", "evaluationExecutionRoleArn", "executionStatus"],
    words: "online evaluation",
  },
} as const satisfies Record<EvaluationKind, { section: string; members: readonly string[]; words: string }>;

/** One of them as a document says it: an online evaluation names evaluators by name, and what is built in by its id. */
export interface EvaluationEntry {
  readonly settings: JsonObject;
  readonly tags: JsonObject;
}

/** One of them as it is deployed, in the form of a document's entry. */
export interface PresentEvaluation extends EvaluationEntry {
  readonly id: string;
  readonly arn: string;
}

export type ByKind<T> = KindsOf<EvaluationKind, T>;

/** What is deployed of evaluation, as far as it was asked for. */
export interface EvaluationDeployment {
  readonly present: ByKind<PresentEvaluation>;
  /** The ids of all evaluators of the account's own, by name. */
  readonly evaluatorIds: ReadonlyMap<string, string>;
}

/** The names of the evaluators of an entry of an online evaluation. */
export function evaluatorNamesOf({ evaluators }: JsonObject): readonly string[] {
  return Array.isArray(evaluators) ? evaluators.filter((name) => typeof name === "string") : [];
}
