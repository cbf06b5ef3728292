import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  LATEST_PROTOCOL_VERSION,
  PROTOCOL_VERSION_META_KEY,
} from "@modelcontextprotocol/server";
import { isJsonObject, type JsonObject } from "../../../json.ts";
import { modernVersions } from "../../protocol/server.ts";
import { type Answered, type Endpoint, type Outgoing, post, send, UpstreamRefusal } from "./post.ts";

/** An MCP server as it has been found to speak, and what it says it can do. */
export type Peer = { readonly version: string; readonly capabilities: JsonObject } & (
  | { readonly era: "modern" }
  | { readonly era: "legacy"; readonly sessionId: string | undefined }
);

const clientInfo = { name: "gatehouse", version: "1.0.0" };

/**
 * Finds out how a server speaks: asks in the newest way who it is, and where it doesn't understand that, shakes hands as
 * before 2026-07-28 (MCP 2026-07-28, "Versioning").
 * @throws UpstreamRefusal where it does neither, or lets nobody in; TypeError where there is no connection.
 */
export async function negotiate(endpoint: Endpoint, signal: AbortSignal): Promise<Peer> {
  try {
    const [version = ""] = modernVersions;
    const message = { jsonrpc: "2.0", id: 0, method: "server/discover", params: { _meta: envelope(version) } };
    const headers = { "mcp-protocol-version": version, "mcp-method": "server/discover" };
    const { result } = await postTwice({ endpoint, headers, message, signal });
    const { supportedVersions } = result;
    const common = Array.isArray(supportedVersions)
      ? modernVersions.find((v) => supportedVersions.includes(v))
      : undefined;
    if (common !== undefined) return { era: "modern", version: common, capabilities: capabilitiesIn(result) };
  } catch (error) {
    // Whatever a server of the older versions makes of it; but one that lets nobody in won't do so by another question.
    if (!(error instanceof UpstreamRefusal) || error.status === 401 || error.status === 403) throw error;
  }
  return shakeHands(endpoint, signal);
}

/**
 * A kept-alive connection may be closed by the server at the very moment that it is used again. To ask how a server speaks
 * changes nothing at it, so that may be done once more; a call may not.
 */
async function postTwice(outgoing: Outgoing): Promise<Answered> {
  try {
    return await post(outgoing);
  } catch (error) {
    if (error instanceof UpstreamRefusal || outgoing.signal.aborted) throw error;
    return post(outgoing);
  }
}

async function shakeHands(endpoint: Endpoint, signal: AbortSignal): Promise<Peer> {
  const params = { protocolVersion: LATEST_PROTOCOL_VERSION, capabilities: {}, clientInfo };
  const message = { jsonrpc: "2.0", id: 0, method: "initialize", params };
  const { result, headers } = await postTwice({ endpoint, headers: {}, message, signal });
  const version = typeof result.protocolVersion === "string" ? result.protocolVersion : LATEST_PROTOCOL_VERSION;
  const sessionId = headers.get("mcp-session-id") ?? undefined;
  const peer = { era: "legacy", version, sessionId, capabilities: capabilitiesIn(result) } as const;
  const initialized = { jsonrpc: "2.0", method: "notifications/initialized" };
  await post({ endpoint, headers: headersOf(peer), message: initialized, signal });
  return peer;
}

function capabilitiesIn({ capabilities }: JsonObject): JsonObject {
  return isJsonObject(capabilities) ? capabilities : {};
}

/** The headers that every message to a server has, once it is known how it speaks. */
export function headersOf(peer: Peer): Record<string, string> {
  const headers: Record<string, string> = { "mcp-protocol-version": peer.version };
  if (peer.era === "legacy" && peer.sessionId !== undefined) headers["mcp-session-id"] = peer.sessionId;
  return headers;
}

/** What the `_meta` of every request of 2026-07-28 has. */
export function envelope(version: string, capabilities: JsonObject = {}): JsonObject {
  return {
    [PROTOCOL_VERSION_META_KEY]: version,
    [CLIENT_INFO_META_KEY]: clientInfo,
    [CLIENT_CAPABILITIES_META_KEY]: capabilities,
  };
}

/** Ends a session, if there is one. The server may not know how to, and it doesn't matter. */
export async function endSession(endpoint: Endpoint, peer: Peer): Promise<void> {
  if (peer.era === "modern" || peer.sessionId === undefined) return;
  const signal = AbortSignal.timeout(5_000);
  const headers = headersOf(peer);
  await send(endpoint, { method: "DELETE", headers, signal }).catch(() => {});
}
