import {
  createMcpHandler,
  type GetPromptResult,
  type ReadResourceResult,
  ResourceNotFoundError,
  Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { serveWeb, type WebServer } from "../support/webServer.ts";
import { callTool, tools } from "./fixtureTools.ts";
import { image, text } from "./samples.ts";

/** The MCP server behind the gate whose tools, prompts and resources the conformance suite knows by name. */
export async function startFixture(): Promise<WebServer & { readonly endpoint: string }> {
  const handler = createMcpHandler(serverOf);
  const web = await serveWeb((request) => handler.fetch(request));
  return { ...web, endpoint: `${web.url}/mcp` };
}

function serverOf(): Server {
  const capabilities = { tools: {}, prompts: {}, resources: {}, completions: {}, logging: {} };
  const server = new Server({ name: "conformance-fixture", version: "1.0.0" }, { capabilities });
  server.setRequestHandler("tools/list", () => ({ tools }));
  server.setRequestHandler("tools/call", ({ params }, context) => callTool(params.name, context));
  server.setRequestHandler("prompts/list", () => ({ prompts }));
  server.setRequestHandler("prompts/get", ({ params }, context) =>
    prompt(params.name, params.arguments ?? {}, context),
  );
  server.setRequestHandler("resources/list", () => ({ resources }));
  server.setRequestHandler("resources/templates/list", () => ({
    resourceTemplates: [{ name: "template", uriTemplate: "test://template/{id}/data", mimeType: "application/json" }],
  }));
  server.setRequestHandler("resources/read", ({ params }) => ({ contents: [contentsOf(params.uri)] }));
  server.setRequestHandler("completion/complete", () => ({ completion: { values: [], total: 0, hasMore: false } }));
  return server;
}

const prompts = [
  { name: "test_simple_prompt", description: "A prompt without arguments" },
  {
    name: "test_prompt_with_arguments",
    description: "A prompt with arguments",
    arguments: [
      { name: "arg1", description: "The first", required: true },
      { name: "arg2", description: "The second", required: true },
    ],
  },
  {
    name: "test_prompt_with_embedded_resource",
    description: "A prompt with a resource in it",
    arguments: [{ name: "resourceUri", description: "The resource's address", required: true }],
  },
  { name: "test_prompt_with_image", description: "A prompt with an image" },
  { name: "test_input_required_result_prompt", description: "A prompt that asks for its context" },
];

function prompt(name: string, args: Record<string, string>, { mcpReq }: ServerContext): GetPromptResult {
  const say = (...content: GetPromptResult["messages"][number]["content"][]): GetPromptResult => ({
    messages: content.map((each) => ({ role: "user", content: each })),
  });
  switch (name) {
    case "test_simple_prompt":
      return say(text("This is a simple prompt for testing."));
    case "test_prompt_with_arguments":
      return say(text(`Prompt with arguments: arg1='${args.arg1}', arg2='${args.arg2}'`));
    case "test_prompt_with_embedded_resource": {
      const resource = { uri: args.resourceUri ?? "", mimeType: "text/plain", text: "Embedded resource content." };
      return say({ type: "resource", resource }, text("Please process the embedded resource above."));
    }
    case "test_prompt_with_image":
      return say(image, text("Please analyze the image above."));
    case "test_input_required_result_prompt":
      if (mcpReq.inputResponses === undefined) return askForContext as unknown as GetPromptResult;
      return say(text("The context is known."));
    default:
      throw new Error(`There is no prompt ${name}.`);
  }
}

/** The SDK's types know of it for tools alone. */
const askForContext = {
  resultType: "input_required",
  inputRequests: {
    user_context: {
      method: "elicitation/create",
      params: {
        message: "What context should the prompt use?",
        requestedSchema: { type: "object", properties: { context: { type: "string" } }, required: ["context"] },
      },
    },
  },
};

const resources = [
  { name: "static-text", uri: "test://static-text", mimeType: "text/plain" },
  { name: "static-binary", uri: "test://static-binary", mimeType: "image/png" },
  { name: "watched-resource", uri: "test://watched-resource", mimeType: "text/plain" },
];

function contentsOf(uri: string): ReadResourceResult["contents"][number] {
  if (uri === "test://static-binary") return { uri, mimeType: "image/png", blob: image.data };
  if (resources.some((resource) => resource.uri === uri)) {
    return { uri, mimeType: "text/plain", text: "This is the content of the static text resource." };
  }
  const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1];
  if (id === undefined) throw new ResourceNotFoundError(uri);
  return {
    uri,
    mimeType: "application/json",
    text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
  };
}
