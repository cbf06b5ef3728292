import type { Administration } from "../../control/administrator.ts";
import { answerOperation, type Watchers } from "../../control/answer.ts";
import { encode } from "../../control/encode.ts";
import { readInput } from "../../control/input.ts";
import { matchOperation } from "../../control/operations.ts";
import type { ControlRequest } from "../../control/request.ts";
import type { EventPublisher } from "../../observability/events.ts";
import type { IdentityRequest, IdentityRoutes } from "../http.ts";
import { type Asker, type DataPlaneHandlers, dataPlaneHandlers, type HandlerDependencies } from "./handlers.ts";
import { dataPlaneOperations } from "./operations.ts";
import { openRecord } from "./record.ts";

/** What the data plane works with. */
export interface DataPlaneDependencies extends HandlerDependencies, Watchers {
  /** Who may ask: the administration's own keys and policies. */
  readonly administration: Pick<Administration, "authenticate" | "authorizeOn">;
  readonly events: EventPublisher;
}

/**
 * The identity operations of AgentCore's data plane (restJson1), as its SDK describes them. Requests pass the steps of the
 * control plane: who asks, what is asked, whether they may. Every request of somebody known is on the record before it is
 * answered; where it can't be recorded, no credential is given. Answers hold secrets, so that nothing on their way keeps them.
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
        const record = openRecord(administrator, operation.name, identityRequest.requestId);
        const asker: Asker = {
          permit: (arn) => administration.authorizeOn(administrator, operation.name, arn),
          note: record.note,
        };
        // The input is read by the operation's own schema, which the handler's type was made from.
        const handler = handlers[operation.name as keyof DataPlaneHandlers] as Handler;
        const act = async () => handler(readInput(match, request), asker);
        const [outcome] = await Promise.allSettled([act()]);
        await dependencies.events.publish(record.eventOf(outcome));
        if (outcome.status === "rejected") throw outcome.reason;
        return JSON.stringify(encode(operation.output, outcome.value) ?? {});
      },
    );
    return new Response(body, { status, headers: { ...headers, "cache-control": "no-store" } });
  };
}

type Handler = (input: Record<string, unknown>, asker: Asker) => Promise<object>;

function controlRequest({ query, headers, ...request }: IdentityRequest): ControlRequest {
  return {
    ...request,
    query: Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name)])),
    headers: Object.fromEntries(headers),
  };
}
