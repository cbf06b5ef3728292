import { isJsonObject, type Json, type JsonObject } from "../../../json.ts";
import type { Span } from "../../../observability/spans/span.ts";
import type { Message } from "../../conversation.ts";
import { textIn, valueIn } from "../json.ts";
import { piecesOf } from "../messages/content.ts";
import { messagesOf } from "../messages/messages.ts";
import type { Messages } from "./reader.ts";

/** The events of messages in OpenTelemetry's conventions up to 1.36, and whose words they hold. */
const ofMessages: Readonly<Record<string, Message["role"]>> = {
  "gen_ai.system.message": "system",
  "gen_ai.user.message": "user",
  "gen_ai.assistant.message": "assistant",
  "gen_ai.tool.message": "tool",
};

/**
 * What a span's events tell of messages: OpenTelemetry's event for each message (1.28 to 1.36), those with all of a request
 * (1.27: `gen_ai.content.prompt` and `.completion`; from 1.37 on `gen_ai.client.inference.operation.details`), and the records
 * into which AWS's distribution puts what it takes out of spans (`body.input.messages`, `body.output.messages`).
 */
export function messagesOfEvents(span: Span): Messages {
  const told = inTime(span).map(messagesOfEvent);
  return { input: told.flatMap(({ input }) => input), output: told.flatMap(({ output }) => output) };
}

function messagesOfEvent({ name, attributes }: Span["events"][number]): Messages {
  const role = Object.hasOwn(ofMessages, name) ? ofMessages[name] : undefined;
  if (role !== undefined) return { input: messageOf(attributes, role), output: [] };
  if (name === "gen_ai.choice") return { input: [], output: choiceOf(attributes) };
  const input = first(attributes, "gen_ai.input.messages", "gen_ai.prompt") ?? listIn(attributes.input);
  const output = first(attributes, "gen_ai.output.messages", "gen_ai.completion") ?? listIn(attributes.output);
  return { input: messagesOf(input, "user"), output: messagesOf(output, "assistant") };
}

/** System instructions that an event tells apart from the messages. */
export function instructionsOf(value: Json | undefined): string[] {
  if (value === undefined) return [];
  const told = valueIn(value) ?? null;
  const texts = piecesOf(told).texts.map((text) => text.trim());
  return texts.filter((text) => text !== "");
}

export function instructionsOfEvents(span: Span): string[] {
  return span.events.flatMap(({ attributes }) => instructionsOf(attributes["gen_ai.system_instructions"]));
}

/** A span's events in the order of time. */
export function inTime({ events }: Span): Span["events"] {
  return events.toSorted((a, b) => Number(BigInt(a.timeUnixNano) - BigInt(b.timeUnixNano)));
}

function messageOf(attributes: Span["attributes"], role: Message["role"]): Message[] {
  const { content, id, tool_calls: toolCalls } = attributes;
  return messagesOf(
    { role: attributes.role ?? role, content: content ?? null, ...present({ id, tool_calls: valueIn(toolCalls) }) },
    role,
  );
}

/** A choice's message is an object with a role, a text, or a text with either. */
function choiceOf({ message, tool_calls: toolCalls, content }: Span["attributes"]): Message[] {
  const told = valueIn(message ?? content);
  if (isJsonObject(told))
    return messagesOf({ role: "assistant", ...present({ tool_calls: valueIn(toolCalls) }), ...told }, "assistant");
  return messagesOf(
    { role: "assistant", content: told ?? null, ...present({ tool_calls: valueIn(toolCalls) }) },
    "assistant",
  );
}

/** Whatever an application has written into its log under the same name is no message. */
function listIn(value: Json | undefined): Json | undefined {
  return isJsonObject(value) && Array.isArray(value.messages) ? value : undefined;
}

function first(attributes: Span["attributes"], ...names: readonly string[]): Json | undefined {
  return names
    .map((name) => attributes[name])
    .find((value) => value !== undefined && value !== null && textIn(value) !== "");
}

function present(members: Readonly<Record<string, Json | undefined>>): JsonObject {
  const entries = Object.entries(members).filter((entry): entry is [string, Json] => entry[1] !== undefined);
  return Object.fromEntries(entries);
}
