import { isJsonObject, type Json, type JsonObject, refusedKeys } from "../../json.ts";

/** Deeper is nothing that a conversation is made of: it stays the text that it is. */
export const deepestJson = 64;

/** The object or list whose JSON a text is; nothing where it is any other text, or one that is too deep to be read. */
export function structureIn(text: string): Json[] | JsonObject | undefined {
  const start = text.trimStart();
  if (!(start.startsWith("{") || start.startsWith("[")) || !isShallow(text)) return undefined;
  try {
    const value: Json = JSON.parse(text);
    return Array.isArray(value) || isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A value as it was before it became the text of an attribute. */
export function valueIn(value: Json | undefined): Json | undefined {
  return typeof value === "string" ? (structureIn(value) ?? value) : value;
}

/** The text of a value: of a text the text, of anything else its JSON. */
export function textIn(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The first of these that is a text with something in it. */
export function firstText(...values: readonly (Json | undefined)[]): string | undefined {
  return values.find((value): value is string => typeof value === "string" && value.trim() !== "");
}

/**
 * Attributes with a number in their names, `prefix.0.role`, as an object for each number, in their order. What isn't under a
 * number is left out.
 */
export function numbered(attributes: Readonly<JsonObject>, prefix: string): JsonObject[] {
  const found = new Map<number, JsonObject>();
  const start = `${prefix}.`;
  for (const [name, value] of Object.entries(attributes)) {
    if (!name.startsWith(start)) continue;
    const dot = name.indexOf(".", start.length);
    const number = dot === -1 ? "" : name.slice(start.length, dot);
    const rest = name.slice(dot + 1);
    if (!/^\d{1,9}$/.test(number) || refusedKeys.has(rest)) continue;
    const members = found.get(Number(number)) ?? {};
    members[rest] = value;
    found.set(Number(number), members);
  }
  return [...found].sort(([a], [b]) => a - b).map(([, members]) => members);
}

/** Whether nothing in a JSON text is nested deeper than what is read, without reading it. */
function isShallow(text: string): boolean {
  let [depth, inText] = [0, false];
  for (let index = 0; index < text.length; index++) {
    // By numbers: a session says the same again and again, and all of it comes past here.
    const code = text.charCodeAt(index);
    if (inText) {
      if (code === backslash) index++;
      else if (code === quote) inText = false;
    } else if (code === quote) inText = true;
    else if (code === openBrace || code === openBracket) {
      if (++depth > deepestJson) return false;
    } else if (code === closeBrace || code === closeBracket) depth--;
  }
  return true;
}

const [quote, backslash] = [0x22, 0x5c];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];
