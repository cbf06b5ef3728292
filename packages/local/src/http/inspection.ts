import { GatehouseError, messageOf } from "@gatehouse/core/errors.ts";
import type { Json } from "@gatehouse/core/json.ts";
import type { Bus } from "../bus/bus.ts";
import { refuse, sendJson } from "./answer.ts";
import type { Mount } from "./front.ts";
import { isLoopback } from "./guard.ts";

/**
 * What the AWS console is for the queues, under `/_host` and for callers on loopback only: `GET queues`,
 * `GET dead-letters`, and `POST dead-letters/redrive`, with `?queue=NAME` for one queue.
 */
export function createInspection(bus: Bus): Mount {
  const operations: Readonly<Record<string, (queue: string | undefined) => Promise<unknown>>> = {
    "GET /_host/queues": async () => bus.depths(),
    "GET /_host/dead-letters": () => bus.deadLetters(),
    "POST /_host/dead-letters/redrive": async (queue) => ({ redriven: await bus.redrive(queue) }),
  };
  return (request, response, path) => {
    if (path !== "/_host" && !path.startsWith("/_host/")) return false;
    request.resume();
    const operation = operations[`${request.method} ${path}`];
    if (!isLoopback(request.socket.remoteAddress)) {
      refuse(response, 403, "AccessDeniedException", "The host is inspected from its own machine only.");
    } else if (operation === undefined) {
      refuse(response, 404, "NotFoundException", `There are: ${Object.keys(operations).join(", ")}.`);
    } else {
      const queue = new URL(request.url ?? "/", "http://localhost").searchParams.get("queue") ?? undefined;
      operation(queue).then(
        (answer) => sendJson(response, 200, answer as Json),
        (error: unknown) => refuse(response, ...failure(error)),
      );
    }
    return true;
  };
}

function failure(error: unknown): [number, string, string] {
  return error instanceof GatehouseError
    ? [400, "ValidationException", error.message]
    : [500, "InternalServerException", messageOf(error)];
}
