import {
  Client,
  ProtocolError,
  type RequestOptions,
  SdkHttpError,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
import type { CallToolResult } from "@modelcontextprotocol/server";
import { LRUCache } from "lru-cache";
import * as z from "zod";
import { assertReachable } from "../../../egress.ts";
import { messageOf } from "../../../errors.ts";
import { outboundFetch } from "../../../outbound.ts";
import type { TargetRecord, ToolDescription } from "../../../storage/records.ts";
import { type Invocation, TargetError, type TargetKind, type TargetRequest } from "../target.ts";
import { askServer, type FeatureServer, readFeatures } from "./features.ts";

const callMilliseconds = 60_000;
const listMilliseconds = 30_000;
const idleMilliseconds = 300_000;

interface Connection {
  readonly client: Promise<Client>;
  /** How many calls are under way. */
  calls: number;
  /** No further call will use it: it closes when the last one is done. */
  retired: boolean;
}

/**
 * An MCP server as a target, over streamable HTTP, in whichever era it speaks. A connection belongs to one principal at
 * one target (T04): what a server keeps in a session of one caller never meets another. The caller's token is not sent
 * (T01).
 */
export function mcpServerTarget(options: { allowLoopback: boolean }): TargetKind {
  const connections = new LRUCache<string, Connection>({
    max: 1_000,
    ttl: idleMilliseconds,
    updateAgeOnGet: true,
    dispose: (connection) => {
      connection.retired = true;
      closeIfUnused(connection);
    },
  });

  function connectionFor(key: string, target: TargetRecord): Connection {
    const existing = connections.get(key);
    if (existing !== undefined) return existing;
    const connection = { client: connect(target, options.allowLoopback), calls: 0, retired: false };
    connections.set(key, connection);
    return connection;
  }

  async function useOnce<T>(connection: Connection, use: (client: Client) => Promise<T>): Promise<T> {
    connection.calls++;
    try {
      return await use(await connection.client);
    } finally {
      connection.calls--;
      closeIfUnused(connection);
    }
  }

  /** Forgets a connection that failed, unless another has taken its place. */
  function forget(key: string, connection: Connection): void {
    if (connections.peek(key) === connection) connections.delete(key);
  }

  /** Uses the caller's connection to a target. @throws TargetError */
  async function withConnection<T>(
    { gateway, target, principal }: Pick<Invocation, "gateway" | "target" | "principal">,
    use: (client: Client) => Promise<T>,
  ): Promise<T> {
    const key = JSON.stringify([gateway.gatewayId, target.targetId, target.updatedAt, principal.type, principal.id]);
    const known = connections.has(key);
    let connection = connectionFor(key, target);
    try {
      return await useOnce(connection, use).catch((error: unknown) => {
        if (!known || !isSessionGone(error)) throw error;
        // The server has forgotten the session and so did nothing: a new one may try again (MCP, "Session management").
        forget(key, connection);
        connection = connectionFor(key, target);
        return useOnce(connection, use);
      });
    } catch (error) {
      if (error instanceof TargetError) throw error;
      // An error of the protocol is an answer: the connection works.
      if (!(error instanceof ProtocolError)) forget(key, connection);
      throw new TargetError(`${target.name} failed: ${messageOf(error)}`, { cause: error });
    }
  }

  const askFor = (asked: TargetRequest, method: Parameters<typeof askServer>[1]) =>
    withConnection(asked, (client) =>
      askServer(serverOf(client, { timeout: callMilliseconds, signal: asked.signal }), method, asked.params),
    );

  return {
    call: (invocation) => withConnection(invocation, (client) => callOn(client, invocation)),
    getPrompt: (asked) => askFor(asked, "prompts/get"),
    readResource: (asked) => askFor(asked, "resources/read"),
    complete: (asked) => askFor(asked, "completion/complete"),
    async discover(target) {
      let client: Client | undefined;
      try {
        client = await connect(target, options.allowLoopback);
        const { tools } = await client.listTools(undefined, { timeout: listMilliseconds });
        const beside = await readFeatures(serverOf(client, { timeout: listMilliseconds }));
        return { tools: tools as readonly ToolDescription[], ...beside };
      } catch (error) {
        throw new TargetError(`${target.name} did not list its tools: ${messageOf(error)}`, { cause: error });
      } finally {
        await client?.close().catch(() => {});
      }
    },
  };
}

function callOn(client: Client, { tool, arguments: args, traceContext, signal }: Invocation): Promise<CallToolResult> {
  const { outputSchema: _unchecked, ...toolDefinition } = tool;
  const meta = Object.keys(traceContext).length === 0 ? {} : { _meta: traceContext };
  return client.callTool(
    { name: tool.name, arguments: args, ...meta },
    {
      // Lets the client mirror arguments into headers without asking for the tool list. The result is passed on as it is,
      // not checked against the output schema: that is between the agent and the tool.
      toolDefinition: { ...toolDefinition, inputSchema: { ...toolDefinition.inputSchema, type: "object" as const } },
      timeout: callMilliseconds,
      signal,
    },
  );
}

/** A connected client as whoever asks for something else than a tool uses it: results are passed on as they are. */
function serverOf(client: Client, options: RequestOptions): FeatureServer {
  return {
    capabilities: client.getServerCapabilities() ?? {},
    request: (method, params) => client.request({ method, params }, anyObject, options),
  };
}

const anyObject = z.record(z.string(), z.json());

function closeIfUnused({ client, calls, retired }: Connection): void {
  if (!retired || calls > 0) return;
  client.then((connected) => connected.close()).catch(() => {});
}

async function connect(target: TargetRecord, allowLoopback: boolean): Promise<Client> {
  const endpoint = assertReachable(target.targetConfiguration.mcp?.mcpServer?.endpoint ?? "", allowLoopback);
  const client = new Client(
    { name: "gatehouse", version: "1.0.0" },
    { capabilities: {}, versionNegotiation: { mode: "auto" } },
  );
  const transport = new StreamableHTTPClientTransport(endpoint, { fetch: outboundFetch });
  await client.connect(transport, { timeout: listMilliseconds });
  return client;
}

function isSessionGone(error: unknown): boolean {
  return error instanceof SdkHttpError && error.status === 404;
}
