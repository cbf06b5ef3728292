import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { readBody } from "./egress/body.ts";
import { type Connections, createConnections } from "./egress/connections.ts";
import { passEvents } from "./egress/eventStream.ts";
import { type OutboundLimits, outboundLimits } from "./egress/limits.ts";
import { checkedLookup } from "./egress/lookup.ts";
import { assertReachable } from "./egress.ts";

const withoutBody: ReadonlySet<number> = new Set([204, 205, 304]);
const connectMilliseconds = 10_000;

/** A request to a configured address. */
export interface OutboundInit extends RequestInit {
  /** Whether it may go to this very machine, as on the one-machine host. */
  readonly allowLoopback?: boolean;
  /** Closer bounds than the usual ones. */
  readonly limits?: Partial<OutboundLimits>;
}

/** `fetch` to addresses that somebody configured. */
export type OutboundFetch = (address: string | URL, init?: OutboundInit) => Promise<Response>;

/**
 * The one way to an address that somebody configured (T06, T21): `fetch` that goes to public addresses alone, to the very
 * one it has checked. It is made over node:http with kept-alive connections, for the small exchanges of tool calls: it
 * takes about half the processor time of the built-in one, which builds streams for every body.
 *
 * What is sent is text or bytes. Redirects are refused, because where one leads has not been checked, and so is an answer
 * in another encoding than was asked for, because nothing bounds what it unpacks to. An event stream is passed on as it
 * comes. It rejects when the address is not one to connect to, when the connection fails, and when the answer exceeds
 * the limits.
 */
export const outboundFetch = createOutboundFetch();

/** Makes such a `fetch`, with connections of its own, from another lookup. */
export function createOutboundFetch({
  lookup = checkedLookup(),
  connectWithin = connectMilliseconds,
}: {
  lookup?: ReturnType<typeof checkedLookup>;
  /** In milliseconds. */
  connectWithin?: number;
} = {}): OutboundFetch {
  const connections = createConnections(lookup, connectWithin);
  return async (address, { allowLoopback = false, limits, ...init } = {}) => {
    const url = assertReachable(String(address), allowLoopback);
    return exchange(url, init, { ...outboundLimits, ...limits }, connections);
  };
}

async function exchange(
  url: URL,
  init: RequestInit,
  limits: OutboundLimits,
  connections: Connections,
): Promise<Response> {
  const outgoing = start(url, init, connections);
  let incoming: IncomingMessage | undefined;
  const late = () =>
    (incoming ?? outgoing).destroy(new TypeError(`${url.origin} took longer than ${limits.answerMilliseconds} ms.`));
  const timer = setTimeout(late, limits.answerMilliseconds);
  try {
    incoming = await answerTo(outgoing, url);
    return await responseOf(incoming, url, limits);
  } catch (error) {
    incoming?.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function start(url: URL, init: RequestInit, { plain, secure }: Connections) {
  const body = bodyOf(init.body);
  const given = init.headers instanceof Headers ? init.headers : new Headers(init.headers);
  const headers: Record<string, string> = { ...Object.fromEntries(given), "accept-encoding": "identity" };
  if (body !== undefined) headers["content-length"] = String(Buffer.byteLength(body));
  const [request, agent] = url.protocol === "https:" ? [requestHttps, secure] : [requestHttp, plain];
  const options = { method: init.method ?? "GET", headers, agent, ...(init.signal ? { signal: init.signal } : {}) };
  return request(url, options).end(body);
}

function answerTo(outgoing: ReturnType<typeof requestHttp>, { origin }: URL): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  outgoing.once("response", resolve);
  outgoing.on("error", (error: Error & { rawPacket?: unknown }) => {
    // An answer that can't be parsed comes with the error, in bytes, and may repeat what was asked (T18).
    delete error.rawPacket;
    reject(error);
  });
  outgoing.on("upgrade", (_, socket) => {
    socket.destroy();
    reject(new TypeError(`${origin} wants another protocol.`));
  });
  return promise;
}

async function responseOf(incoming: IncomingMessage, { origin }: URL, limits: OutboundLimits): Promise<Response> {
  const { statusCode: status = 0, headers: given, rawHeaders } = incoming;
  if (status < 200 || status > 599) throw new TypeError(`${origin} answered with the status ${status}.`);
  if (status >= 300 && status < 400 && status !== 304) {
    throw new TypeError(`${origin} answered with a redirect, which is not followed.`);
  }
  const encoding = given["content-encoding"]?.trim().toLowerCase() ?? "identity";
  if (encoding !== "identity") {
    throw new TypeError(`${origin} answered in the encoding ${encoding.slice(0, 40)}, which it was not asked for.`);
  }
  const headers = new Headers(pairs(rawHeaders));
  if (withoutBody.has(status)) {
    incoming.resume();
    return new Response(null, { status, headers });
  }
  if (given["content-type"]?.startsWith("text/event-stream")) {
    return new Response(passEvents(incoming, { event: limits.eventBytes, stream: limits.streamBytes }), {
      status,
      headers,
    });
  }
  // Node's own buffers are not those of shared memory, which a response can't have.
  const body = (await readBody(incoming, limits.bodyBytes)) as Buffer<ArrayBuffer>;
  return new Response(body, { status, headers });
}

function bodyOf(body: RequestInit["body"]): string | Uint8Array | undefined {
  if (body === undefined || body === null || typeof body === "string") return body ?? undefined;
  if (body instanceof URLSearchParams) return body.toString();
  if (body instanceof Uint8Array) return body;
  throw new TypeError("Only text and bytes can be sent.");
}

function pairs(raw: readonly string[]): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, index) => [raw[index * 2] ?? "", raw[index * 2 + 1] ?? ""]);
}
