import { AsyncLocalStorage } from "node:async_hooks";
import { Client, ProtocolError, SdkHttpError, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import type { CallToolResult } from "@modelcontextprotocol/server";
import { LRUCache } from "lru-cache";
import { assertReachable } from "../../../egress.ts";
import { messageOf } from "../../../errors.ts";
import { outboundFetch } from "../../../outbound.ts";
import type { TargetRecord, ToolDescription } from "../../../storage/records.ts";
import { type Invocation, TargetError, type TargetKind } from "../target.ts";

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

  async function callOnce(connection: Connection, invocation: Invocation): Promise<CallToolResult> {
    connection.calls++;
    try {
      return await callOn(await connection.client, invocation);
    } finally {
      connection.calls--;
      closeIfUnused(connection);
    }
  }

  /** Forgets a connection that failed, unless another has taken its place. */
  function forget(key: string, connection: Connection): void {
    if (connections.peek(key) === connection) connections.delete(key);
  }

  return {
    async call(invocation) {
      const { gateway, target, principal } = invocation;
      const key = JSON.stringify([gateway.gatewayId, target.targetId, target.updatedAt, principal.type, principal.id]);
      const known = connections.has(key);
      let connection = connectionFor(key, target);
      try {
        return await callOnce(connection, invocation).catch((error: unknown) => {
          if (!known || !isSessionGone(error)) throw error;
          // The server has forgotten the session and so did nothing: a new one may try again (MCP, "Session management").
          forget(key, connection);
          connection = connectionFor(key, target);
          return callOnce(connection, invocation);
        });
      } catch (error) {
        // An error of the protocol is an answer: the connection works.
        if (!(error instanceof ProtocolError)) forget(key, connection);
        throw new TargetError(`${target.name} failed: ${messageOf(error)}`, { cause: error });
      }
    },
    async discover(target) {
      let client: Client | undefined;
      try {
        client = await connect(target, options.allowLoopback);
        const { tools } = await client.listTools(undefined, { timeout: listMilliseconds });
        return { tools: tools as readonly ToolDescription[] };
      } catch (error) {
        throw new TargetError(`${target.name} did not list its tools: ${messageOf(error)}`, { cause: error });
      } finally {
        await client?.close().catch(() => {});
      }
    },
  };
}

/** Who is to hear of the headers that a call is answered with: the client keeps them to itself. */
const hearers = new AsyncLocalStorage<Invocation["onResponseHeaders"]>();

const fetchAndTell: typeof outboundFetch = async (address, init) => {
  const response = await outboundFetch(address, init);
  hearers.getStore()?.(response.headers);
  return response;
};

function callOn(client: Client, invocation: Invocation): Promise<CallToolResult> {
  const { tool, arguments: args, traceContext, headers, signal, onResponseHeaders } = invocation;
  const { outputSchema: _unchecked, ...toolDefinition } = tool;
  const meta = Object.keys(traceContext).length === 0 ? {} : { _meta: traceContext };
  const options = {
    // Lets the client mirror arguments into headers without asking for the tool list. The result is passed on as it is,
    // not checked against the output schema: that is between the agent and the tool.
    toolDefinition: { ...toolDefinition, inputSchema: { ...toolDefinition.inputSchema, type: "object" as const } },
    timeout: callMilliseconds,
    signal,
    // Trace context goes both ways: MCP servers read `_meta`, and whatever stands before them reads headers.
    headers: { ...headers, ...traceContext },
  };
  const call = () => client.callTool({ name: tool.name, arguments: args, ...meta }, options);
  return hearers.run(onResponseHeaders, call);
}

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
  const transport = new StreamableHTTPClientTransport(endpoint, { fetch: fetchAndTell });
  await client.connect(transport, { timeout: listMilliseconds });
  return client;
}

function isSessionGone(error: unknown): boolean {
  return error instanceof SdkHttpError && error.status === 404;
}
