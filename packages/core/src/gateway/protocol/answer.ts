import {
  type JSONRPCRequest,
  ProtocolError,
  ProtocolErrorCode,
  SERVER_INFO_META_KEY,
} from "@modelcontextprotocol/server";
import { follow } from "../../abort.ts";
import { isJsonObject } from "../../json.ts";
import type { Call } from "../call.ts";
import type { GatewayDependencies } from "../dependencies.ts";
import { EventStream } from "./eventStream.ts";
import type { Era, Exchange } from "./exchange.ts";
import { isLogWanted } from "./logging.ts";
import type { Method } from "./methods.ts";
import { serverInfoOf } from "./server.ts";

/** A request on its way to its method. */
export interface Answering {
  readonly era: Era;
  readonly request: JSONRPCRequest;
  readonly method: Method;
  readonly call: Call;
  readonly dependencies: GatewayDependencies;
  /** Which kinds of answer the client takes: one JSON object, a stream of events. */
  readonly accepted: { readonly json: boolean; readonly stream: boolean };
  /** Aborts when the client has gone. */
  readonly gone: AbortSignal | undefined;
}

/**
 * Answers a request by its method: as one JSON object, or, as soon as there is something to say ahead of the result and
 * the client takes it, as a stream of events (MCP, "Streamable HTTP").
 */
export async function answer(answering: Answering): Promise<Response> {
  const { accepted, gone, call, dependencies, method, era } = answering;
  const stream = accepted.stream && mayStream(answering) ? new EventStream() : undefined;
  const abandoned = new AbortController();
  if (gone !== undefined) follow(gone, abandoned);
  const exchange: Exchange = {
    era,
    notify: (name, params) => {
      if (name !== "notifications/message" || isLogWanted(era, call, params)) {
        stream?.send({ jsonrpc: "2.0", method: name, params });
      }
    },
    gone: abandoned.signal,
  };
  const outcome = run(method, call, dependencies, exchange)
    .then(
      (result) => finished(result, answering),
      (error: unknown) => failed(error, answering),
    )
    .then((ended) => {
      call.trace.answer = ended.body;
      return ended;
    });
  if (stream === undefined) return json(await outcome);
  const first = await Promise.race([outcome, stream.begun]).catch((error: unknown) => {
    stream.end();
    throw error;
  });
  // The method has had its say: the result alone needs no stream.
  if (first !== undefined && accepted.json) {
    stream.end();
    return json(first);
  }
  void outcome
    .catch((error: unknown) => {
      // The answer has begun: that it fails can only be said within it.
      dependencies.onError(error);
      const ended = internalError(answering);
      call.trace.answer = ended.body;
      return ended;
    })
    .then(({ body }) => {
      stream.send(body);
      stream.end();
    });
  return stream.response(() => abandoned.abort());
}

/** Whether an answer may be a stream: always for a client that takes nothing else, or else unless the gateway says no. */
function mayStream({ accepted, call: { snapshot } }: Answering): boolean {
  const { enableResponseStreaming } =
    snapshot.configuration.gateway.protocolConfiguration?.mcp?.streamingConfiguration ?? {};
  return !accepted.json || enableResponseStreaming !== false;
}

/** What goes out at the end: a JSON-RPC answer, and the status where it is all there is. */
interface Outcome {
  readonly status: number;
  readonly body: object;
}

async function run(method: Method, call: Call, dependencies: GatewayDependencies, exchange: Exchange): Promise<object> {
  return method.answer(call, dependencies, exchange);
}

function finished(result: object, { era, request: { id }, call, method }: Answering): Outcome {
  return { status: 200, body: { jsonrpc: "2.0", id, result: resultOf(result, era, method, call) } };
}

/** The result with what every result of its era has. Who the server is, is for the gateway to say. */
function resultOf(result: object, era: Era, { cache }: Method, { snapshot }: Call): object {
  const {
    _meta,
    resultType = "complete",
    ...rest
  } = result as { readonly _meta?: unknown; readonly resultType?: string };
  const { [SERVER_INFO_META_KEY]: _, ...meta } = isJsonObject(_meta) ? _meta : {};
  if (era === "legacy") return _meta === undefined ? rest : { ...rest, _meta: meta };
  return { resultType, ...cache, ...rest, _meta: { ...meta, [SERVER_INFO_META_KEY]: serverInfoOf(snapshot) } };
}

/** @throws whatever is no error of the protocol: the gate fails closed. */
function failed(error: unknown, { era, request: { id } }: Answering): Outcome {
  if (!(error instanceof ProtocolError)) throw error;
  const { code, message, data } = error;
  // The specification wants the status of this one, whoever finds out.
  const status = era === "modern" && code === ProtocolErrorCode.MissingRequiredClientCapability ? 400 : 200;
  return { status, body: { jsonrpc: "2.0", id, error: { code, message, ...(data === undefined ? {} : { data }) } } };
}

function internalError({ request: { id } }: Answering): Outcome {
  return {
    status: 500,
    body: { jsonrpc: "2.0", id, error: { code: ProtocolErrorCode.InternalError, message: "Internal error" } },
  };
}

function json({ status, body }: Outcome): Response {
  return Response.json(body, { status });
}
