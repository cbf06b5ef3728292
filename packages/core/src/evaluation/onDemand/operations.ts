import { Evaluate$ } from "@aws-sdk/client-bedrock-agentcore";
import { type Operation, operationsOf } from "../../control/operations.ts";

/** The operations of AgentCore's data plane that the evaluations function answers, as the SDK describes them. */
export const evaluationOperations: readonly Operation[] = operationsOf([Evaluate$]);

/** Whether a name is that of one of them. */
export function isEvaluationOperation(name: string): boolean {
  return evaluationOperations.some((operation) => operation.name === name);
}
