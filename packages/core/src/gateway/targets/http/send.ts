import { messageOf } from "../../../errors.ts";
import type { JsonObject } from "../../../json.ts";
import { outboundFetch } from "../../../outbound.ts";
import { type Invocation, TargetError } from "../target.ts";
import type { HttpRequest } from "./request.ts";

/** How long an answer may be unless a target says otherwise: AgentCore's payload quota, 6 MB. */
export const maximumAnswerBytes = 6_000_000;

/** What a target answered, read to its end. */
export interface TargetAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

export interface SendOptions {
  readonly allowLoopback: boolean;
  /** Adds credentials to the request, which is complete but for them (see `sign.ts`). */
  readonly authorize?: (request: HttpRequest) => Promise<HttpRequest>;
  /** Takes the credentials out of a text. */
  readonly conceal?: (text: string) => string;
  readonly maximumBytes?: number;
}

/** Whether a target lets a request in no further for want of a credential that it takes (RFC 9110 section 15.5.2). */
export function isUnauthorized(outcome: PromiseSettledResult<TargetAnswer>): boolean {
  return outcome.status === "fulfilled" && outcome.value.status === 401;
}

/** Framing and routing are for the connection to say; a second opinion is how requests are smuggled. */
export const reservedHeaders: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * Sends the one HTTP request that a call of a tool is, and reads the answer, whatever its status. Redirects are refused,
 * and nothing is tried twice. The trace context goes with it (W3C Trace Context; W3C Baggage), and what of the agent's
 * headers and query the target's configuration lets pass; what the tool's own description says of the same name counts.
 * @throws TargetError where the address may not be reached, the request can't be sent as it is, or no whole answer comes.
 */
export async function sendRequest(
  described: HttpRequest,
  invocation: Pick<Invocation, "target" | "traceContext" | "headers" | "query" | "onResponseHeaders" | "signal">,
  { allowLoopback, authorize, conceal, maximumBytes = maximumAnswerBytes }: SendOptions,
): Promise<TargetAnswer> {
  const { target, traceContext, onResponseHeaders, signal } = invocation;
  try {
    const request = withPropagated(described, invocation);
    requireHeaders(request.headers);
    const { method, url, headers, body } = (await authorize?.(request)) ?? request;
    const response = await outboundFetch(url, {
      method,
      // Not a part of what is signed: intermediaries may change it.
      headers: { ...headersToSend(headers), ...traceHeaders(traceContext) },
      ...(body === undefined ? {} : { body: body as NonNullable<RequestInit["body"]> }), // Bytes are never shared memory.
      signal,
      allowLoopback,
      limits: { bodyBytes: maximumBytes, eventBytes: maximumBytes, streamBytes: maximumBytes },
    });
    onResponseHeaders(response.headers, response.status);
    const { status } = response;
    const answered = await bytesOf(response);
    return { status, headers: response.headers, body: status >= 400 ? without(conceal, answered) : answered };
  } catch (error) {
    if (error instanceof TargetError) throw error;
    throw new TargetError(`${target.name} did not answer: ${messageOf(error)}`, { cause: error });
  }
}

function withPropagated(request: HttpRequest, { headers, query }: Pick<Invocation, "headers" | "query">): HttpRequest {
  const url = new URL(request.url);
  for (const [name, values] of Object.entries(query)) {
    if (url.searchParams.has(name)) continue;
    for (const value of values) url.searchParams.append(name, value);
  }
  const propagated = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return { ...request, url, headers: { ...Object.fromEntries(propagated), ...request.headers } };
}

function requireHeaders(headers: HttpRequest["headers"]): void {
  for (const name of Object.keys(headers)) {
    if (reservedHeaders.has(name.toLowerCase())) throw new TargetError(`A tool can't set the header "${name}".`);
  }
}

/** The host is what the address says, which signers repeat. */
function headersToSend({ host: _, ...headers }: HttpRequest["headers"]): Record<string, string> {
  return headers;
}

function traceHeaders(traceContext: JsonObject): Record<string, string> {
  const names = ["traceparent", "tracestate", "baggage"] as const;
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = traceContext[name];
      // The agent's text: what can't be a header's value is not worth failing a call.
      return typeof value === "string" && /^[\x20-\x7e]{1,8192}$/.test(value) ? [[name, value]] : [];
    }),
  );
}

/** Of a complaint, which often names the key that it is about, an agent reads the rest (T18). Keys are ASCII in any encoding. */
function without(conceal: SendOptions["conceal"], body: Uint8Array): Uint8Array {
  return conceal === undefined ? body : Buffer.from(conceal(Buffer.from(body).toString("latin1")), "latin1");
}

async function bytesOf(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await response.arrayBuffer());
}
