import { randomUUID } from "node:crypto";
import { Server, WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/server";
import { serveWeb, type WebServer } from "./webServer.ts";

/** An MCP server of the era of sessions, which remembers something for each of them. */
export interface SessionUpstream extends WebServer {
  readonly endpoint: string;
  /** Ends every session, as a restart would. */
  forget(): void;
}

/** Starts it. Its one tool, `remember`, notes a word and gives back every word of the session so far. */
export async function startSessionUpstream(): Promise<SessionUpstream> {
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();

  async function open(): Promise<WebStandardStreamableHTTPServerTransport> {
    const words: string[] = [];
    const server = new Server({ name: "sessions", version: "1.0.0" }, { capabilities: { tools: {} } });
    const inputSchema = { type: "object" as const, properties: { word: { type: "string" } }, required: ["word"] };
    server.setRequestHandler("tools/list", () => ({ tools: [{ name: "remember", inputSchema }] }));
    server.setRequestHandler("tools/call", ({ params }) => {
      words.push(String(params.arguments?.word));
      return { content: [{ type: "text", text: words.join(" ") }] };
    });
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      enableJsonResponse: true,
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    await server.connect(transport);
    return transport;
  }

  const web = await serveWeb(async (request) => {
    if (request.method === "GET") return new Response(null, { status: 405 });
    const id = request.headers.get("mcp-session-id");
    if (id === null) return (await open()).handleRequest(request);
    const transport = sessions.get(id);
    return transport?.handleRequest(request) ?? Response.json({ error: "no such session" }, { status: 404 });
  });
  return { ...web, endpoint: `${web.url}/mcp`, forget: () => sessions.clear() };
}
