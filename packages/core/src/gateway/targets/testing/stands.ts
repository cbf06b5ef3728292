import type { ServerResponse } from "node:http";
import type { TargetConfiguration } from "@aws-sdk/client-bedrock-agentcore-control";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { createMcpHandler, Server } from "@modelcontextprotocol/server";
import type { Principal } from "../../../identity/principal.ts";
import { isJsonObject, type JsonObject } from "../../../json.ts";
import { binding, type GatewayRecord, type ToolDescription } from "../../../storage/records.ts";
import type { Exchange } from "../../protocol/exchange.ts";
import { createRequestSigner } from "../http/sign.ts";
import { type Received, startServer, targetNamed } from "../http/testing.ts";
import { targetKinds } from "../kinds.ts";
import type { HttpBinding } from "../openApiSchema/binding.ts";
import { shopModel, toolsIn, withEndpoint } from "../smithyModel/testing.ts";
import type { TargetKind } from "../target.ts";
import type { Behaviour, Stand } from "./contract.ts";

const oversized = "x".repeat(7_000_000);
const accessKey = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
const principal: Principal = { type: "AgentCore::OAuthUser", id: "alice", tags: {} };
const inputSchema: JsonObject = { type: "object" };

/** Calls of a kind whose targets answer at the wire as `answer` says. */
async function standOf(options: {
  kind: (url: string, allowLoopback: boolean) => TargetKind;
  /** The configuration of a target whose tool behaves so. */
  configuration: (url: string, behaviour: Behaviour) => TargetConfiguration["mcp"];
  tool: (url: string, behaviour: Behaviour) => ToolDescription;
  answer: (request: Received, outgoing: ServerResponse, arrived: () => void) => void;
  traceContext: (request: Received) => JsonObject;
  except?: Stand["except"];
  credentials?: "GATEWAY_IAM_ROLE";
}): Promise<Stand> {
  let arrival = Promise.withResolvers<void>();
  const calls: Received[] = [];
  const exchange: Exchange = { era: "modern", notify: () => {}, gone: new AbortController().signal };
  const server = await startServer((request, _, outgoing) => {
    options.answer(request, outgoing, () => {
      calls.push(request);
      arrival.resolve();
    });
  });
  const kinds = { near: options.kind(server.url, true), far: options.kind(server.url, false) };
  return {
    call: (behaviour, { allowLoopback = true, ...given }) =>
      kinds[allowLoopback ? "near" : "far"].call({
        gateway: { gatewayId: "gateway" } as GatewayRecord, // No kind looks at anything else of it.
        target: {
          ...targetNamed(`Target-${behaviour}`),
          targetConfiguration: { mcp: options.configuration(server.url, behaviour) } as TargetConfiguration,
          credentialProviderConfigurations:
            options.credentials === undefined ? [] : [{ credentialProviderType: options.credentials }],
        },
        tool: options.tool(server.url, behaviour),
        qualifiedName: `Target___${behaviour}`,
        requestId: "1",
        principal,
        params: { name: `Target___${behaviour}`, arguments: given.arguments },
        exchange,
        headers: {},
        query: {},
        onResponseHeaders: () => {},
        ...given,
      }),
    arrival() {
      arrival = Promise.withResolvers();
      return arrival.promise;
    },
    requests: () => server.received.length,
    traceContext: () => {
      const last = calls.at(-1);
      return last === undefined ? {} : options.traceContext(last);
    },
    ...(options.except === undefined ? {} : { except: options.except }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const region = "us-east-1";
const unusedLambda = () => new LambdaClient({ region, credentials: accessKey });

/** A kind of target that is called by plain HTTP. */
function httpStand(
  name: "openApiSchema" | "apiGateway",
  configuration: TargetConfiguration["mcp"],
): () => Promise<Stand> {
  return () =>
    standOf({
      kind: (_, allowLoopback) => kindNamed(name, unusedLambda(), allowLoopback),
      configuration: () => configuration,
      tool: (url, behaviour) => ({
        name: behaviour,
        inputSchema,
        outputSchema: { type: "object" },
        [binding]: JSON.stringify({
          method: "POST",
          server: url,
          path: `/${behaviour}`,
          parameters: [],
          body: { contentType: "application/json", encoding: "json", required: true, properties: ["text", "count"] },
          accept: "application/json",
        } satisfies HttpBinding),
      }),
      answer(request, outgoing, arrived) {
        arrived();
        plainAnswer(request.path.slice(1), request.body, outgoing);
      },
      traceContext: ({ headers: { traceparent = "", tracestate = "" } }) => ({ traceparent, tracestate }),
      ...(name === "apiGateway" ? { credentials: "GATEWAY_IAM_ROLE" as const } : {}),
    });
}

export const openApiStand = httpStand("openApiSchema", { openApiSchema: { inlinePayload: "" } });
export const apiGatewayStand = httpStand("apiGateway", {
  apiGateway: { restApiId: "abc", stage: "prod", apiGatewayToolConfiguration: { toolFilters: [] } },
});

/** A service that a Smithy model describes, with an operation for every way to behave. */
export const smithyModelStand = (): Promise<Stand> =>
  standOf({
    kind: (_, allowLoopback) => kindNamed("smithyModel", unusedLambda(), allowLoopback),
    configuration: () => ({ smithyModel: { inlinePayload: "" } }),
    tool: (url, behaviour) => echoOperation(url, `/${behaviour}`),
    answer(request, outgoing, arrived) {
      arrived();
      plainAnswer(request.path.slice(1), request.body, outgoing);
    },
    traceContext: ({ headers: { traceparent = "", tracestate = "" } }) => ({ traceparent, tracestate }),
  });

function echoOperation(url: string, uri: string): ToolDescription {
  const members = { text: { target: "smithy.api#String" }, count: { target: "smithy.api#Integer" } };
  const model = shopModel(
    { "shop#Input": { type: "structure", members }, "shop#Output": { type: "structure", members } },
    { traits: { "smithy.api#http": { method: "POST", uri } } },
  );
  const tool = toolsIn(withEndpoint(model, url)).get("Ask");
  if (tool === undefined) throw new Error("The model has no operation.");
  return tool;
}

/** Lambda's Invoke operation, in front of functions that behave as their names say. */
export function lambdaStand(): Promise<Stand> {
  return standOf({
    kind: (endpoint, allowLoopback) =>
      kindNamed(
        "lambda",
        new LambdaClient({ region, endpoint, credentials: accessKey, maxAttempts: 1 }),
        allowLoopback,
      ),
    configuration: (_, behaviour) => ({ lambda: { lambdaArn: behaviour, toolSchema: { inlinePayload: [] } } }),
    tool: (_, behaviour) => ({ name: behaviour, inputSchema, outputSchema: { type: "object" } }),
    answer({ path, body }, outgoing, arrived) {
      arrived();
      const behaviour = path.split("/").at(-2) ?? "";
      if (behaviour === "fail") outgoing.setHeader("x-amz-function-error", "Unhandled");
      plainAnswer(behaviour === "fail" ? "echo" : behaviour, body, outgoing);
    },
    traceContext: () => ({}),
    except: {
      traceContext: "AgentCore's client context has no place for it",
      reachable: "a Lambda target has no address: calls go to AWS, or where the host's environment says",
    },
  });
}

/** A server of the MCP SDK, whose tool calls can be cut off. */
export async function mcpServerStand(): Promise<Stand> {
  const handler = createMcpHandler(() => {
    const server = new Server({ name: "stand", version: "1.0.0" }, { capabilities: { tools: {} } });
    server.setRequestHandler("tools/call", ({ params }) => ({
      content: [{ type: "text", text: JSON.stringify(params.arguments) }],
      ...(params.name === "fail" ? { isError: true } : {}),
    }));
    return server;
  });
  return standOf({
    kind: (_, allowLoopback) => kindNamed("mcpServer", unusedLambda(), allowLoopback),
    configuration: (url) => ({ mcpServer: { endpoint: `${url}/mcp` } }),
    tool: (_, behaviour) => ({ name: behaviour, inputSchema }),
    answer(request, outgoing, arrived) {
      const { name, called } = toolCallIn(request);
      if (called) arrived();
      if (called && name !== "echo" && name !== "fail") plainAnswer(name, request.body, outgoing);
      else void forward(handler.fetch, request, outgoing);
    },
    traceContext: (request) => toolCallIn(request).meta,
    except: { oversized: "answers of MCP servers have the bound of every connection, 10 MB" },
  });
}

function toolCallIn({ body }: Received): { name: string; called: boolean; meta: JsonObject } {
  const message: unknown = body === "" ? {} : JSON.parse(body);
  if (!isJsonObject(message) || message.method !== "tools/call" || !isJsonObject(message.params)) {
    return { name: "", called: false, meta: {} };
  }
  const { name, _meta = {} } = message.params;
  return { name: String(name), called: true, meta: isJsonObject(_meta) ? _meta : {} };
}

async function forward(
  fetch: (request: Request) => Promise<Response>,
  { method, path, headers, bytes }: Received,
  outgoing: ServerResponse,
): Promise<void> {
  const body = method === "GET" || method === "HEAD" ? {} : { body: new Uint8Array(bytes) };
  const response = await fetch(new Request(`http://${headers.host}${path}`, { method, headers, ...body }));
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}

function plainAnswer(behaviour: string, body: string, outgoing: ServerResponse): void {
  const json = { "content-type": "application/json" };
  switch (behaviour) {
    case "echo":
      outgoing.writeHead(200, json).end(body);
      break;
    case "fail":
      outgoing.writeHead(500, json).end('{"message":"failed"}');
      break;
    case "garbage":
      outgoing.writeHead(200, json).end('{"half": ');
      break;
    case "reset":
      outgoing.destroy();
      break;
    case "oversized":
      outgoing.writeHead(200, json).end(JSON.stringify({ oversized }));
      break;
    case "hang":
  }
}

/** As the gateway has it, but with credentials that are always there. */
function kindNamed(name: string, lambda: LambdaClient, allowLoopback: boolean): TargetKind {
  const sign = createRequestSigner({ credentials: async () => accessKey });
  const kind = targetKinds({ lambda, allowLoopback, region, sign })[name];
  if (kind === undefined) throw new Error(`There is no kind ${name}.`);
  return kind;
}
