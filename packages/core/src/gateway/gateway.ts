import { validateOriginHeader } from "@modelcontextprotocol/server";
import { messageOf } from "../errors.ts";
import { isJsonObject, type Json } from "../json.ts";
import { metadataUrlOf } from "../tools.ts";
import { authenticate, refuseByResourcePolicy } from "./authentication/authenticate.ts";
import { resourceMetadata } from "./authentication/token.ts";
import { type Call, createCall, idOf, isAboutOffers, sessionHeader, toolNameOf } from "./call.ts";
import { recordDecision } from "./decisions.ts";
import type { GatewayDependencies } from "./dependencies.ts";
import { type Intercepted, interceptRequest, interceptResponse } from "./interceptors/intercept.ts";
import { refuseByRateLimit } from "./limits/rateLimits.ts";
import { headerMismatchOf } from "./mirroredHeaders.ts";
import { parseStrictly, StrictParseError } from "./parse.ts";
import { createProtocol } from "./protocol/protocol.ts";
import { refusal } from "./refusals.ts";
import type { GatewayRequest } from "./request.ts";
import { RequestTrace } from "./tracing/requestTrace.ts";
import { told } from "./tracing/told.ts";

/** The gate: answers MCP requests, and says where clients find the issuer. */
export interface Gateway {
  handle(request: GatewayRequest): Promise<Response>;
  /** The protected-resource metadata of a gateway (RFC 9728); 404 where there is no such gateway. */
  metadata(gatewayId: string): Promise<Response>;
}

/**
 * Creates the gate. A request goes through the steps in order; each can end it, none can skip another. Authentication
 * comes before parsing: what strangers send is not read, and what a known principal sends amiss is on record.
 */
export function createGateway(dependencies: GatewayDependencies): Gateway {
  const { snapshots, url } = dependencies;
  const protocol = createProtocol(dependencies);
  const ownHost = new URL(url).hostname;

  async function handle(request: GatewayRequest, trace: RequestTrace): Promise<Response> {
    const origin = validateOriginHeader(request.headers.get("origin"), [ownHost]);
    if (!origin.ok) return refusal("forbiddenOrigin", { reason: origin.message });

    const snapshot = isGatewayId(request.gatewayId) ? await snapshots.get(request.gatewayId) : undefined;
    if (snapshot === undefined) return unknownGateway(request.gatewayId);

    const authentication = await authenticate(
      request,
      snapshot.configuration.gateway,
      dependencies,
      metadataUrlOf(url, request.gatewayId),
    );
    if (authentication.principal === undefined) return authentication.refused;
    const { principal } = authentication;
    const refused = authentication.refused ?? refuseByResourcePolicy(snapshot.configuration.gateway, principal);

    // GET and DELETE belong to sessions and server-to-client streams, which are not offered.
    if (request.method !== "POST") {
      return refusal("methodNotAllowed", {}, { headers: { Allow: "POST" } });
    }

    const parsed = refused === undefined ? parse(request.body) : { message: null, refused };
    const call = createCall(snapshot, principal, parsed.message, request.headers, { query: request.query, trace });
    const limited = refused === undefined ? await refuseByRateLimit(call, dependencies) : undefined;
    const early = limited ?? parsed.refused ?? refuseMismatch(call, request.headers);
    if (early !== undefined) return recordRejection(call, early, dependencies);
    const received = { headers: request.headers, message: call.message, rawBody: request.body };
    const intercepted = await interceptRequest(call, received, dependencies);
    const served = await serve(intercepted, request);
    const response = await interceptResponse(intercepted, served, dependencies);
    // What became of it counts, and nothing else is to be kept: an interceptor may be there to take something out (T18).
    if (response !== served) trace.answer = undefined;
    return response;
  }

  /** The answer to a request as its interceptor has left it; whatever is wrong with it then is on record. */
  async function serve(
    { call, request: { headers }, answer }: Intercepted,
    request: GatewayRequest,
  ): Promise<Response> {
    const response = answer ?? (await protocol(headers, call, request.gone));
    return withCallHeaders(await recordRejection(call, response, dependencies), call);
  }

  async function metadata(gatewayId: string): Promise<Response> {
    const snapshot = isGatewayId(gatewayId) ? await snapshots.get(gatewayId) : undefined;
    if (snapshot === undefined) return unknownGateway(gatewayId);
    const described = resourceMetadata(snapshot.configuration.gateway, url);
    if (described === undefined) return refusal("noTokens", {});
    return Response.json(described, {
      headers: { "Access-Control-Allow-Origin": "*", "Cache-Control": "max-age=60" },
    });
  }

  /** Whatever goes wrong, nothing was allowed because of it, and nothing of it is told. */
  async function failClosed(answer: () => Promise<Response>): Promise<Response> {
    try {
      return await answer();
    } catch (error) {
      dependencies.onError(error);
      return refusal("internal", {});
    }
  }

  return {
    async handle(request) {
      const trace = new RequestTrace(dependencies.now().getTime());
      return told(await failClosed(() => handle(request, trace)), trace, request.onAnswered);
    },
    metadata: (gatewayId) => failClosed(() => metadata(gatewayId)),
  };
}

