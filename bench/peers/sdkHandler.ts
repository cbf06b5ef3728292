import { createMcpHandler, Server } from "@modelcontextprotocol/server";
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";

/** The peer: the plainest MCP server on Lambda that the MCP SDK gives. It knows one tool, nobody, and no policy. */
const mcp = createMcpHandler(() => {
  const server = new Server({ name: "peer", version: "1.0.0" }, { capabilities: { tools: {} } });
  server.setRequestHandler("tools/call", ({ params }) => ({
    content: [{ type: "text", text: JSON.stringify(params.arguments) }],
  }));
  return server;
});

export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const headers = new Headers(
    Object.entries(event.headers).map(([name, value]): [string, string] => [name, `${value}`]),
  );
  const request = new Request("https://example.com/mcp", { method: "POST", headers, body: event.body });
  const response = await mcp.fetch(request);
  return { statusCode: response.status, body: await response.text() };
}
