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
  readonly sessionId?: string;
  /** Whether a decision about this request has been published. */
  recorded: boolean;
}

const traceparent = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}$/;
const sessionHeader = "x-amzn-bedrock-agentcore-runtime-session-id";
const maxSessionIdLength = 256;

/** Puts together what the steps of the pipeline need to know of a request. */
export function createCall(snapshot: Snapshot, principal: Principal, message: Json, headers: Headers): Call {
  const traceId = traceparent.exec(traceparentOf(message) ?? headers.get("traceparent") ?? "")?.[1];
  const sessionId = headers.get(sessionHeader)?.slice(0, maxSessionIdLength);
  return {
    snapshot,
    principal,
    message,
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

/** Trace context travels in `params._meta` (MCP, "General fields"), or in the header of the same name. */
function traceparentOf(message: Json): string | undefined {
  const { _meta } = paramsOf(message);
  return isJsonObject(_meta) && typeof _meta.traceparent === "string" ? _meta.traceparent : undefined;
}
