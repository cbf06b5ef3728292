import { Client, SdkHttpError, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import type { CallToolResult } from "@modelcontextprotocol/server";
import { LRUCache } from "lru-cache";
import { assertReachable } from "../../egress.ts";
import { messageOf } from "../../errors.ts";
import { outboundFetch } from "../../outbound.ts";
import type { TargetRecord, ToolDescription } from "../../storage/records.ts";
import { type Invocation, TargetError, type TargetKind } from "./target.ts";

const callMilliseconds = 60_000;
const listMilliseconds = 30_000;
const idleMilliseconds = 300_000;

/**
 * An MCP server as a target, over streamable HTTP, in whichever era it speaks. A connection belongs to one principal at
 * one target (T04): what a server keeps in a session of one caller never meets another. The caller's token is not sent
 * (T01).
 */
export function mcpServerTarget(options: { allowLoopback: boolean }): TargetKind {
  const connections = new LRUCache<string, Promise<Client>>({
    max: 1_000,
    ttl: idleMilliseconds,
    updateAgeOnGet: true,
    dispose: (connection) => void connection.then((client) => client.close()).catch(() => {}),
  });

  async function connectionFor(key: string, target: TargetRecord): Promise<Client> {
    const existing = connections.get(key);
    if (existing !== undefined) return existing;
    const connection = connect(target, options.allowLoopback);
    connections.set(key, connection);
    connection.catch(() => connections.delete(key));
    return connection;
  }

  async function callOnce(key: string, invocation: Invocation): Promise<CallToolResult> {
    const client = await connectionFor(key, invocation.target);
    const { outputSchema: _unchecked, ...toolDefinition } = invocation.tool;
    const params = {
      name: invocation.tool.name,
      arguments: invocation.arguments,
      ...(Object.keys(invocation.traceContext).length === 0 ? {} : { _meta: invocation.traceContext }),
    };
    return client.callTool(params, {
      // Lets the client mirror arguments into headers without asking for the tool list. The result is passed on as it is,
      // not checked against the output schema: that is between the agent and the tool.
      toolDefinition: { ...toolDefinition, inputSchema: { ...toolDefinition.inputSchema, type: "object" as const } },
      timeout: callMilliseconds,
      signal: invocation.signal,
    });
  }

  return {
    async call(invocation) {
      const { gateway, target, principal } = invocation;
      const key = JSON.stringify([gateway.gatewayId, target.targetId, target.updatedAt, principal.type, principal.id]);
      const connected = connections.has(key);
      try {
        return await callOnce(key, invocation).catch((error: unknown) => {
          if (!connected || !isSessionGone(error)) throw error;
          // The server has forgotten the session and so did nothing: a new one may try again (MCP, "Session management").
          connections.delete(key);
          return callOnce(key, invocation);
        });
      } catch (error) {
        connections.delete(key);
        throw new TargetError(`${target.name} failed: ${messageOf(error)}`, { cause: error });
      }
    },
    async listTools(target) {
      let client: Client | undefined;
      try {
        client = await connect(target, options.allowLoopback);
        const { tools } = await client.listTools(undefined, { timeout: listMilliseconds });
        return tools as readonly ToolDescription[];
      } catch (error) {
        throw new TargetError(`${target.name} did not list its tools: ${messageOf(error)}`, { cause: error });
      } finally {
        await client?.close().catch(() => {});
      }
    },
  };
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
