import { isJsonObject, type Json, type JsonObject } from "../../../json.ts";
import type { Span } from "../../../observability/spans/span.ts";
import type { Message } from "../../conversation.ts";
import { firstText, numbered, valueIn } from "../json.ts";
import { messagesOf } from "../messages/messages.ts";
import { messagesOfEvents } from "./events.ts";
import { toldContent } from "./openTelemetry.ts";
import type { Reader } from "./reader.ts";
import { tool, toolsOf } from "./tools.ts";

/** OpenInference (Arize Phoenix), specification/semantic_conventions.md: messages flattened into numbered attributes. */
export const openInference: Reader = {
  name: "OpenInference",
  attributes: {
    agentRun: "a span with openinference.span.kind = AGENT",
    modelInput: "llm.input_messages.N.message.content",
    modelOutput: "llm.output_messages.N.message.content",
    agentInput: "input.value",
    agentOutput: "output.value",
    tool: "tool.name",
    toolArguments: "input.value",
    toolResult: "output.value",
    availableTools: "llm.tools.N.tool.json_schema",
  },
  messages(span) {
    const { attributes } = span;
    const told = {
      input: messagesUnder(attributes, "llm.input_messages", "user"),
      output: messagesUnder(attributes, "llm.output_messages", "assistant"),
    };
    const events = messagesOfEvents(span);
    return {
      input: firstOf(told.input, messagesOf(attributes["input.value"], "user"), events.input),
      output: firstOf(told.output, messagesOf(attributes["output.value"], "assistant"), events.output),
    };
  },
  systemInstructions: () => [],
  availableTools({ attributes }) {
    const listed = numbered(attributes, "llm.tools").flatMap((told) => toolsOf(told["tool.json_schema"]));
    const name = firstText(attributes["tool.name"]);
    if (name === undefined) return listed;
    return [...listed, tool(name, attributes["tool.description"], schemaOf(attributes))];
  },
  toolCall({ attributes }) {
    const name = firstText(attributes["tool.name"]);
    const id = firstText(attributes["tool_call.id"], attributes["tool.id"]);
    return {
      ...(name === undefined ? {} : { tool: name }),
      ...(id === undefined ? {} : { id }),
      ...toldContent(attributes["input.value"], contentOf(attributes["output.value"])),
    };
  },
};

/** The first of these that says anything. */
export function firstOf(...told: readonly (readonly Message[])[]): readonly Message[] {
  return told.find((messages) => messages.length > 0) ?? [];
}

function messagesUnder(attributes: Span["attributes"], prefix: string, role: Message["role"]): Message[] {
  return numbered(attributes, prefix).flatMap((flat) => messagesOf(messageOf(flat, role), role));
}

function messageOf(flat: JsonObject, role: Message["role"]): JsonObject {
  const contents = numbered(flat, "message.contents").map((part) => ({
    type: part["message_content.type"] ?? "text",
    ...(part["message_content.text"] === undefined ? {} : { text: part["message_content.text"] }),
  }));
  const toolCalls = numbered(flat, "message.tool_calls").map((call) => ({
    id: call["tool_call.id"] ?? null,
    name: call["tool_call.function.name"] ?? null,
    arguments: call["tool_call.function.arguments"] ?? null,
  }));
  return {
    role: flat["message.role"] ?? role,
    content: flat["message.content"] ?? contents,
    tool_calls: toolCalls,
    tool_call_id: flat["message.tool_call_id"] ?? null,
  };
}

/** Of what LangChain's tools give, a message, only what it holds. */
function contentOf(value: Json | undefined): Json | undefined {
  const told = valueIn(value);
  const message = isJsonObject(told) && isJsonObject(told.data) ? told.data : told;
  const isMessage = isJsonObject(message) && ("tool_call_id" in message || message.type === "tool");
  return isMessage ? (message.content ?? value) : value;
}

/** `tool.parameters` has also been used for the arguments: what describes them says so. */
function schemaOf(attributes: Span["attributes"]): Json | undefined {
  const schema = valueIn(attributes["tool.json_schema"] ?? attributes["tool.parameters"]);
  return isJsonObject(schema) && ("properties" in schema || schema.type === "object") ? schema : undefined;
}
