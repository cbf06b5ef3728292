import { isJsonObject, type Json, type JsonObject } from "../../json.ts";

/**
 * What a target answers, with the URIs in it as agents may use them: those of a read resource's contents, and those of
 * resources and links to resources in the content of messages and of tools' results. Everything else stays as it is.
 */
export function withNamedUris(result: JsonObject, nameOf: (uri: string) => string): JsonObject {
  const { contents, messages, content } = result;
  return {
    ...result,
    ...(Array.isArray(contents) ? { contents: contents.map((one) => withUri(one, nameOf)) } : {}),
    ...(Array.isArray(messages) ? { messages: messages.map((message) => withContent(message, nameOf)) } : {}),
    ...(Array.isArray(content) ? { content: content.map((block) => inBlock(block, nameOf)) } : {}),
  };
}

function withContent(message: Json, nameOf: (uri: string) => string): Json {
  if (!isJsonObject(message) || message.content === undefined) return message;
  const { content } = message;
  const named = Array.isArray(content) ? content.map((block) => inBlock(block, nameOf)) : inBlock(content, nameOf);
  return { ...message, content: named };
}

function inBlock(block: Json, nameOf: (uri: string) => string): Json {
  if (!isJsonObject(block)) return block;
  if (block.type === "resource_link") return withUri(block, nameOf);
  if (block.type === "resource" && block.resource !== undefined) {
    return { ...block, resource: withUri(block.resource, nameOf) };
  }
  return block;
}

function withUri(one: Json, nameOf: (uri: string) => string): Json {
  return isJsonObject(one) && typeof one.uri === "string" ? { ...one, uri: nameOf(one.uri) } : one;
}
