import type { JSONRPCRequest } from "@modelcontextprotocol/server";
import type { Principal } from "../identity/principal.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import type { Snapshot } from "./snapshot.ts";
import { traceContextOf } from "./traceContext.ts";
import { RequestTrace } from "./tracing/requestTrace.ts";

/** One authenticated request: who asks what, at which version of the configuration. Made for it and for nothing else. */
export interface Call {
  readonly snapshot: Snapshot;
  readonly principal: Principal;
  /** The request's body as it was parsed: what is authorised and forwarded is taken from here and nowhere else. */
  readonly message: Json;
  /** What is gathered of the request for its spans and metrics. */
  readonly trace: RequestTrace;
  readonly sessionId?: string;
  /** The request's headers, after its interceptor, the caller's credentials among them: for `propagated` and nobody else. */
  readonly headers: Headers;
  /** The query of the gateway's address as it was asked. */
  readonly query: URLSearchParams;
  /** What a target's answer adds to the headers of the gateway's. */
  readonly responseHeaders: Headers;
  /** What the REQUEST interceptor did; absent where the gateway has none. */
  readonly interception?: Interception;
  /** Whether a decision about this request has been published. */
  recorded: boolean;
}

/** What a REQUEST interceptor did to a request, and what policies are told. */
export interface Interception {
  /** `failed` is a failure that the gateway's settings let pass. */
  readonly request: "unchanged" | "changed" | "answered" | "failed";
  readonly policyContext: JsonObject;
}

/** The header by which agents say which session a request is of; answers repeat it. */
export const sessionHeader = "x-amzn-bedrock-agentcore-runtime-session-id";
/** What is no such id is no session: a text that was cut would be another's. */
const sessionIds = /^[!-~]{1,256}$/;

/** Puts together what the steps of the pipeline need to know of a request. */
export function createCall(
  snapshot: Snapshot,
  principal: Principal,
  message: Json,
  headers: Headers,
  {
    query = new URLSearchParams(),
    interception,
    trace = new RequestTrace(),
  }: {
    readonly query?: URLSearchParams | undefined;
    readonly interception?: Interception;
    readonly trace?: RequestTrace;
  } = {},
): Call {
  const { gatewayArn } = snapshot.configuration.gateway;
  const method = methodOf(message);
  const about = { gatewayArn, ...(method === undefined ? {} : { method }) };
  trace.join(traceContextOf(paramsOf(message)._meta, headers), about);
  const sessionId = sessionIds.exec(headers.get(sessionHeader) ?? "")?.[0];
  return {
    snapshot,
    principal,
    message,
    trace,
    headers,
    query,
    responseHeaders: new Headers(),
    recorded: false,
    ...(interception === undefined ? {} : { interception }),
    ...(sessionId === undefined ? {} : { sessionId }),
  };
}

/** The JSON-RPC method of a message, where it is one. */
export function methodOf(message: Json): string | undefined {
  return isJsonObject(message) && typeof message.method === "string" ? message.method : undefined;
}

/** Whether a message is about what targets offer: then it is on record, whatever comes of it. */
export function isAboutOffers(message: Json): boolean {
  return /^(tools|prompts|resources|completion)\//.test(methodOf(message) ?? "");
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

/** A bearer token in an `Authorization` header, the scheme in any case (RFC 6750, RFC 9110 section 11.1). */
const bearer = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

/** The token of an `Authorization` header, where it has one. */
export function bearerTokenIn(authorization: string | null): string | undefined {
  return bearer.exec(authorization ?? "")?.[1];
}

/**
 * Who asks, for a target: with the token that was verified, which targets exchange at an issuer and never see (T01). An
 * interceptor can't have put another in its place. Whoever came in without one has none, whatever the header says.
 */
export function callerOf({ principal, headers }: Call): { readonly principal: Principal; readonly userToken?: string } {
  const userToken = principal.issuer === undefined ? undefined : bearerTokenIn(headers.get("authorization"));
  return userToken === undefined ? { principal } : { principal, userToken };
}