/** Whether it can be the id of a gateway at all: what cannot is not looked up. */
function isGatewayId(text: string): boolean {
  return /^[A-Za-z0-9-]{1,211}$/.test(text);
}

function unknownGateway(gatewayId: string): Response {
  return refusal("unknownGateway", { gateway: JSON.stringify(gatewayId.slice(0, 100)) });
}

/** The message of a body; null where it is refused. */
function parse(body: string): { readonly message: Json; readonly refused?: Response } {
  const refuse = (code: "parseError" | "invalidRequest", reason: string) => ({
    message: null,
    refused: refusal(code, { reason }),
  });
  try {
    const message = parseStrictly(body);
    if (Array.isArray(message))
      return refuse("invalidRequest", "Batches are not accepted: send one message a request.");
    if (!isJsonObject(message)) return refuse("invalidRequest", "A message must be a JSON object.");
    return { message };
  } catch (error) {
    if (error instanceof StrictParseError) return refuse("parseError", messageOf(error));
    throw error;
  }
}

function refuseMismatch({ message, snapshot }: Call, headers: Headers): Response | undefined {
  const mismatch = headerMismatchOf(message, headers, snapshot);
  if (mismatch === undefined) return undefined;
  return refusal("headerMismatch", { reason: mismatch }, { id: idOf(message) });
}

/** Adds what the target's answer and the request's session add to the headers; what is there already stays. */
function withCallHeaders(response: Response, { responseHeaders, sessionId }: Call): Response {
  const added = new Headers(responseHeaders);
  if (sessionId !== undefined) added.set(sessionHeader, sessionId);
  for (const [name, value] of added) if (!response.headers.has(name)) response.headers.set(name, value);
  return response;
}

/** Puts a request that ended in an error on record, unless a step has recorded it already. */
async function recordRejection(call: Call, response: Response, dependencies: GatewayDependencies): Promise<Response> {
  // An error about what is offered can come with status 200 (legacy era); other methods are only of interest when refused
  // outright.
  if (call.recorded || (response.status < 400 && !isAboutOffers(call.message))) return response;
  const text = await response.text();
  const reason = errorIn(text);
  if (reason !== undefined) {
    const tool = toolNameOf(call.message);
    const finding = { decision: "DENY", outcome: "rejected", reason, ...(tool === undefined ? {} : { tool }) } as const;
    await recordDecision(call, finding, dependencies).accepted;
  }
  return new Response(text, { status: response.status, headers: response.headers });
}

/** The message of the JSON-RPC error that a body holds, if it is one. */
function errorIn(text: string): string | undefined {
  try {
    const body = JSON.parse(text) as Json;
    if (isJsonObject(body) && isJsonObject(body.error)) return String(body.error.message);
  } catch {}
  return undefined;
}
