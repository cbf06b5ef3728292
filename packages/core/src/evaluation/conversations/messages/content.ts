import { isJsonObject, type Json, type JsonObject } from "../../../json.ts";
import type { Message } from "../../conversation.ts";
import { firstText, structureIn, textIn, valueIn } from "../json.ts";

/** A tool that a message asks for. */
export type ToolRequest = NonNullable<Message["toolCalls"]>[number];

/** What a message's content consists of. */
export interface Pieces {
  readonly texts: string[];
  readonly toolCalls: ToolRequest[];
  readonly toolResults: { readonly id?: string; readonly text: string }[];
}

/**
 * Takes a message's content apart: a text, or a list of blocks or parts as OpenTelemetry, OpenAI, Anthropic, Bedrock (and
 * Strands) and LangChain write them, be it as JSON or as the text of it. What is neither text nor tool (an image, a file) is
 * told by its type alone; what a model thinks is none of what it says.
 */
export function piecesOf(content: Json | undefined): Pieces {
  const pieces: Pieces = { texts: [], toolCalls: [], toolResults: [] };
  addContent(content, pieces);
  return pieces;
}

/** The tools that a list asks for, as `tool_calls` of OpenAI or of LangChain has them. */
export function toolRequestsOf(value: Json | undefined): ToolRequest[] {
  const list = valueIn(value);
  return Array.isArray(list) ? list.filter(isJsonObject).flatMap(toolRequest) : [];
}

/** What a tool has given, out of the blocks in which it was told (MCP, "Tool Result", or those of a model's provider). */
export function resultOf(told: Json): Json {
  const value = valueIn(told) ?? null;
  if (isJsonObject(value) && Array.isArray(value.content) && value.content.every(isBlock)) {
    return value.structuredContent ?? resultOf(value.content);
  }
  if (!Array.isArray(value) || value.length === 0 || !value.every(isBlock)) return value;
  const { texts, toolCalls, toolResults } = piecesOf(value);
  if (toolCalls.length > 0) return value;
  const all = [...texts, ...toolResults.map(({ text }) => text)].join("\n");
  return valueIn(all) ?? all;
}

/** Whether something is a block of content, rather than a message or a value that a tool has given. */
export function isBlock(value: Json): boolean {
  if (!isJsonObject(value) || typeof value.role === "string") return false;
  if (typeof value.type === "string" && types.has(value.type)) return true;
  const [only, ...others] = Object.keys(value);
  return only !== undefined && others.length === 0 && bedrockBlocks.has(only);
}

/** A block of Bedrock's Converse has one member, by whose name it is known. */
const bedrockBlocks = new Set([
  ...["text", "json", "toolUse", "toolResult", "reasoningContent", "image", "document", "video", "audio", "cachePoint"],
  ...["citationsContent", "guardContent"],
]);
const types = new Set([
  ...["text", "input_text", "output_text", "refusal", "reasoning", "thinking", "redacted_thinking"],
  ...["tool_call", "tool_use", "function_call", "tool_call_response", "tool_result", "function_call_output"],
  ...["image", "image_url", "input_image", "audio", "input_audio", "file", "input_file", "document", "video"],
  ...["uri", "blob", "server_tool_call", "server_tool_call_response", "server_tool_use"],
]);

function addContent(content: Json | undefined, pieces: Pieces): void {
  if (content === undefined || content === null) return;
  if (Array.isArray(content)) {
    for (const item of content) addItem(item, pieces);
    return;
  }
  if (typeof content === "string") {
    const list = structureIn(content);
    if (Array.isArray(list) && list.length > 0 && list.every(isBlock)) addContent(list, pieces);
    else if (content !== "") pieces.texts.push(content);
    return;
  }
  addItem(content, pieces);
}

function addItem(item: Json, pieces: Pieces): void {
  if (isJsonObject(item) && isBlock(item)) addBlock(item, pieces);
  else if (item !== null && item !== "") pieces.texts.push(textIn(item));
}

function addBlock(block: JsonObject, pieces: Pieces): void {
  const { type, text, content, refusal, toolUse, toolResult } = block;
  const plain = firstText(text, content, refusal);
  if (isJsonObject(toolUse)) pieces.toolCalls.push(...toolRequest(toolUse));
  else if (isJsonObject(toolResult)) addResult(toolResult, pieces);
  else if (type === "reasoning" || type === "thinking" || type === "redacted_thinking") return;
  else if (block.reasoningContent !== undefined || block.cachePoint !== undefined) return;
  else if (typeof type === "string" && /result|response|output$/.test(type)) addResult(block, pieces);
  else if (typeof type === "string" && /call$|tool_use$/.test(type)) pieces.toolCalls.push(...toolRequest(block));
  else if (plain !== undefined) pieces.texts.push(plain);
  else if (block.json !== undefined) pieces.texts.push(textIn(block.json));
  else if (text === undefined && content === undefined) {
    pieces.texts.push(`[${typeof type === "string" ? type : Object.keys(block)[0]}]`);
  }
}

function addResult(result: JsonObject, pieces: Pieces): void {
  const id = firstText(result.toolUseId, result.tool_use_id, result.call_id, result.id);
  const value = result.content ?? result.response ?? result.result ?? result.output ?? "";
  pieces.toolResults.push({ ...(id === undefined ? {} : { id }), text: textIn(resultOf(value)) });
}

function toolRequest(request: JsonObject): ToolRequest[] {
  const told = isJsonObject(request.function) ? request.function : request;
  const tool = firstText(told.name);
  if (tool === undefined) return [];
  const id = firstText(request.toolUseId, request.call_id, request.id);
  const args = valueIn(told.arguments ?? told.input ?? told.args);
  return [
    { ...(id === undefined ? {} : { id }), tool, ...(args === undefined || args === null ? {} : { arguments: args }) },
  ];
}
