import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { createMcpHandler, Server } from "@modelcontextprotocol/server";
import { serveWeb } from "../../test/support/webServer.ts";

/** The peer: the plainest proxy that the MCP SDK gives, with no identity, no policy and no record. */
const client = new Client({ name: "proxy", version: "1.0.0" }, { versionNegotiation: { mode: "auto" } });
await client.connect(new StreamableHTTPClientTransport(new URL(process.argv[2] ?? "")));
const { tools } = await client.listTools();
const handler = createMcpHandler(() => {
  const server = new Server({ name: "proxy", version: "1.0.0" }, { capabilities: { tools: {} } });
  server.setRequestHandler("tools/list", () => ({ tools }));
  server.setRequestHandler("tools/call", ({ params: { name, arguments: args = {} } }) => {
    const toolDefinition = tools.find((tool) => tool.name === name);
    return client.callTool({ name, arguments: args }, toolDefinition === undefined ? {} : { toolDefinition });
  });
  return server;
});
const web = await serveWeb((request) => handler.fetch(request));
process.send?.(`${web.url}/mcp`);
process.on("disconnect", () => process.exit());
