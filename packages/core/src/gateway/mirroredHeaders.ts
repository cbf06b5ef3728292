import { PROTOCOL_VERSION_META_KEY } from "@modelcontextprotocol/server";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { methodOf, paramsOf, toolNameOf } from "./call.ts";
import type { Snapshot } from "./snapshot.ts";
import { toolNamesOf } from "./toolNames.ts";

const base64 = /^=\?base64\?([A-Za-z0-9+/]*={0,2})\?=$/;

/**
 * Compares the headers that mirror a request with its body: `Mcp-Method`, `Mcp-Name`, and `Mcp-Param-*` for the properties
 * that a tool's schema marks with `x-mcp-header`. What a proxy in front decides by a header must be what the tool is called
 * with (T10). Whatever is there is compared in every era; what must be there is for `missingHeaderOf` to say.
 * @returns what disagrees, or undefined.
 */
export function headerMismatchOf(message: Json, headers: Headers, snapshot: Snapshot): string | undefined {
  const { arguments: args, _meta: meta } = paramsOf(message);
  const method = headers.get("mcp-method");
  if (method !== null && method !== methodOf(message))
    return "the header Mcp-Method and the method in the body disagree";
  const given = headers.get("mcp-name");
  const name = nameIn(message);
  if (given !== null && name !== undefined && !agrees(given, name)) {
    return `the header Mcp-Name and the ${nameMember(message)} in the body disagree`;
  }
  const tool = toolNamesOf(snapshot).toolOf(toolNameOf(message) ?? "");
  if (tool === undefined) return undefined;
  // Only the era that names its version in each request has to mirror arguments.
  const required = isJsonObject(meta) && meta[PROTOCOL_VERSION_META_KEY] !== undefined;
  for (const { header, path } of mirroredBy(tool.description.inputSchema)) {
    const value = valueAt(args, path);
    const mirror = headers.get(`Mcp-Param-${header}`);
    const here = path.join(".");
    if (value === undefined || value === null || typeof value === "object") {
      if (mirror !== null) return `there is a header Mcp-Param-${header}, and no ${here} in the body to mirror`;
    } else if (mirror === null) {
      if (required) return `the body has ${here}, and the header Mcp-Param-${header} is missing`;
    } else if (!agrees(mirror, value)) {
      return `the header Mcp-Param-${header} and ${here} in the body disagree`;
    }
  }
  return undefined;
}

/**
 * Which of the headers that every request of 2026-07-28 must have is not there: `MCP-Protocol-Version`, `Mcp-Method`, and
 * `Mcp-Name` where the body names something.
 */
export function missingHeaderOf(message: Json, headers: Headers): string | undefined {
  const required = ["MCP-Protocol-Version", "Mcp-Method", ...(nameIn(message) === undefined ? [] : ["Mcp-Name"])];
  const missing = required.find((name) => !headers.has(name));
  return missing === undefined ? undefined : `the header ${missing} is missing`;
}

/** What a request names, by a name or by an address. */
function nameIn(message: Json): string | undefined {
  const name = paramsOf(message)[nameMember(message)];
  return typeof name === "string" ? name : undefined;
}

function nameMember(message: Json): "uri" | "name" {
  return methodOf(message) === "resources/read" ? "uri" : "name";
}

/** The headers with which a request for a tool mirrors its arguments, as `headerMismatchOf` wants to see them. */
export function mirroredHeadersOf(name: string, inputSchema: JsonObject, args: JsonObject): Record<string, string> {
  return { "mcp-name": encoded(name), ...mirroredArguments(inputSchema, args) };
}

function mirroredArguments(inputSchema: JsonObject, args: Json | undefined): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const { header, path } of mirroredBy(inputSchema)) {
    const value = valueAt(args, path);
    if (value === undefined || value === null || typeof value === "object") continue;
    headers[`mcp-param-${header}`] = encoded(String(value));
  }
  return headers;
}

/** A text as a header can hold it: what isn't plain ASCII, or could be taken for something else, in base64. */
function encoded(text: string): string {
  const plain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !text.startsWith("=?");
  return plain ? text : `=?base64?${Buffer.from(text).toString("base64")}?=`;
}

function valueAt(args: Json | undefined, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((at, key) => (isJsonObject(at) ? at[key] : undefined), args);
}

interface Mirrored {
  readonly header: string;
  readonly path: readonly string[];
}

/** Schemas never change, and are looked at in every call. */
const known = new WeakMap<JsonObject, readonly Mirrored[]>();

function mirroredBy(inputSchema: JsonObject): readonly Mirrored[] {
  let mirrored = known.get(inputSchema);
  if (mirrored === undefined) {
    mirrored = mirroredIn(inputSchema, []);
    known.set(inputSchema, mirrored);
  }
  return mirrored;
}

/** The properties that a schema says are mirrored; only those reachable by `properties` alone may be. */
function mirroredIn(schema: Json | undefined, path: readonly string[]): Mirrored[] {
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

/**
 * Headers that mirror a request which is no longer the one that its client has sent: those that the client gave, or had to
 * give, and that have something to mirror.
 */
export function withMirrors(received: Headers, message: Json, snapshot: Snapshot): Headers {
  const headers = new Headers(received);
  const { arguments: args, _meta: meta } = paramsOf(message);
  const name = nameIn(message);
  if (headers.has("mcp-name") && name !== undefined) headers.set("mcp-name", encoded(name));
  const given = [...headers.keys()].filter((header) => header.startsWith("mcp-param-"));
  for (const header of given) headers.delete(header);
  const tool = toolNamesOf(snapshot).toolOf(toolNameOf(message) ?? "");
  const required = isJsonObject(meta) && meta[PROTOCOL_VERSION_META_KEY] !== undefined;
  if (tool === undefined || !(required || given.length > 0)) return headers;
  const mirrors = mirroredArguments(tool.description.inputSchema, args);
  for (const [header, value] of Object.entries(mirrors)) headers.set(header, value);
  return headers;
}
