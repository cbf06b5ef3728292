import { LRUCache } from "lru-cache";
import { untilAborted } from "../../../abort.ts";
import { isJsonObject, type JsonObject } from "../../../json.ts";
import type { TargetRecord } from "../../../storage/records.ts";
import type { TargetCredential } from "../credentials/credential.ts";
import { endSession, envelope, headersOf, negotiate, type Peer } from "./peer.ts";
import { type Answered, type Endpoint, post, UpstreamRefusal } from "./post.ts";

/** A request to an MCP server on somebody's behalf. */
export interface UpstreamRequest {
  readonly target: TargetRecord;
  /** Whose request it is: what a server keeps in a session belongs to one caller at one target (T04). */
  readonly onBehalfOf: readonly string[];
  /** What it goes out with. What a server keeps in a session belongs to one credential, too. */
  readonly credential?: TargetCredential | undefined;
  /** Nobody comes again to what is kept for this one: whoever asks gives it up. It never takes the place of what is kept. */
  readonly once?: boolean | undefined;
  readonly method: string;
  readonly params: JsonObject;
  /** What the caller's client can be asked for in an answer of 2026-07-28. */
  readonly capabilities?: JsonObject;
  /** Headers of the caller's that go with it; those of the protocol come before them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Headers that mirror the request in 2026-07-28. */
  readonly mirrored?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Told of the headers of the answer, before anything else of it. */
  readonly onResponseHeaders?: ((headers: Headers, status: number) => void) | undefined;
  /** Told of notifications that come ahead of the answer. */
  readonly onNotification?: (method: string, params: JsonObject) => void;
}

/** MCP servers by what they are asked. */
export interface Upstreams {
  /**
   * Asks a server in whichever way it speaks, and gives its result as it said it.
   * @throws UpstreamRefusal, or what goes wrong with the connection
   */
  request(request: UpstreamRequest): Promise<JsonObject>;
  /**
   * What a server says it can do.
   * @throws UpstreamRefusal, or what goes wrong with the connection
   */
  capabilities(request: Kept & Pick<UpstreamRequest, "signal">): Promise<JsonObject>;
  /** Ends what is kept, once the requests under way are done. */
  giveUp(kept: Kept): void;
}

/** What says whose something is that is kept. */
export type Kept = Pick<UpstreamRequest, "target" | "onBehalfOf" | "credential" | "once">;

/** How long it is believed that a server speaks as it did; with a session, from its last use. */
const verdictMilliseconds = 300_000;
const negotiationMilliseconds = 30_000;
const maxPeers = 1_000;

interface Held {
  readonly endpoint: Endpoint;
  readonly peer: Promise<Peer>;
  /** What the peer is, once that is known. */
  known?: Peer;
  /** How many requests are under way. */
  requests: number;
  /** No further request will use it: its session ends with the last one. */
  retired: boolean;
}

/** Keeps how servers speak and the sessions with them, for one caller at one target each. */
export function createUpstreams({ allowLoopback }: { readonly allowLoopback: boolean }): Upstreams {
  const kept = createStore();
  // Strangers, of whom anybody may be as many as they like, push nobody else's sessions out.
  const passing = createStore();
  const storeOf = ({ once }: Kept) => (once === true ? passing : kept);

  function hold(key: string, request: Kept): Held {
    const { target, credential } = request;
    const held = storeOf(request);
    const endpoint = { url: target.targetConfiguration.mcp?.mcpServer?.endpoint ?? "", allowLoopback, credential };
    // Whoever asks first may go away: others wait for the same answer.
    const peer = negotiate(endpoint, AbortSignal.timeout(negotiationMilliseconds));
    const entry: Held = { endpoint, peer, requests: 0, retired: false };
    held.set(key, entry);
    peer.then(
      (known) => {
        entry.known = known;
      },
      // What failed is not believed; whoever waits for it hears of it.
      () => release(held, key, entry),
    );
    return entry;
  }

  function release(held: Store, key: string, entry: Held): void {
    if (held.peek(key) === entry) held.delete(key);
  }

  async function ask(entry: Held, request: UpstreamRequest): Promise<JsonObject> {
    entry.requests++;
    try {
      const peer = entry.known ?? (await untilAborted(entry.peer, request.signal));
      const answered =
        peer.era === "modern" ? askModern(entry.endpoint, peer, request) : askLegacy(entry.endpoint, peer, request);
      return (await answered).result;
    } finally {
      entry.requests--;
      endIfUnused(entry);
    }
  }

  return {
    async request(request) {
      const key = keyOf(request);
      const held = storeOf(request);
      // A session lives on as long as it is used; a verdict alone is asked for anew.
      const known = held.get(key, { updateAgeOnGet: hasSession(held.peek(key)) });
      const entry = known ?? hold(key, request);
      try {
        return await ask(entry, request);
      } catch (error) {
        if (known === undefined || !speaksOtherwise(error)) throw error;
        // The server didn't know what it was asked, and so did nothing: it has lost the session, or speaks otherwise now.
        release(held, key, entry);
        return await ask(held.get(key) ?? hold(key, request), request);
      }
    },
    async capabilities(request) {
      const key = keyOf(request);
      const { peer } = storeOf(request).get(key) ?? hold(key, request);
      return (await untilAborted(peer, request.signal)).capabilities;
    },
    giveUp(kept) {
      storeOf(kept).delete(keyOf(kept));
    },
  };
}

