import { createParser } from "eventsource-parser";
import { isJsonObject, type Json, type JsonObject } from "../../../json.ts";
import { outboundFetch } from "../../../outbound.ts";
import type { TargetCredential } from "../credentials/credential.ts";
import { heedingRetryAfter } from "../retryAfter.ts";

/** Where an MCP server is. */
export interface Endpoint {
  readonly url: string;
  /** Whether it may be on this very machine, as on the one-machine host. */
  readonly allowLoopback: boolean;
  /** What every request goes there with. */
  readonly credential?: TargetCredential | undefined;
}

/** A JSON-RPC message on its way to an MCP server. */
export interface Outgoing {
  readonly endpoint: Endpoint;
  readonly headers: Readonly<Record<string, string>>;
  readonly message: JsonObject;
  readonly signal: AbortSignal;
  /** Told of the headers of the answer, before anything else of it. */
  readonly onHeaders?: ((headers: Headers, status: number) => void) | undefined;
  /** What the server says ahead of its answer: notifications, and requests of its own. */
  readonly onMessage?: (message: JsonObject) => void;
}

/** Enough of what a server says is wrong, in characters: it ends in logs, where nobody reads megabytes. */
const longestErrorText = 1_000;

const fetchHeedingRetryAfter = heedingRetryAfter(outboundFetch);

/** What a server has answered. */
export interface Answered {
  readonly result: JsonObject;
  readonly headers: Headers;
}

/** A server that refused or failed to answer, by an error of JSON-RPC or of HTTP alone. */
export class UpstreamRefusal extends Error {
  override readonly name = "UpstreamRefusal";
  /** The HTTP status; 200 where only JSON-RPC says that something is wrong. */
  readonly status: number;
  /** The JSON-RPC code, where the answer was one. */
  readonly code: number | undefined;
  readonly data: Json | undefined;

  constructor(message: string, status: number, error: { code?: Json | undefined; data?: Json | undefined } = {}) {
    super(message);
    this.status = status;
    this.code = typeof error.code === "number" ? error.code : undefined;
    this.data = error.data;
  }
}

/** Whether a server lets a request in no further for want of a credential that it takes (RFC 9110 section 15.5.2). */
export function isUnauthorized(outcome: PromiseSettledResult<unknown>): boolean {
  if (outcome.status === "fulfilled") return false;
  const { reason } = outcome;
  const refusal = reason instanceof Error && reason.cause instanceof UpstreamRefusal ? reason.cause : reason;
  return refusal instanceof UpstreamRefusal && refusal.status === 401;
}

/**
 * Sends a message to an MCP server over streamable HTTP and waits for the answer, one JSON object or a stream of events
 * (MCP, "Streamable HTTP"). The result is what the server said, unread: of which members it may be made is between the
 * server and whoever asked.
 * @throws UpstreamRefusal where the server answers with anything but a result; TargetError where it has no time for the
 *   request (429, 503); TypeError where there is no connection.
 */
export async function post(outgoing: Outgoing): Promise<Answered> {
  const { endpoint, headers, message, signal } = outgoing;
  const response = await send(endpoint, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json, text/event-stream", ...headers },
    body: JSON.stringify(message),
    signal,
  });
  outgoing.onHeaders?.(response.headers, response.status);
  // Nothing is answered to a notification.
  if (message.id === undefined) {
    await response.body?.cancel();
    if (response.ok) return { result: {}, headers: response.headers };
    throw new UpstreamRefusal(`it answered a notification with status ${response.status}`, response.status);
  }
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
  const answer = isStream ? await lastOf(response, outgoing) : answerIn(await response.text());
  if (isJsonObject(answer?.error)) {
    const { code, message: text, data } = answer.error;
    const said = endpoint.credential?.conceal?.(String(text)) ?? String(text);
    const message = `${said.slice(0, longestErrorText)} (${String(code)})`;
    throw new UpstreamRefusal(message, response.status, { code, data });
  }
  if (!response.ok) throw new UpstreamRefusal(`it answered with status ${response.status}`, response.status);
  if (answer?.id !== message.id || !isJsonObject(answer?.result)) {
    throw new UpstreamRefusal("its answer is no result of the request", response.status);
  }
  return { result: answer.result, headers: response.headers };
}

/** Sends an HTTP request to a server, with the credential in the place of whatever the request has there. */
export async function send(
  { url, allowLoopback, credential }: Endpoint,
  {
    signal,
    ...request
  }: {
    readonly method: "POST" | "DELETE";
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly signal: AbortSignal;
  },
): Promise<Response> {
  if (credential === undefined) return fetchHeedingRetryAfter(url, { ...request, allowLoopback, signal });
  const authorized = await credential.authorize({ ...request, url: new URL(url) });
  // The host is what the address says, which signers repeat.
  const { host: _, ...headers } = authorized.headers;
  const conceal = credential.conceal?.bind(credential);
  return fetchHeedingRetryAfter(authorized.url, { ...request, headers, allowLoopback, signal }, conceal);
}

/** The most characters that one event may have. */
const maxEventLength = 10_000_000;

/** The answer at the end of a stream of events; what comes before is told as it comes. */
async function lastOf(response: Response, { message: { id }, onMessage }: Outgoing): Promise<JsonObject | undefined> {
  let answer: JsonObject | undefined;
  let failure: Error | undefined;
  const parser = createParser({
    maxBufferSize: maxEventLength,
    onEvent({ data }) {
      const message = answerIn(data);
      if (message === undefined || answer !== undefined) return;
      // An id of the server's own is no answer to ours, though it may be the same.
      if (message.id === id && message.method === undefined) answer = message;
      else onMessage?.(message);
    },
    onError(error) {
      if (error.type === "max-buffer-size-exceeded") failure = error;
    },
  });
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    if (failure !== undefined) throw failure;
    // The server may hold the stream open: what it has to say after the answer is for nobody.
    if (answer !== undefined) break;
  }
  return answer;
}

function answerIn(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
