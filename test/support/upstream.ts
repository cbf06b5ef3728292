import {
  type CallToolResult,
  createMcpHandler,
  type JSONRPCRequest,
  Server,
  type Tool,
} from "@modelcontextprotocol/server";
import { serveWeb, type WebServer } from "./webServer.ts";

/** What the upstream was asked: the headers and the parameters of each tools/call. */
export interface UpstreamCall {
  readonly headers: Headers;
  readonly params: JSONRPCRequest["params"];
}

/** A real MCP server to put behind the gate, speaking both eras; what it was asked can be looked at. */
export interface Upstream extends WebServer {
  readonly endpoint: string;
  readonly calls: UpstreamCall[];
  tools: Tool[];
}

const object = (
  properties: NonNullable<Tool["inputSchema"]["properties"]>,
  required: string[] = [],
): Tool["inputSchema"] => ({
  type: "object",
  properties,
  required,
});

/** `echo` gives its arguments back, `fail` reports a tool error, `crash` fails in the protocol. */
export const upstreamTools: Tool[] = [
  { name: "echo", description: "Gives its arguments back", inputSchema: object({ text: { type: "string" } }) },
  {
    name: "transfer",
    description: "Moves money",
    inputSchema: object({ amount: { type: "integer", "x-mcp-header": "Amount" }, to: { type: "string" } }, ["amount"]),
  },
  { name: "fail", description: "Reports a tool error", inputSchema: object({}) },
  { name: "crash", description: "Fails in the protocol", inputSchema: object({}) },
];

/** Starts the upstream. */
export async function startUpstream(
  tools: Tool[] = upstreamTools,
  port = 0,
  /** Held before each call is answered. */
  beforeAnswer: (tool: string) => Promise<void> = async () => {},
): Promise<Upstream> {
  const calls: UpstreamCall[] = [];
  const handler = createMcpHandler(({ requestInfo }) => {
    const server = new Server({ name: "upstream", version: "1.0.0" }, { capabilities: { tools: {} } });
    server.setRequestHandler("tools/list", () => ({ tools: upstream.tools }));
    server.setRequestHandler("tools/call", async ({ params }) => {
      calls.push({ headers: requestInfo?.headers ?? new Headers(), params });
      await beforeAnswer(params.name);
      return answer(params.name, params.arguments ?? {});
    });
    return server;
  });
  const web = await serveWeb((request) => handler.fetch(request), port);
  const upstream: Upstream = { ...web, endpoint: `${web.url}/mcp`, calls, tools };
  return upstream;
}

function answer(name: string, args: Record<string, unknown>): CallToolResult {
  if (name === "crash") throw new Error("the upstream crashed with secret-detail");
  const content = [{ type: "text" as const, text: name === "fail" ? "it failed" : JSON.stringify(args) }];
  if (name === "fail") return { content, isError: true };
  // What an answer says of the gateway's own affairs must not be believed.
  return { content, structuredContent: { name, arguments: args }, _meta: { "gatehouse/decisionId": "spoofed" } };
}
