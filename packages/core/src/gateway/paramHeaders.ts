import { PROTOCOL_VERSION_META_KEY } from "@modelcontextprotocol/server";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { paramsOf, toolNameOf } from "./call.ts";
import type { Snapshot } from "./snapshot.ts";

/** The JSON-RPC code of a request whose headers and body disagree (MCP 2026-07-28, "Standard request headers"). */
export const headerMismatch = -32_020;

const base64 = /^=\?base64\?([A-Za-z0-9+/]*={0,2})\?=$/;

/**
 * Compares `Mcp-Param-*` headers with the arguments they mirror: a tool's schema marks those with `x-mcp-header`. What a
 * proxy in front decides by a header must be what the tool is called with (T10).
 * @returns what disagrees, or undefined.
 */
export function paramHeaderMismatch(message: Json, headers: Headers, { tools }: Snapshot): string | undefined {
  const tool = tools.get(toolNameOf(message) ?? "");
  const { arguments: args, _meta: meta } = paramsOf(message);
  // Only the era that names its version in each request mirrors arguments.
  if (!isJsonObject(meta) || meta[PROTOCOL_VERSION_META_KEY] === undefined) return undefined;
  if (tool === undefined || !isJsonObject(args)) return undefined;
  for (const { header, path } of mirroredIn(tool.description.inputSchema, [])) {
    const value = path.reduce<Json | undefined>((at, key) => (isJsonObject(at) ? at[key] : undefined), args);
    if (value === undefined || value === null || typeof value === "object") continue;
    const given = headers.get(`Mcp-Param-${header}`);
    if (given === null) return `the body has ${path.join(".")}, and the header Mcp-Param-${header} is missing`;
    if (!agrees(given, value)) return `the header Mcp-Param-${header} and ${path.join(".")} in the body disagree`;
  }
  return undefined;
}

/** The properties that a schema says are mirrored; only those reachable by `properties` alone may be. */
function mirroredIn(schema: Json | undefined, path: readonly string[]): { header: string; path: readonly string[] }[] {
  if (!isJsonObject(schema)) return [];
  const header = schema["x-mcp-header"];
  const own = typeof header === "string" && /^[\w!#$%&'*+.^`|~-]+$/.test(header) ? [{ header, path }] : [];
  const properties = isJsonObject(schema.properties) ? schema.properties : ({} as JsonObject);
  return [...own, ...Object.entries(properties).flatMap(([key, child]) => mirroredIn(child, [...path, key]))];
}

function agrees(header: string, value: string | number | boolean): boolean {
  const encoded = base64.exec(header)?.[1];
  const decoded = encoded === undefined ? header : Buffer.from(encoded, "base64").toString("utf8");
  if (typeof value === "number") return decoded.trim() !== "" && Number(decoded) === value;
  return decoded === String(value);
}
