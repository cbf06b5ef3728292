import { isJsonObject, type Json, type JsonObject } from "../../../json.ts";
import type { Message } from "../../conversation.ts";
import { firstText, structureIn, textIn } from "../json.ts";
import { isBlock, piecesOf, toolRequestsOf } from "./content.ts";

type Role = Message["role"];

/**
 * Messages, however an attribute or an event has them: as a list, as what holds one (`messages`, `inputs`, `generations`), as
 * content alone, or as a text, be it JSON of those or just a text.
 * @param role whose words they are where they don't say it.
 */
export function messagesOf(value: Json | undefined, role: Role): Message[] {
  if (value === undefined || value === null) return [];
  const told = typeof value === "string" ? (structureIn(value) ?? value) : value;
  const messages = messagesIn(told, role, 0);
  if (messages !== undefined) return messages;
  const text = textIn(value);
  return text.trim() === "" || text === "{}" || text === "[]" ? [] : [{ role, text }];
}

/** What wraps messages wraps them a few times at most. */
const mostWrappings = 6;
/** The members that hold messages, of a chain's or a graph's state. The first that does counts. */
const wrappers = {
  asked: ["messages", "inputs", "input", "message", "update", "kwargs"],
  answered: ["messages", "generations", "outputs", "output", "message", "update", "kwargs"],
} as const;

/** @returns nothing where it holds no messages. */
function messagesIn(value: Json, role: Role, depth: number): Message[] | undefined {
  if (depth > mostWrappings) return undefined;
  if (Array.isArray(value)) return messagesInList(value, role, depth);
  if (!isJsonObject(value)) return undefined;
  if (isMessage(value)) return messageOf(value, role, depth);
  if (isBlock(value)) return ofContent(value, role);
  for (const name of role === "assistant" ? wrappers.answered : wrappers.asked) {
    const inner = value[name];
    if (inner === undefined || inner === null) continue;
    const told = typeof inner === "string" ? (structureIn(inner) ?? inner) : inner;
    const found = messagesIn(told, role, depth + 1);
    if (found !== undefined && found.length > 0) return found;
    if (typeof inner === "string" && inner.trim() !== "" && name !== "kwargs") return ofContent(inner, role);
  }
  return undefined;
}

function messagesInList(list: readonly Json[], role: Role, depth: number): Message[] | undefined {
  if (list.length === 0) return [];
  if (list.every(isBlock)) return ofContent([...list], role);
  const each = list.map((item) => messagesIn(item, role, depth + 1));
  if (each.every((messages) => messages === undefined)) return undefined;
  return each.flatMap((messages, index) => messages ?? ofContent(list[index], role));
}

function isMessage(value: JsonObject): boolean {
  const holds = ["content", "parts", "tool_calls", "message"].some((name) => name in value);
  if (typeof value.role === "string") return holds;
  return holds && roleOf(value.type) !== undefined;
}

const roles: Readonly<Record<string, Role>> = {
  ...{ system: "system", developer: "system" },
  ...{ user: "user", human: "user" },
  ...{ assistant: "assistant", ai: "assistant", model: "assistant" },
  ...{ tool: "tool", function: "tool" },
};

/** Whose words a message says that it is, in the words of whichever library. */
export function roleOf(told: Json | undefined): Role | undefined {
  if (typeof told !== "string") return undefined;
  const name = told.toLowerCase().replace(/message.*$/, "");
  return Object.hasOwn(roles, name) ? roles[name] : undefined;
}

function messageOf(message: JsonObject, otherwise: Role, depth: number): Message[] {
  const role = roleOf(message.role) ?? roleOf(message.type) ?? otherwise;
  const inner = message.parts ?? message.content ?? message.message;
  // Some wrap the content, or the message, once more: AWS's distribution of OpenTelemetry with what Strands says.
  if (isJsonObject(inner) && !isBlock(inner) && depth < mostWrappings) {
    const wrapped: JsonObject = { ...inner, role: message.role ?? otherwise };
    if (isMessage(wrapped)) return messageOf(wrapped, role, depth + 1);
  }
  // A whole state as the text of a message: the same distribution, with what LangChain says.
  const state = typeof inner === "string" ? structureIn(inner) : undefined;
  if (state !== undefined && !(Array.isArray(state) && state.every(isBlock)) && holdsMessages(state)) {
    const messages = messagesIn(state, role, depth + 1);
    if (messages !== undefined) return messages;
  }
  const id = firstText(message.tool_call_id, message.toolCallId, role === "tool" ? message.id : undefined);
  return ofContent(inner, role, { id, toolCalls: toolRequestsOf(message.tool_calls) });
}

/** Whether JSON in a message's text is a library's state, and not just what somebody has said. */
function holdsMessages(state: Json): boolean {
  if (Array.isArray(state)) return state.length > 0 && state.every((item) => isJsonObject(item) && isMessage(item));
  if (!isJsonObject(state)) return false;
  return ["messages", "generations"].some((name) => Array.isArray(state[name])) || isConstructor(state);
}

/** LangChain's way of writing an object down. */
function isConstructor(state: JsonObject): boolean {
  return state.lc !== undefined && isJsonObject(state.kwargs);
}

/** The messages that a content makes: what tools have answered are messages of their own, before what else is said. */
function ofContent(
  content: Json | undefined,
  role: Role,
  { id, toolCalls = [] }: { readonly id?: string | undefined; readonly toolCalls?: Message["toolCalls"] } = {},
): Message[] {
  const pieces = piecesOf(content);
  const calls = [...pieces.toolCalls, ...(toolCalls ?? []).filter((call) => !isAmong(call, pieces.toolCalls))];
  const results = pieces.toolResults.map((result): Message => {
    const toolCallId = result.id ?? id;
    return { role: "tool", text: result.text, ...(toolCallId === undefined ? {} : { toolCallId }) };
  });
  if (pieces.texts.length === 0 && calls.length === 0) return results;
  const said: Message = {
    role,
    text: pieces.texts.join("\n"),
    ...(calls.length === 0 ? {} : { toolCalls: calls }),
    ...(role === "tool" && id !== undefined ? { toolCallId: id } : {}),
  };
  return [...results, said];
}

/** LangChain says the same calls as blocks of the content and beside it. */
function isAmong({ id }: { readonly id?: string }, others: readonly { readonly id?: string }[]): boolean {
  return id !== undefined && others.some((other) => other.id === id);
}
