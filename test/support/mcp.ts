import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

/** Connects the SDK's client to an MCP endpoint. `legacy` is what it does by default: `initialize`. */
export async function connectClient(
  url: string,
  token: string,
  mode: "legacy" | "auto" | { pin: string } = "auto",
): Promise<Client> {
  const client = new Client({ name: "test-agent", version: "1.0.0" }, { versionNegotiation: { mode } });
  const requestInit = { headers: { Authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
  return client;
}

/** The text of a tool's answer. */
export function textOf(result: unknown): string {
  const { content } = result as { content: { type: string; text?: string }[] };
  return content.map(({ text }) => text ?? "").join("");
}

/** An HTTP answer of the endpoint, with its JSON-RPC body where it has one. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { result?: Record<string, unknown>; error?: { code: number; message: string } } | undefined;
}

/** Sends a request as it is given, past every client library. */
export async function post(
  url: string,
  body: string | object,
  headers: Record<string, string> = {},
  method = "POST",
): Promise<RawAnswer> {
  const response = await fetch(url, {
    method,
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json, text/event-stream",
      "MCP-Protocol-Version": "2025-11-25",
      ...headers,
    },
    ...(method === "GET" ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? undefined : JSON.parse(text) };
}

/** A tools/call of the legacy era. */
export function toolsCall(name: string, args: unknown, id: number | string = 1): object {
  return { jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: args } };
}
