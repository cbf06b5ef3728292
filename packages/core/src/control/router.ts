import { randomUUID } from "node:crypto";
import { GatehouseError } from "../errors.ts";
import { administrationHandlers } from "./administration/handlers.ts";
import { answerOperation } from "./answer.ts";
import { type ClientTokenUse, clientTokenOf, rememberedAnswer } from "./clientTokens.ts";
import { encode } from "./encode.ts";
import { unknownOperation } from "./errors.ts";
import { evaluationHandlers } from "./evaluation/handlers.ts";
import { gatewayHandlers } from "./gateways.ts";
import type { ControlPlaneDependencies, Handlers } from "./handlers.ts";
import { identityHandlers } from "./identity/handlers.ts";
import { readInput } from "./input.ts";
import { type Match, matchOperation } from "./operations.ts";
import type { OperationName } from "./operationTypes.ts";
import { ownOperationHandlers } from "./own/handlers.ts";
import { pageTokens } from "./pages.ts";
import { policyHandlers } from "./policies.ts";
import { policyEngineHandlers } from "./policyEngines.ts";
import { policyGenerationHandlers } from "./policyGenerations.ts";
import type { ControlRequest, ControlResponse } from "./request.ts";
import { resourcePolicyHandlers } from "./resourcePolicies.ts";
import { openScope, type RequestScope } from "./scope.ts";
import { tagHandlers } from "./tags.ts";
import { targetHandlers } from "./targets.ts";

/** Answers the control plane's requests. Never rejects: whatever happens becomes an answer. */
export type ControlPlane = (request: ControlRequest) => Promise<ControlResponse>;

/** What is built, by operation. */
export function handlersOf(dependencies: ControlPlaneDependencies): Handlers {
  return {
    ...gatewayHandlers(dependencies),
    ...targetHandlers(dependencies),
    ...policyEngineHandlers(dependencies),
    ...policyHandlers(dependencies),
    ...policyGenerationHandlers(dependencies),
    ...ownOperationHandlers(dependencies),
    ...tagHandlers(dependencies),
    ...resourcePolicyHandlers(dependencies),
    ...identityHandlers(dependencies),
    ...evaluationHandlers(dependencies),
    ...administrationHandlers({ ...dependencies, administration: dependencies.administrationRepository }),
  };
}

/**
 * The control plane of AgentCore (restJson1), as its SDK describes it: routes, reading and writing follow from the
 * schemas that the SDK exports, so that an operation is added by adding its handler. Every request passes the same
 * steps: who asks, what is asked, whether they may, whether it was answered already, and then the handler.
 */
export function createControlPlane(dependencies: ControlPlaneDependencies): ControlPlane {
  const handlers = handlersOf(dependencies);
  return async (request) => {
    const { requestId = randomUUID() } = request;
    const match = matchOperation(request.method, request.path);
    if (match === undefined) return unknownOperation(request, requestId);
    return answerOperation(dependencies, match.operation, request, requestId, () =>
      handle(dependencies, handlers, match, request, requestId),
    );
  };
}

/** @returns the answer's body, as JSON text. */
async function handle(
  dependencies: ControlPlaneDependencies,
  handlers: Handlers,
  match: Match,
  request: ControlRequest,
  requestId: string,
): Promise<string> {
  const { operation } = match;
  const administrator = await dependencies.administration.authenticate(request);
  // The input is read by the operation's own schema, which is what the handler's type was made from.
  const handler = handlers[operation.name as OperationName] as Handler | undefined;
  if (handler === undefined) throw new GatehouseError("validation", `${operation.name} is not part of Gatehouse yet.`);
  const sent = readInput(match, request);
  await dependencies.administration.authorize(administrator, operation.name, sent);

  const pages = pageTokens(dependencies.keyring);
  const input = await pages.open(operation, sent, administrator);
  const scope = { ...dependencies, administrator, operation, requestId };
  return once(dependencies, clientTokenOf(operation, input, administrator), async (clientToken) => {
    const opened = openScope({ ...scope, clientToken });
    const output = await handler(input, opened);
    await opened.forward();
    return JSON.stringify(encode(operation.output, await pages.seal(operation, sent, administrator, output)) ?? {});
  });
}

type Handler = (input: Record<string, unknown>, scope: RequestScope) => Promise<unknown>;

/** Does what is asked, unless it was done for the same client token before: then it answers what it answered then. */
async function once(
  { clientTokens }: ControlPlaneDependencies,
  use: ClientTokenUse | undefined,
  act: (use: ClientTokenUse | undefined) => Promise<string>,
): Promise<string> {
  if (use === undefined) return act(use);
  const remembered = await rememberedAnswer(clientTokens, use);
  if (remembered !== undefined) return remembered;
  try {
    return await act(use);
  } catch (error) {
    // Two requests with one token at the same moment: the one that was refused answers like the one that was not, also
    // where that one has taken the name, or the last place that there was.
    if (!(error instanceof GatehouseError) || !(error.code === "conflict" || error.code === "quotaExceeded"))
      throw error;
    const meanwhile = await rememberedAnswer(clientTokens, use);
    if (meanwhile === undefined) throw error;
    return meanwhile;
  }
}
