import { STATUS_CODES } from "node:http";
import type { CallToolResult } from "@modelcontextprotocol/server";
import { isJsonObject, type Json } from "../../../json.ts";
import type { ToolDescription } from "../../../storage/records.ts";
import type { TargetAnswer } from "./send.ts";

type Content = CallToolResult["content"][number];

/** Enough of a failure's body to see what was wrong, in characters. */
const longestErrorText = 4_000;
const textual =
  /^(text\/|application\/(json|x-ndjson|x-amz-json-1\.\d|xml|yaml|javascript|x-www-form-urlencoded|graphql)$)|\+(json|xml|yaml)$/;

export interface ResultContext {
  readonly tool: Pick<ToolDescription, "outputSchema">;
  /** Where the answer came from; its query, which may hold a key, is not repeated. */
  readonly url: URL;
  /** What a failure is called, where the answer's protocol has names for failures. */
  readonly error?: string;
}

/**
 * What an HTTP answer is as the result of a tool: JSON and other text as text, a JSON object as structured content too
 * where the tool promises structure, images and sound as such, other bytes as an embedded resource (MCP, "Tool
 * Result"). A status from 300 on is an error of the tool, which an agent reads and may mend.
 */
export function toolResultOf(answer: TargetAnswer, { tool, url, error }: ResultContext): CallToolResult {
  if (answer.status >= 300) return failureOf(answer, error);
  const content = [contentOf(answer, url)];
  const value = tool.outputSchema === undefined ? undefined : jsonIn(answer);
  return isJsonObject(value) ? { content, structuredContent: value } : { content };
}

/** The media type of an answer, in lower case and without parameters; empty where there is none. */
export function mediaTypeOf(headers: Headers): string {
  return (headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

/** An answer's body as text, if it is text: by its media type, or, where there is none, because it is UTF-8. */
export function textOf({ headers, body }: TargetAnswer): string | undefined {
  const type = mediaTypeOf(headers);
  if (type !== "" && !textual.test(type)) return undefined;
  try {
    return new TextDecoder(charsetOf(headers), { fatal: type === "" }).decode(body);
  } catch {
    // Not UTF-8, or a character set that nobody knows.
    return type === "" ? undefined : new TextDecoder().decode(body);
  }
}

function failureOf(answer: TargetAnswer, error?: string): CallToolResult {
  const status = error === undefined ? statusOf(answer) : `${statusOf(answer)} (${error})`;
  const text = textOf(answer)?.trim() ?? `(${answer.body.length} bytes of ${mediaTypeOf(answer.headers) || "data"})`;
  const cut = text.length > longestErrorText ? `${text.slice(0, longestErrorText)}...` : text;
  return {
    content: [{ type: "text", text: cut === "" ? status : `${status}: ${cut}` }],
    isError: true,
  };
}

function statusOf({ status }: TargetAnswer): string {
  return `${status} ${STATUS_CODES[status] ?? ""}`.trim();
}

function contentOf(answer: TargetAnswer, url: URL): Content {
  if (answer.body.length === 0) return { type: "text", text: statusOf(answer) };
  const text = textOf(answer);
  if (text !== undefined) return { type: "text", text };
  const mimeType = mediaTypeOf(answer.headers);
  const data = Buffer.from(answer.body).toString("base64");
  if (mimeType.startsWith("image/")) return { type: "image", data, mimeType };
  if (mimeType.startsWith("audio/")) return { type: "audio", data, mimeType };
  const uri = `${url.origin}${url.pathname}`;
  return { type: "resource", resource: { uri, blob: data, ...(mimeType === "" ? {} : { mimeType }) } };
}

function jsonIn(answer: TargetAnswer): Json | undefined {
  const text = textOf(answer);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function charsetOf(headers: Headers): string {
  return /;\s*charset="?([^\s;"]+)/i.exec(headers.get("content-type") ?? "")?.[1] ?? "utf-8";
}
