import type { Json } from "../../json.ts";
import { isSecretName } from "./secretNames.ts";

/**
 * What of a value is kept. `NONE`: nothing. `SHAPES`: the names, and the type of each value. `MASKED`: names, booleans, null,
 * short numbers, and strings that everybody knows. `FULL`: all of it.
 */
export type Redaction = "NONE" | "SHAPES" | "MASKED" | "FULL";

/** What is kept where a gateway's settings say nothing. */
export const defaultRedaction = "MASKED" satisfies Redaction;

/** So many characters of JSON are kept at most, give or take the last member. */
const mostCharacters = 16_000;
const longestString = 4_096;
const deepest = 32;
/** So many digits identify somebody: numbers of accounts, of cards, of telephones. */
const digitsThatIdentify = 9;
/** A name as programmers give them. Whatever else is in its place can be anything, such as an address. */
const plainName = /^(?!(?:\D*\d){9})[A-Za-z_$@][\w$.:-]{0,63}$/;

const cut = "<cut>";
const masked = "<masked>";

/**
 * The JSON text of what is kept of a value; nothing where nothing is. It says where something was cut, masked or too deep.
 * @param known strings that tell nothing, because they are listed where everybody can read them.
 */
export function redacted(
  value: Json,
  redaction: Redaction,
  known: ReadonlySet<string> = new Set(),
): string | undefined {
  if (redaction === "NONE") return undefined;
  return JSON.stringify(keep(value, { redaction, known, left: mostCharacters }, 0));
}

/** One value on its way into the record. */
interface Keeping {
  readonly redaction: Exclude<Redaction, "NONE">;
  readonly known: ReadonlySet<string>;
  /** How many characters there is still room for. */
  left: number;
}

function keep(value: Json, keeping: Keeping, depth: number): Json {
  if (keeping.left <= 0) return cut;
  if (typeof value !== "object" || value === null) {
    const kept = keepLeaf(value, keeping);
    // As JSON has it, with escapes and a comma.
    keeping.left -= JSON.stringify(kept).length + 1;
    return kept;
  }
  keeping.left -= 3;
  if (depth >= deepest) return cut;
  return Array.isArray(value) ? keepItems(value, keeping, depth) : keepMembers(value, keeping, depth);
}

function keepItems(items: readonly Json[], keeping: Keeping, depth: number): Json {
  const kept: Json[] = [];
  for (const item of items) {
    kept.push(keep(item, keeping, depth + 1));
    if (keeping.left <= 0) return kept.length < items.length ? [...kept, cut] : kept;
  }
  return kept;
}

function keepMembers(members: Readonly<Record<string, Json>>, keeping: Keeping, depth: number): Json {
  const kept: Record<string, Json> = Object.create(null);
  for (const [name, value] of Object.entries(members)) {
    if (keeping.left <= 0) {
      kept[cut] = cut;
      return kept;
    }
    const shown = keepName(name, keeping, kept);
    keeping.left -= JSON.stringify(shown).length + 2;
    if (keeping.redaction === "MASKED" && isSecretName(name)) {
      kept[shown] = masked;
      keeping.left -= masked.length + 3;
    } else kept[shown] = keep(value, keeping, depth + 1);
  }
  return kept;
}

function keepName(name: string, { redaction }: Keeping, kept: Readonly<Record<string, Json>>): string {
  if (redaction === "FULL") return cutTo(longestString, name);
  if (plainName.test(name)) return name;
  const shown = `<name of ${name.length}>`;
  if (!(shown in kept)) return shown;
  return `<name of ${name.length}, ${Object.keys(kept).length + 1}>`;
}

function keepLeaf(value: string | number | boolean | null, { redaction, known }: Keeping): Json {
  switch (redaction) {
    case "SHAPES":
      return value === null ? "null" : typeof value;
    case "FULL":
      return typeof value === "string" ? cutTo(longestString, value) : value;
    case "MASKED":
      if (typeof value === "string") return known.has(value) ? value : `<string of ${value.length}>`;
      if (typeof value === "number") return maskNumber(value);
      return value;
  }
}

function maskNumber(value: number): Json {
  const digits = String(value).replaceAll(/\D/g, "").length;
  return digits < digitsThatIdentify ? value : `<number of ${digits} digits>`;
}

function cutTo(length: number, text: string): string {
  return text.length <= length ? text : `${text.slice(0, length)}<cut: ${text.length - length} more>`;
}
