import { builtinEvaluator } from "@gatehouse/core/control/evaluation/builtinEvaluators.ts";
import { checkEvaluator } from "@gatehouse/core/control/evaluation/evaluatorSettings.ts";
import { checkOnlineEvaluation } from "@gatehouse/core/control/evaluation/onlineEvaluationSettings.ts";
import type { InputOf } from "@gatehouse/core/control/operationTypes.ts";
import type { Deployment } from "../deployment.ts";
import type { Document } from "../document.ts";
import type { Checks } from "../identity/check.ts";
import type { Problem } from "../problems.ts";
import { type EvaluationKind, evaluationKinds, evaluationSections, evaluatorNamesOf } from "./kinds.ts";
import { evaluationRequest } from "./requests.ts";

const operations = { evaluator: "CreateEvaluator", onlineEvaluationConfig: "CreateOnlineEvaluationConfig" } as const;
const nameMembers: ReadonlySet<string> = new Set(["evaluatorName", "onlineEvaluationConfigName"]);

/** What is wrong with a document's entries of evaluation. @param document with its references replaced. */
export function checkEvaluation({ evaluation }: Document, checks: Checks): Problem[] {
  return evaluationKinds.flatMap((kind) =>
    [...(evaluation[kind] ?? [])].flatMap(([name, entry]) => {
      const path = `${evaluationSections[kind].section}.${name}`;
      const request = evaluationRequest(kind, name, entry, standIn);
      const { input, fields } = checks.read(operations[kind], request);
      const found = input === undefined ? fields : checks.fieldsOf(() => checkSettings(kind, input));
      const { executionStatus } = entry.settings;
      const isSaid = kind === "evaluator" || executionStatus === "ENABLED" || executionStatus === "DISABLED";
      const unsaid = isSaid ? [] : [{ name: "executionStatus", message: "must be ENABLED or DISABLED" }];
      return [...found, ...unsaid].map(({ name: member, message }) =>
        checks.problemAt(path, nameMembers.has(member) ? "name" : member.replace(/\.evaluatorId$/, ""), message),
      );
    }),
  );
}

/** Online evaluations that name an evaluator which neither is there nor will be. */
export function checkEvaluatorNames({ evaluation }: Document, deployment: Deployment): Problem[] {
  const own = new Set([...(evaluation.evaluator?.keys() ?? []), ...(deployment.evaluation?.evaluatorIds.keys() ?? [])]);
  return [...(evaluation.onlineEvaluationConfig ?? [])].flatMap(([name, { settings }]) =>
    evaluatorNamesOf(settings).flatMap((evaluator, index): Problem[] => {
      if (own.has(evaluator) || builtinEvaluator(evaluator) !== undefined) return [];
      const path = `onlineEvaluationConfigs.${name}.evaluators[${index}]`;
      const there = own.size === 0 ? "there is none of your own" : `your own are ${[...own].join(", ")}`;
      return [{ path, message: `is ${evaluator}, which is no evaluator of the document or the deployment; ${there}` }];
    }),
  );
}

function checkSettings(kind: EvaluationKind, input: unknown): void {
  // Each was decoded by the schema of its operation.
  if (kind === "evaluator") checkEvaluator(input as InputOf<"CreateEvaluator">);
  else checkOnlineEvaluation(input as InputOf<"CreateOnlineEvaluationConfig">);
}

/** An id of the form that a name will have. */
function standIn(evaluator: string): string {
  return `${evaluator}-0000000000`;
}
