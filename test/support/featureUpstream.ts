import {
  createMcpHandler,
  type JSONRPCRequest,
  type Prompt,
  ProtocolError,
  type Resource,
  ResourceNotFoundError,
  type ResourceTemplateType,
  Server,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { serveWeb, type WebServer } from "./webServer.ts";

/** A real MCP server with prompts, resources, templates and completions, speaking both eras; what it was asked can be looked at. */
export interface FeatureUpstream extends WebServer {
  readonly endpoint: string;
  readonly asked: (Partial<JSONRPCRequest> & { readonly headers: Headers })[];
  prompts: Prompt[];
  resources: Resource[];
  templates: ResourceTemplateType[];
  /** How many entries a page of a list has. */
  pageSize: number;
}

export const upstreamPrompts: Prompt[] = [
  {
    name: "review",
    description: "Reviews code",
    arguments: [{ name: "language", required: true }, { name: "focus" }],
    _meta: { "example.com/kept": 1 },
  },
  { name: "greet", description: "Greets" },
  { name: "broken", description: "Fails in the protocol" },
];
export const upstreamResources: Resource[] = [
  { name: "readme", uri: "file:///public/readme.md", mimeType: "text/markdown", _meta: { "example.com/kept": 2 } },
  { name: "salaries", uri: "file:///secret/salaries.csv" },
];
export const upstreamTemplates: ResourceTemplateType[] = [
  { name: "public files", uriTemplate: "file:///public/{+path}" },
];

/** Starts it. Its lists come in pages. @param era `legacy` for a server that knows of nothing after 2025-11-25. */
export async function startFeatureUpstream(era: "both" | "legacy" = "both"): Promise<FeatureUpstream> {
  const asked: FeatureUpstream["asked"] = [];
  const serve = (): Server => {
    const server = new Server(
      { name: "features", version: "1.0.0" },
      { capabilities: { tools: {}, prompts: {}, resources: {}, completions: {} } },
    );
    server.setRequestHandler("tools/list", () => ({ tools: [{ name: "link", inputSchema: { type: "object" } }] }));
    server.setRequestHandler("tools/call", () => ({
      content: [{ type: "resource_link", name: "readme", uri: "file:///public/readme.md" }],
    }));
    server.setRequestHandler("prompts/list", ({ params }) => {
      const { page, ...rest } = pageOf(upstream.prompts, upstream.pageSize, params?.cursor);
      return { prompts: page, ...rest };
    });
    server.setRequestHandler("resources/list", ({ params }) => {
      const { page, ...rest } = pageOf(upstream.resources, upstream.pageSize, params?.cursor);
      return { resources: page, ...rest };
    });
    server.setRequestHandler("resources/templates/list", ({ params }) => {
      const { page, ...rest } = pageOf(upstream.templates, upstream.pageSize, params?.cursor);
      return { resourceTemplates: page, ...rest };
    });
    server.setRequestHandler("prompts/get", ({ params }) => {
      if (params.name === "broken") throw new Error("the upstream crashed with secret-detail");
      if (params.arguments?.language === "cobol") throw new ProtocolError(-32_602, "no cobol, secret-detail");
      const text = `${params.name} ${JSON.stringify(params.arguments ?? {})}`;
      const uri = "file:///public/readme.md";
      return {
        messages: [
          { role: "user", content: { type: "text", text } },
          { role: "user", content: { type: "resource", resource: { uri, text: "read me" } } },
        ],
        "example.com/kept": true,
        _meta: { "gatehouse/decisionId": "spoofed", "example.com/meta": 3 },
      };
    });
    server.setRequestHandler("resources/read", ({ params }) => {
      if (params.uri.includes("missing")) throw new ResourceNotFoundError(params.uri);
      return {
        contents: [{ uri: params.uri, text: `contents of ${params.uri}`, _meta: { "example.com/kept": 4 }, other: 5 }],
      };
    });
    server.setRequestHandler("completion/complete", ({ params }) => {
      return { completion: { values: [`${params.argument.value}script`], total: 1, hasMore: false } };
    });
    return server;
  };
  const modern = createMcpHandler(serve);
  const legacy = async (request: Request) => {
    const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
    await serve().connect(transport);
    return transport.handleRequest(request);
  };
  const web = await serveWeb(async (request) => {
    // As it arrives: the SDK shows its handlers no member that it doesn't know.
    const message = request.method === "POST" ? ((await request.clone().json()) as Partial<JSONRPCRequest>) : {};
    if (askedFor.has(message.method ?? "")) asked.push({ ...message, headers: request.headers });
    return era === "legacy" ? legacy(request) : modern.fetch(request);
  });
  const upstream: FeatureUpstream = {
    ...web,
    endpoint: `${web.url}/mcp`,
    asked,
    prompts: upstreamPrompts,
    resources: upstreamResources,
    templates: upstreamTemplates,
    pageSize: 1,
  };
  return upstream;
}

const askedFor = new Set(["prompts/get", "resources/read", "completion/complete"]);

function pageOf<T>(all: readonly T[], size: number, cursor = "0"): { page: T[]; nextCursor?: string } {
  const at = Number(cursor);
  return { page: all.slice(at, at + size), ...(at + size < all.length ? { nextCursor: String(at + size) } : {}) };
}
