import { CLIENT_CAPABILITIES_META_KEY, LOG_LEVEL_META_KEY } from "@modelcontextprotocol/server";
import { isJsonObject, type JsonObject } from "../../../json.ts";
import type { Exchange } from "../../protocol/exchange.ts";
import { consentMetaKey } from "../credentials/oauth.ts";

/** Members that a request for a server can't have from its caller as they are. */
const ownMembers: ReadonlySet<string> = new Set([
  "_meta",
  "requestState",
  // A call that goes on after its answer could not be asked about: the gateway has no tasks.
  "task",
]);

/** What of a request's parameters goes to the server: all that doesn't belong to the exchange of the caller and the gateway. */
export function passedOn(request: {
  readonly params: JsonObject;
  readonly traceContext: JsonObject;
  readonly exchange: Exchange;
}): JsonObject {
  const { params, traceContext, exchange } = request;
  const others = Object.entries(params).filter(([key]) => !ownMembers.has(key));
  // What is malformed of the caller's trace context is not in `traceContext`, and goes nowhere.
  // What is said of the gateway's own credentials is not for the server.
  const { traceparent: _, tracestate: __, baggage: ___, [consentMetaKey]: ____, ...meta } = metaOf(params);
  const _meta = { ...meta, ...traceContext };
  // Before 2026-07-28 a client hears what a server has to say, without asking for it.
  if (exchange.era === "legacy") Object.assign(_meta, { [LOG_LEVEL_META_KEY]: "info" });
  return { ...Object.fromEntries(others), _meta };
}

/** What the caller's client can be asked for in an answer, but for tasks, about which it could not ask the gateway. */
export function capabilitiesOf(params: JsonObject, { era }: Exchange): JsonObject {
  const declared = era === "modern" ? metaOf(params)[CLIENT_CAPABILITIES_META_KEY] : undefined;
  if (!isJsonObject(declared)) return {};
  const { tasks: _, extensions, ...rest } = declared;
  if (!isJsonObject(extensions)) return rest;
  const others = Object.entries(extensions).filter(([name]) => name !== "io.modelcontextprotocol/tasks");
  return { ...rest, extensions: Object.fromEntries(others) };
}

function metaOf({ _meta }: JsonObject): JsonObject {
  return isJsonObject(_meta) ? _meta : {};
}
