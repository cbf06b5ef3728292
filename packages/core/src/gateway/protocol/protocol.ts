import { isJsonContentType, type JSONRPCRequest, SUPPORTED_PROTOCOL_VERSIONS } from "@modelcontextprotocol/server";
import type { Call } from "../call.ts";
import type { GatewayDependencies } from "../dependencies.ts";
import { missingHeaderOf } from "../mirroredHeaders.ts";
import { refusal } from "../refusals.ts";
import { type Answering, answer } from "./answer.ts";
import { classify } from "./classify.ts";
import type { Era } from "./exchange.ts";
import { type Method, methods } from "./methods.ts";
import { modernVersions } from "./server.ts";

/** Serves one authenticated, strictly parsed message in the protocol era it speaks. */
export type Protocol = (headers: Headers, call: Call, gone?: AbortSignal) => Promise<Response>;

/** Any version that a server over HTTP may have negotiated with `initialize`. */
const legacyVersions: ReadonlySet<string> = new Set(SUPPORTED_PROTOCOL_VERSIONS);

/**
 * Both eras of MCP on one endpoint: 2026-07-28, in which every request says for itself what it needs, and the ones with
 * `initialize` before it, without sessions. What a method does is in `methods.ts`; nothing outlives its request (T04).
 */
export function createProtocol(dependencies: GatewayDependencies): Protocol {
  return async (headers, call, gone) => {
    if (!isJsonContentType(headers.get("content-type"))) {
      return refusal("unsupportedMediaType", {});
    }
    const accepted = acceptedBy(headers.get("accept"));
    if (accepted === undefined) {
      return refusal("notAcceptable", {});
    }
    const route = classify(call.message, headers);
    if (route.kind === "reject") {
      const { httpStatus: status, code, message, data } = route;
      return Response.json({ jsonrpc: "2.0", error: { code, message, data }, id: idOf(call) }, { status });
    }
    const era: Era = route.kind;
    const unsupported =
      route.kind === "modern"
        ? unsupportedModern(route.revision, call)
        : unsupportedLegacy(headers.get("mcp-protocol-version"), call);
    if (unsupported !== undefined) return unsupported;

    const request = requestOf(call);
    // Notifications and answers to requests that were never made: there is nothing to do about them.
    if (request === undefined) return new Response(null, { status: 202 });
    const missing = era === "modern" ? missingHeaderOf(call.message, headers) : undefined;
    if (missing !== undefined) {
      return refusal("headerMismatch", { reason: missing }, { id: request.id });
    }
    const method = methodFor(request, era, call);
    if (method === undefined) return unknownMethod(request, era);
    return answer({ era, request, method, call, dependencies, accepted, gone });
  };
}

/** The method of a request, if this gateway has it in this era. */
function methodFor(request: JSONRPCRequest, era: Era, { snapshot }: Call): Method | undefined {
  const method = Object.hasOwn(methods, request.method) ? methods[request.method] : undefined;
  if (method?.era !== undefined && method.era !== era) return undefined;
  return method?.needs === undefined || snapshot.features.has[method.needs] ? method : undefined;
}

/** Which kinds of answer a client takes; both where it doesn't say. Undefined where it takes neither. */
function acceptedBy(accept: string | null): Answering["accepted"] | undefined {
  if (accept === null || accept.includes("*/*")) return { json: true, stream: accept !== null };
  const json = /application\/(\*|json)/i.test(accept);
  const stream = /text\/(\*|event-stream)/i.test(accept);
  return json || stream ? { json, stream } : undefined;
}

function unsupportedModern(requested: string | undefined, call: Call): Response | undefined {
  if (requested !== undefined && modernVersions.includes(requested)) return undefined;
  const data = { supported: modernVersions, requested: requested ?? "unknown" };
  return refusal("unsupportedVersion", { version: data.requested.slice(0, 100) }, { id: idOf(call), data });
}

/** A header that is missing stands for the version before there was one. */
function unsupportedLegacy(version: string | null, call: Call): Response | undefined {
  if (version === null || legacyVersions.has(version.trim())) return undefined;
  const values = { version: version.slice(0, 100), supported: [...legacyVersions].join(", ") };
  return refusal("unsupportedLegacyVersion", values, { id: idOf(call) });
}

/** In the newest version the status says so as well: a client there tells a method that isn't known from a failed one. */
function unknownMethod({ id, method }: JSONRPCRequest, era: Era): Response {
  const options = { id, ...(era === "legacy" ? { status: 200 } : {}) };
  return refusal("unknownMethod", { method: method.slice(0, 100) }, options);
}

/** The message as a request; undefined for one that wants no answer. It has been found to be one or the other. */
function requestOf({ message }: Call): JSONRPCRequest | undefined {
  const { id, method } = message as Partial<JSONRPCRequest>;
  return id === undefined || method === undefined ? undefined : (message as unknown as JSONRPCRequest);
}

function idOf(call: Call) {
  const request = call.message as Partial<JSONRPCRequest>;
  return typeof request.id === "string" || typeof request.id === "number" ? request.id : null;
}
