import type { ControlPlaneDependencies } from "../handlers.ts";
import { evaluatorHandlers } from "./evaluators.ts";
import { onlineEvaluationConfigHandlers } from "./onlineEvaluationConfigs.ts";

/** The operations on evaluators, and on online evaluations. */
export function evaluationHandlers(dependencies: ControlPlaneDependencies) {
  return { ...evaluatorHandlers(dependencies), ...onlineEvaluationConfigHandlers(dependencies) };
}
