import { Agent, type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps, Agent as SecureAgent } from "node:https";
import { Readable } from "node:stream";

const plain = new Agent({ keepAlive: true });
const secure = new SecureAgent({ keepAlive: true });
const withoutBody: ReadonlySet<number> = new Set([101, 204, 205, 304]);

/** What `fetch` takes, and a bound of our own. */
export interface OutboundInit extends RequestInit {
  /** How long the answer's body may be, in bytes. Where there is a bound, an event stream is read to its end as well. */
  readonly maximumBytes?: number;
}

/**
 * `fetch` over node:http with kept-alive connections, for the small exchanges of tool calls: it takes about half the
 * processor time of the built-in one, which builds streams for every body. What is sent is text or bytes; redirects are
 * refused, because where one leads has not been checked; an event stream without a bound is passed on as it comes.
 */
export async function outboundFetch(address: string | URL, init: OutboundInit = {}): Promise<Response> {
  const url = new URL(address);
  const body = contentOf(init.body);
  const incoming = await send(url, init, body);
  const { statusCode: status = 0 } = incoming;
  if (status >= 300 && status < 400 && status !== 304) {
    incoming.resume();
    throw new TypeError(`${url.origin} answered with a redirect, which is not followed.`);
  }
  const headers = new Headers(pairs(incoming.rawHeaders));
  return new Response(withoutBody.has(status) ? drained(incoming) : await bodyOf(incoming, init.maximumBytes), {
    status,
    headers,
  });
}

function send(url: URL, init: RequestInit, body: string | Uint8Array | undefined): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const given = init.headers instanceof Headers ? init.headers : new Headers(init.headers);
  const headers: Record<string, string> = Object.fromEntries(given);
  if (body !== undefined) headers["content-length"] = String(Buffer.byteLength(body));
  const [request, agent] = url.protocol === "https:" ? [requestHttps, secure] : [requestHttp, plain];
  const options = { method: init.method ?? "GET", headers, agent, ...(init.signal ? { signal: init.signal } : {}) };
  const outgoing = request(url, options, resolve);
  outgoing.on("error", reject);
  outgoing.on("upgrade", (_, socket) => {
    socket.destroy();
    reject(new TypeError(`${url.origin} wants another protocol.`));
  });
  outgoing.end(body);
  return promise;
}

function contentOf(body: RequestInit["body"]): string | Uint8Array | undefined {
  if (body === undefined || body === null || typeof body === "string") return body ?? undefined;
  if (body instanceof Uint8Array) return body;
  if (body instanceof URLSearchParams) return body.toString();
  throw new TypeError("Only text and bytes can be sent.");
}

async function bodyOf(incoming: IncomingMessage, maximumBytes?: number): Promise<Buffer | ReadableStream> {
  // Node's own web streams and the standard's are one; their types are not.
  if (maximumBytes === undefined && incoming.headers["content-type"]?.startsWith("text/event-stream")) {
    return Readable.toWeb(incoming) as ReadableStream;
  }
  // By its events: the asynchronous iterator of a stream takes longer than all the rest of a small exchange.
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let length = 0;
  incoming.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (maximumBytes === undefined || length <= maximumBytes) return chunks.push(chunk);
    // What is not read must not keep coming.
    incoming.destroy();
    return reject(new TypeError(`The answer is longer than ${maximumBytes} bytes.`));
  });
  incoming.once("end", () => resolve(Buffer.concat(chunks)));
  incoming.once("error", reject);
  incoming.once("close", () => reject(new TypeError("The connection ended before the answer did.")));
  return promise;
}

function pairs(raw: readonly string[]): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, index) => [raw[index * 2] ?? "", raw[index * 2 + 1] ?? ""]);
}

function drained(incoming: IncomingMessage): null {
  incoming.resume();
  return null;
}
