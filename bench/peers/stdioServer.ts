import { Server } from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import { upstreamTools } from "../../test/support/upstream.ts";

/** The upstream's `echo` on standard input and output, for a peer that puts such servers on HTTP. */
const server = new Server({ name: "upstream", version: "1.0.0" }, { capabilities: { tools: {} } });
server.setRequestHandler("tools/list", () => ({ tools: upstreamTools }));
server.setRequestHandler("tools/call", ({ params }) => ({
  content: [{ type: "text", text: JSON.stringify(params.arguments) }],
}));
await server.connect(new StdioServerTransport());