type Store = LRUCache<string, Held>;

function createStore(): Store {
  return new LRUCache<string, Held>({
    max: maxPeers,
    ttl: verdictMilliseconds,
    dispose: (entry) => {
      entry.retired = true;
      endIfUnused(entry);
    },
  });
}

function hasSession(entry: Held | undefined): boolean {
  return entry?.known?.era === "legacy" && entry.known.sessionId !== undefined;
}

function endIfUnused({ endpoint, peer, requests, retired }: Held): void {
  if (!retired || requests > 0) return;
  peer.then((known) => endSession(endpoint, known)).catch(() => {});
}

function keyOf({ target, onBehalfOf, credential }: Kept): string {
  return JSON.stringify([target.gatewayId, target.targetId, target.updatedAt, credential?.id ?? null, ...onBehalfOf]);
}

/** Whether a server has refused a request for how it was said, before it looked at what it says. */
function speaksOtherwise(error: unknown): boolean {
  if (!(error instanceof UpstreamRefusal)) return false;
  const { status, code } = error;
  if (code === unsupportedVersion) return true;
  return status === 404 || status === 405 || (status === 400 && code !== missingCapability && code !== invalidParams);
}

const unsupportedVersion = -32_022;
const missingCapability = -32_021;
const invalidParams = -32_602;

let lastId = 0;

function askModern(endpoint: Endpoint, peer: Peer, request: UpstreamRequest): Promise<Answered> {
  const { method, params, capabilities = {}, mirrored = {}, signal } = request;
  const id = ++lastId;
  const meta = { ...metaOf(params, id), ...envelope(peer.version, capabilities) };
  const message = { jsonrpc: "2.0", id, method, params: { ...params, _meta: meta } };
  const headers = { ...request.headers, ...headersOf(peer), "mcp-method": method, ...mirrored };
  const { onResponseHeaders: onHeaders } = request;
  return post({ endpoint, headers, message, signal, onHeaders, onMessage: (said) => tell(said, id, request) });
}

async function askLegacy(endpoint: Endpoint, peer: Peer, request: UpstreamRequest): Promise<Answered> {
  const { method, params, signal } = request;
  const id = ++lastId;
  const headers = headersOf(peer);
  const meta = Object.entries(metaOf(params, id)).filter(([key]) => !key.startsWith("io.modelcontextprotocol/"));
  const message = { jsonrpc: "2.0", id, method, params: { ...params, _meta: Object.fromEntries(meta) } };
  const send = (message: JsonObject) =>
    post({ endpoint, headers, message, signal: AbortSignal.timeout(5_000) }).catch(() => {});
  // To end the connection isn't to cancel the request (MCP 2025-11-25, "Cancellation").
  const cancel = () =>
    void send({
      jsonrpc: "2.0",
      method: "notifications/cancelled",
      params: { requestId: id, reason: "Nobody waits." },
    });
  signal.addEventListener("abort", cancel, { once: true });
  try {
    return await post({
      endpoint,
      headers: { ...request.headers, ...headers },
      message,
      signal,
      onHeaders: request.onResponseHeaders,
      onMessage: (said) => {
        if (said.id === undefined) tell(said, id, request);
        else void send(replyTo(said));
      },
    });
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

/** Nothing but a sign of life can be asked of the gateway: it has declared no capability, and speaks for nobody. */
function replyTo({ id = null, method }: JsonObject): JsonObject {
  if (method === "ping") return { jsonrpc: "2.0", id, result: {} };
  return { jsonrpc: "2.0", id, error: { code: -32_601, message: `Method not found: ${String(method)}` } };
}

/** The caller's `_meta`, with a progress token that no other request under way has. */
function metaOf({ _meta }: JsonObject, id: number): JsonObject {
  if (!isJsonObject(_meta)) return {};
  return _meta.progressToken === undefined ? _meta : { ..._meta, progressToken: id };
}

/** Tells of a notification, with the caller's own progress token. */
function tell(
  { method, params }: JsonObject,
  id: number,
  { params: { _meta }, onNotification }: UpstreamRequest,
): void {
  if (typeof method !== "string") return;
  const given = isJsonObject(params) ? params : {};
  const token = isJsonObject(_meta) ? _meta.progressToken : undefined;
  if (method !== "notifications/progress") onNotification?.(method, given);
  else if (token !== undefined && given.progressToken === id)
    onNotification?.(method, { ...given, progressToken: token });
}
