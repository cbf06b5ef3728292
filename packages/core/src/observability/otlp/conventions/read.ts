import type { Json } from "../../../json.ts";
import { maxNameCharacters } from "../limits.ts";

type Attributes = Readonly<Record<string, Json>>;

/** The first of these attributes that is a text, cut to what a key may have. A list of one text, as headers are, is one. */
export function textOf(attributes: Attributes, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = attributes[name];
    const text = Array.isArray(value) && value.length === 1 ? value[0] : value;
    if (typeof text === "string" && text.trim() !== "") return cut(text.trim());
  }
  return undefined;
}

/** The first of these attributes that counts something; some send numbers as text. */
export function countOf(attributes: Attributes, names: readonly string[]): number | undefined {
  for (const name of names) {
    const value = attributes[name];
    const number = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
    if (typeof number === "number" && Number.isSafeInteger(number) && number >= 0) return number;
  }
  return undefined;
}

function cut(text: string): string {
  return text.length > maxNameCharacters ? text.slice(0, maxNameCharacters).toWellFormed() : text.toWellFormed();
}
