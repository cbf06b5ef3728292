import type { JSONRPCRequest } from "@modelcontextprotocol/server";
import type { Principal } from "../identity/principal.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import type { Snapshot } from "./snapshot.ts";

/** One authenticated request: who asks what, at which version of the configuration. Made for it and for nothing else. */
export interface Call {
  readonly snapshot: Snapshot;
  readonly principal: Principal;
  /** The request's body as it was parsed: what is authorised and forwarded is taken from here and nowhere else. */
  readonly message: Json;
  readonly traceId?: string;
  /** For the target: `traceparent`, `tracestate` and `baggage` of the request. */
  readonly traceContext: JsonObject;
  readonly sessionId?: string;
  /** Whether a decision about this request has been published. */
  recorded: boolean;
}

const traceparent = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}$/;
const sessionHeader = "x-amzn-bedrock-agentcore-runtime-session-id";
const maxSessionIdLength = 256;

/** Puts together what the steps of the pipeline need to know of a request. */
export function createCall(snapshot: Snapshot, principal: Principal, message: Json, headers: Headers): Call {
  const traceContext = traceContextOf(message, headers);
  const traceId = traceparent.exec(String(traceContext.traceparent))?.[1];
  const sessionId = headers.get(sessionHeader)?.slice(0, maxSessionIdLength);
  return {
    snapshot,
    principal,
    message,
    traceContext,
    recorded: false,
    ...(traceId === undefined ? {} : { traceId }),
    ...(sessionId ? { sessionId } : {}),
  };
}

/** The JSON-RPC method of a message, where it is one. */
export function methodOf(message: Json): string | undefined {
  return isJsonObject(message) && typeof message.method === "string" ? message.method : undefined;
}

/** The JSON-RPC id of a message, where it has one. */
export function idOf(message: Json): JSONRPCRequest["id"] | null {
  if (!isJsonObject(message)) return null;
  return typeof message.id === "string" || typeof message.id === "number" ? message.id : null;
}

/** The JSON-RPC parameters of a message; empty where it has none. */
export function paramsOf(message: Json): JsonObject {
  return isJsonObject(message) && isJsonObject(message.params) ? message.params : {};
}

/** The tool that a call names. */
export function toolNameOf(message: Json): string | undefined {
  const { name } = paramsOf(message);
  return methodOf(message) === "tools/call" && typeof name === "string" ? name : undefined;
}

/** Trace context travels in `params._meta` (MCP, "General fields"), or in the headers of the same names (W3C). */
function traceContextOf(message: Json, headers: Headers): JsonObject {
  const { _meta } = paramsOf(message);
  const context: JsonObject = {};
  for (const name of ["traceparent", "tracestate", "baggage"]) {
    const value = (isJsonObject(_meta) ? _meta[name] : undefined) ?? headers.get(name);
    if (typeof value === "string") context[name] = value;
  }
  return context;
}
