import type { Administration } from "../../control/administrator.ts";
import { answerOperation, type Watchers } from "../../control/answer.ts";
import { encode } from "../../control/encode.ts";
import { readInput } from "../../control/input.ts";
import { matchOperation } from "../../control/operations.ts";
import type { ControlRequest } from "../../control/request.ts";
import type { IdentityRequest, IdentityRoutes } from "../http.ts";
import { type DataPlaneHandlers, dataPlaneHandlers, type HandlerDependencies, type Permit } from "./handlers.ts";
import { dataPlaneOperations } from "./operations.ts";

/** What the data plane works with. */
export interface DataPlaneDependencies extends HandlerDependencies, Watchers {
  /** Who may ask: the administration's own keys and policies. */
  readonly administration: Pick<Administration, "authenticate" | "authorizeOn">;
}

/**
 * The identity operations of AgentCore's data plane (restJson1), as its SDK describes them. Requests pass the steps of the
 * control plane: who asks, what is asked, whether they may. Answers hold secrets, so that nothing on their way keeps them.
 */
export function createDataPlaneRoutes(dependencies: DataPlaneDependencies): IdentityRoutes {
  const { administration } = dependencies;
  const handlers = dataPlaneHandlers(dependencies);
  return async (identityRequest) => {
    const match = matchOperation(identityRequest.method, identityRequest.path, dataPlaneOperations);
    if (match === undefined) return undefined;
    const { operation } = match;
    const request = controlRequest(identityRequest);
    const { status, headers, body } = await answerOperation(
      dependencies,
      operation,
      request,
      identityRequest.requestId,
      async () => {
        const administrator = await administration.authenticate(request);
        const input = readInput(match, request);
        const permit: Permit = (arn) => administration.authorizeOn(administrator, operation.name, arn);
        // The input is read by the operation's own schema, which the handler's type was made from.
        const handler = handlers[operation.name as keyof DataPlaneHandlers] as Handler;
        return JSON.stringify(encode(operation.output, await handler(input, permit)) ?? {});
      },
    );
    return new Response(body, { status, headers: { ...headers, "cache-control": "no-store" } });
  };
}

type Handler = (input: Record<string, unknown>, permit: Permit) => Promise<unknown>;

function controlRequest({ query, headers, ...request }: IdentityRequest): ControlRequest {
  return {
    ...request,
    query: Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name)])),
    headers: Object.fromEntries(headers),
  };
}
