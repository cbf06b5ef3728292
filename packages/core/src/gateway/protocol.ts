import {
  type AuthInfo,
  createMcpHandler,
  isLegacyRequest,
  type McpRequestContext,
  Server,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import type { Call } from "./call.ts";
import { callTool } from "./callTool.ts";
import type { GatewayDependencies } from "./dependencies.ts";
import { featureCapabilities, featureMethods } from "./features/methods.ts";
import { listTools } from "./listTools.ts";

/** Serves one authenticated, strictly parsed request in the protocol era it speaks. */
export type Protocol = (request: Request, call: Call) => Promise<Response>;

/**
 * Both eras of MCP on one endpoint, on the MCP SDK: 2026-07-28, and 2025-03-26 to 2025-11-25 without sessions. A server
 * instance lives for one request (T04).
 */
export function createProtocol(dependencies: GatewayDependencies): Protocol {
  const modern = createMcpHandler((context) => serverFor(callOf(context), dependencies), {
    legacy: "reject",
    // Nothing is offered to subscribe to, and an answer that is held open would hold a function.
    maxSubscriptions: 0,
  });

  async function legacy(request: Request, call: Call): Promise<Response> {
    const server = serverFor(call, dependencies);
    const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
    try {
      await server.connect(transport);
      return await transport.handleRequest(request, { parsedBody: call.message });
    } finally {
      await server.close();
    }
  }

  return async (request, call) => {
    if (await isLegacyRequest(request, call.message)) return legacy(request, call);
    return modern.fetch(request, { parsedBody: call.message, authInfo: carrying(call) });
  };
}

/** The SDK hands a request's `authInfo` to the factory as it is: the way for the call to reach its server. No token. */
function carrying(call: Call): AuthInfo {
  return { token: "", clientId: call.principal.agent ?? "", scopes: [], extra: { call } };
}

function callOf({ authInfo }: McpRequestContext): Call {
  const call = authInfo?.extra?.call;
  if (call === undefined) throw new Error("A request reached the protocol without its call.");
  // Only `carrying` above makes an authInfo.
  return call as Call;
}

function serverFor(call: Call, dependencies: GatewayDependencies): Server {
  const { gateway } = call.snapshot.configuration;
  const instructions = gateway.protocolConfiguration?.mcp?.instructions;
  const server = new Server(
    { name: gateway.name, version: String(gateway.version) },
    {
      capabilities: { tools: {}, ...featureCapabilities(call) },
      ...(instructions === undefined ? {} : { instructions }),
    },
  );
  server.setRequestHandler("tools/list", () => listTools(call, dependencies));
  server.setRequestHandler("tools/call", () => callTool(call, dependencies));
  for (const [method, answer] of featureMethods(call)) {
    // What a target answers is passed on as it is: whether it fits the protocol's types is between the agent and the target.
    server.setRequestHandler(method, () => answer(call, dependencies) as Promise<never>);
  }
  return server;
}
