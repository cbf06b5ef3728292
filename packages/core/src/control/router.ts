import { randomUUID } from "node:crypto";
import { GatehouseError } from "../errors.ts";
import { encode } from "./encode.ts";
import { answerError, unknownOperation } from "./errors.ts";
import { gatewayHandlers } from "./gateways.ts";
import type { ControlPlaneDependencies, Handlers, OperationName } from "./handlers.ts";
import { readInput } from "./input.ts";
import { type Match, matchOperation } from "./operations.ts";
import { policyHandlers } from "./policies.ts";
import { policyEngineHandlers } from "./policyEngines.ts";
import type { ControlRequest, ControlResponse } from "./request.ts";
import { targetHandlers } from "./targets.ts";

/** Answers the control plane's requests. Never rejects: whatever happens becomes an answer. */
export type ControlPlane = (request: ControlRequest) => Promise<ControlResponse>;

/**
 * The control plane of AgentCore (restJson1), as its SDK describes it: routes, reading and writing follow from the
 * schemas that the SDK exports, so that an operation is added by adding its handler. Who may call is decided before.
 */
export function createControlPlane(dependencies: ControlPlaneDependencies): ControlPlane {
  const handlers: Handlers = {
    ...gatewayHandlers(dependencies),
    ...targetHandlers(dependencies),
    ...policyEngineHandlers(dependencies),
    ...policyHandlers(dependencies),
  };
  return async (request) => {
    const requestId = randomUUID();
    const match = matchOperation(request.method, request.path);
    if (match === undefined) return unknownOperation(request, requestId);
    try {
      const output = await handle(handlers, match, request);
      return {
        status: match.operation.status,
        headers: { "content-type": "application/json", "x-amzn-requestid": requestId },
        body: JSON.stringify(encode(match.operation.output, output) ?? {}),
      };
    } catch (error) {
      if (!(error instanceof GatehouseError) || error.code === "internal") {
        dependencies.onError(error, { requestId, operation: match.operation.name });
      }
      return answerError(error, requestId);
    }
  };
}

async function handle(handlers: Handlers, match: Match, request: ControlRequest): Promise<unknown> {
  const { name } = match.operation;
  // The input is read by the operation's own schema, which is what the handler's type was made from.
  const handler = handlers[name as OperationName] as ((input: unknown) => Promise<unknown>) | undefined;
  if (handler === undefined) throw new GatehouseError("validation", `${name} is not part of Gatehouse yet.`);
  return handler(readInput(match, request));
}
