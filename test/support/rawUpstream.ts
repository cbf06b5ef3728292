import type { Json, JsonObject } from "@gatehouse/core/json.ts";
import { serveWeb, type WebServer } from "./webServer.ts";

/** What an MCP server was asked, as it arrived. */
export interface RawRequest {
  readonly headers: Headers;
  readonly message: JsonObject & { readonly params?: JsonObject };
  /** Aborts when whoever has asked has gone. */
  readonly gone: AbortSignal;
}

/** An MCP server that says exactly what a test wants it to say. */
export interface RawUpstream extends WebServer {
  readonly endpoint: string;
  readonly requests: RawRequest[];
  /** Speaks the era of `initialize` alone where it says so: with sessions, unless they are forgotten. */
  era: "modern" | "legacy";
  sessions: Set<string>;
  /** Answers tools/call and prompts/get: with a result, or with a stream that ends in one. */
  answer: (request: RawRequest) => JsonObject | Response | Promise<JsonObject | Response>;
  /** Answers tools/list. */
  list: () => JsonObject | Promise<JsonObject>;
}

const tools = [
  {
    name: "ask",
    description: "Asks",
    inputSchema: { type: "object" },
    annotations: { readOnlyHint: true, made: "up" },
  },
];
const prompts = [{ name: "ask", arguments: [{ name: "amount" }] }];
/** Of the newest version; before it, it has tools alone. */
const capabilities = { tools: {}, prompts: {} };
const serverInfo = { name: "raw", version: "1" };

/** Starts one. Its tool is `ask`, and so is its prompt. */
export async function startRawUpstream(): Promise<RawUpstream> {
  let sessions = 0;
  const respond = (id: Json | undefined, result: JsonObject, headers: Record<string, string> = {}) =>
    Response.json({ jsonrpc: "2.0", id, result }, { headers });
  const refuse = (status: number, code: number, id: Json = null) =>
    Response.json({ jsonrpc: "2.0", id, error: { code, message: "no" } }, { status });

  async function handle(request: Request): Promise<Response> {
    if (request.method === "DELETE") return new Response(null, { status: 204 });
    const message = (await request.json()) as RawRequest["message"];
    const { method, id } = message;
    const raw = { headers: request.headers, message, gone: request.signal };
    upstream.requests.push(raw);
    if (upstream.era === "legacy") {
      if (method === "initialize") {
        const session = `session-${++sessions}`;
        upstream.sessions.add(session);
        const result = { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo };
        return respond(id, result, { "mcp-session-id": session });
      }
      const session = request.headers.get("mcp-session-id");
      if (session === null) return refuse(400, -32_000);
      if (!upstream.sessions.has(session)) return refuse(404, -32_001);
    } else if (request.headers.get("mcp-method") === null) return refuse(400, -32_020);
    if (id === undefined) return new Response(null, { status: 202 });
    if (method === "server/discover") {
      return respond(id, { resultType: "complete", supportedVersions: ["2026-07-28"], capabilities });
    }
    if (method === "tools/list") return respond(id, await upstream.list());
    if (method === "prompts/list") return respond(id, { resultType: "complete", prompts });
    if (method !== "tools/call" && method !== "prompts/get") return refuse(404, -32_601, id);
    const answer = await upstream.answer(raw);
    return answer instanceof Response ? answer : respond(id, answer);
  }

  const web = await serveWeb(handle);
  const upstream: RawUpstream = {
    ...web,
    endpoint: `${web.url}/mcp`,
    requests: [],
    era: "modern",
    sessions: new Set(),
    answer: () => ({ content: [] }),
    list: () => ({ resultType: "complete", tools }),
  };
  return upstream;
}

/** A stream of events with these messages; with a body that is yet to be written, the writer says which. */
export function events(messages: AsyncIterable<object> | Iterable<object>): Response {
  const encoder = new TextEncoder();
  const body = ReadableStream.from(
    (async function* () {
      for await (const message of messages) yield encoder.encode(`data: ${JSON.stringify(message)}\n\n`);
    })(),
  );
  // Node's own web streams and the standard's are one; their types are not.
  return new Response(body as ConstructorParameters<typeof Response>[0], {
    headers: { "content-type": "text/event-stream" },
  });
}
