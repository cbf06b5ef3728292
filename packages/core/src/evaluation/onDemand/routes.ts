import type { EvaluateRequest, EvaluateResponse, EvaluationResultContent } from "@aws-sdk/client-bedrock-agentcore";
import type { Administration, Administrator } from "../../control/administrator.ts";
import { answerOperation, type Watchers } from "../../control/answer.ts";
import { encode } from "../../control/encode.ts";
import { unknownOperation } from "../../control/errors.ts";
import { evaluatorArn } from "../../control/evaluation/arns.ts";
import type { Location } from "../../control/identifiers.ts";
import { readInput } from "../../control/input.ts";
import { matchOperation } from "../../control/operations.ts";
import type { Checked } from "../../control/operationTypes.ts";
import type { ControlRequest, ControlResponse } from "../../control/request.ts";
import { evaluationOperations } from "./operations.ts";

/** Carries out `Evaluate`. */
export type EvaluateHandler = (input: Checked<EvaluateRequest>, signal: AbortSignal) => Promise<EvaluateResponse>;

/** What on-demand evaluations work with. */
export interface OnDemandDependencies extends Location, Watchers {
  /** Who may ask: the administration's own keys and policies. */
  readonly administration: Pick<Administration, "authenticate" | "authorizeOn">;
  readonly evaluate: EvaluateHandler;
  /** Told of every evaluation that has results. */
  onEvaluated(evaluated: Evaluated): void;
}

/** Who has asked for which results. */
export interface Evaluated {
  readonly requestId: string;
  readonly administrator: Administrator;
  readonly results: readonly EvaluationResultContent[];
}

/** A thousand spans with what was said in them: as much as API Gateway hands on to a function. */
const maximumBytes = 6 * 1024 * 1024;

/**
 * The evaluation operations of AgentCore's data plane (restJson1), as its SDK describes them. Requests pass the steps of the
 * control plane: who asks, what is asked, whether they may. Never rejects: whatever happens becomes an answer.
 */
export function createOnDemandEvaluation(dependencies: OnDemandDependencies) {
  const { administration, evaluate, onEvaluated } = dependencies;
  return async (
    request: ControlRequest & { readonly requestId: string },
    signal: AbortSignal,
  ): Promise<ControlResponse> => {
    const { requestId } = request;
    const match = matchOperation(request.method, request.path, evaluationOperations);
    if (match === undefined) return unknownOperation(request, requestId);
    const { operation } = match;
    const { headers, ...response } = await answerOperation(dependencies, operation, request, requestId, async () => {
      const administrator = await administration.authenticate(request);
      // The input is read by the operation's own schema, which its type was made from.
      const input = readInput(match, request, maximumBytes) as unknown as Checked<EvaluateRequest>;
      // Whoever may not ask learns nothing of what there is.
      await administration.authorizeOn(administrator, operation.name, evaluatorArn(dependencies, input.evaluatorId));
      const answer = await evaluate(input, signal);
      onEvaluated({ requestId, administrator, results: answer.evaluationResults ?? [] });
      return JSON.stringify(encode(operation.output, answer) ?? {});
    });
    // What is judged is somebody's conversation.
    return { ...response, headers: { ...headers, "cache-control": "no-store" } };
  };
}
