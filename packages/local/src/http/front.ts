import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { messageOf } from "@gatehouse/core/errors.ts";
import type { RouteDefinition } from "@gatehouse/functions/topology.ts";
import type { Afterwards } from "../lambda/afterwards.ts";
import type { InvokeFunction } from "../lambda/functions.ts";
import { type Place, TaskTimedOut } from "../lambda/handler.ts";
import { isProxyResult, isStreamedResult, refuse, sendJson, sendProxyResult, sendStream } from "./answer.ts";
import { readBody } from "./body.ts";
import { proxyEvent, splitTarget } from "./event.ts";
import { createGuard } from "./guard.ts";
import { createRouter, type RouteMatch } from "./routes.ts";

/** Something of the host itself that lives beside the topology's routes. True when it has taken the request. */
export type Mount = (request: IncomingMessage, response: ServerResponse, path: string) => boolean;

export interface FrontOptions {
  readonly bind: string;
  readonly place: Place;
  readonly routes: readonly RouteDefinition[];
  /** Looked at before the routes, in this order. */
  readonly mounts: readonly Mount[];
  /** @see InvokeFunction */
  readonly invoke: InvokeFunction;
  readonly afterwards: Afterwards;
  readonly log: (line: string) => void;
}

/** What API Gateway with Lambda would take at most: 6 MB, in Base64. */
const bodyLimit = (6 * 1024 * 1024 * 3) / 4;

/** The public HTTP front: what API Gateway is on AWS. */
export function createFront(options: FrontOptions): RequestListener {
  const guard = createGuard(options.bind);
  const route = createRouter(options.routes);

  return (request, response) => {
    // A client that goes away is no error of ours; without a listener it would be an uncaught one.
    response.on("error", () => {});
    const refusal = guard(request);
    if (refusal !== undefined) return refuse(response, 403, "AccessDeniedException", refusal);
    const { path } = splitTarget(request.url ?? "/");
    if (!path.startsWith("/"))
      return refuse(response, 400, "ValidationException", "The request target must be a path.");
    if (path === "/healthz") return sendJson(response, 200, { status: "ok" });
    if (options.mounts.some((mount) => mount(request, response, path))) return;

    const match = route(request.method ?? "GET", path);
    if (match === "noRoute") return refuse(response, 404, "NotFoundException", `Nothing is at ${path}.`);
    if (match === "malformed")
      return refuse(response, 400, "ValidationException", "The path's percent-encoding is broken.");
    if (match === "noMethod") {
      return refuse(response, 405, "MethodNotAllowedException", `${path} doesn't take ${request.method}.`);
    }
    serve(request, response, match, options).catch((error: unknown) => {
      if (!response.destroyed) options.log(`${request.method} ${path} failed: ${messageOf(error)}`);
      response.destroy();
    });
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  match: RouteMatch,
  { place, invoke, afterwards, log }: FrontOptions,
): Promise<void> {
  const body = await readBody(request, bodyLimit);
  if ("tooLarge" in body) {
    response.setHeader("connection", "close");
    return refuse(response, 413, "RequestEntityTooLargeException", `A request may have ${bodyLimit} bytes at most.`);
  }
  const name = match.route.function;
  const answering = afterwards.begin();
  try {
    const caller = { gone: goneSignal(response), afterwards: answering.take };
    const answer = await invoke(name, proxyEvent(request, match, body.bytes, place), caller);
    if (isStreamedResult(answer)) return await sendStream(response, answer);
    if (isProxyResult(answer)) return sendProxyResult(response, answer);
    log(`The function "${name}" answered with something that is no HTTP response.`);
    refuse(response, 502, "InternalServerException", "Internal server error");
  } catch (error) {
    // What went wrong is for the log: the caller may be anyone.
    log(`The function "${name}" failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    if (error instanceof TaskTimedOut) refuse(response, 504, "GatewayTimeoutException", "Endpoint request timed out");
    else refuse(response, 502, "InternalServerException", "Internal server error");
  } finally {
    await answering.given();
  }
}

/** Aborts when the client has gone before its answer was complete. */
function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) gone.abort(new Error("The client went away."));
  });
  return gone.signal;
}
