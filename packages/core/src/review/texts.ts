import { isJsonObject, type Json } from "../json.ts";
import { hiddenCharactersIn, withoutHidden } from "./hiddenCharacters.ts";

/** Schemas nest a few levels; what nests deeper is made to keep a reader busy. */
const maximumDepth = 64;
/** Whose values are data that a call may have to carry as they are, not words for a reader. */
const dataMembers: ReadonlySet<string> = new Set(["const", "default", "enum", "examples", "pattern"]);
/** Whose members have names of their own: a property may be called `default` and still have a description. */
const named = /(^|\.)(properties|patternProperties|\$defs|definitions|dependentSchemas)$/;

interface Text {
  readonly text: string;
  /** As in `inputSchema.properties.amount.description`, or `the name of inputSchema.properties.amount`. */
  readonly place: string;
  readonly isData: boolean;
}

/** Every text in a description, names of members included. */
function* textsIn(value: Json, place = "", isData = false, depth = 0): Generator<Text> {
  if (typeof value === "string") yield { text: value, place, isData };
  if (typeof value !== "object" || value === null) return;
  if (depth > maximumDepth) throw new TooDeep();
  if (!isJsonObject(value)) {
    for (const [index, member] of value.entries()) yield* textsIn(member, `${place}[${index}]`, isData, depth + 1);
    return;
  }
  for (const [name, member] of Object.entries(value)) {
    const inside = place === "" ? name : `${place}.${name}`;
    yield { text: name, place: `the name of ${inside}`, isData: false };
    yield* textsIn(member, inside, isData || (!named.test(place) && dataMembers.has(name)), depth + 1);
  }
}

/** Every text in a description, without its place. @throws for a description that {@link problemsOfTexts} finds too deep. */
export function* textsOf(description: object): Generator<string> {
  for (const { text } of textsIn(description as Json)) yield text; // Descriptions are JSON, whatever their type is called.
}

class TooDeep extends Error {}

/**
 * What is wrong with the texts of a description (a tool, a prompt), wherever in it: characters that nobody sees, and
 * words that aren't in Unicode's composed form (NFC), so that two that look alike differ (T12).
 * @param most how many problems are enough.
 * @returns the first problem of each text, as what goes after "it has".
 */
export function problemsOfTexts(description: object, most = 5): string[] {
  const problems: string[] = [];
  try {
    // Descriptions are JSON, whatever their type is called.
    for (const text of textsIn(description as Json)) {
      const problem = problemOf(text);
      if (problem !== undefined) problems.push(problem);
      if (problems.length === most) break;
    }
  } catch (error) {
    if (!(error instanceof TooDeep)) throw error;
    problems.push(`more than ${maximumDepth} levels`);
  }
  return problems;
}

function problemOf({ text, place, isData }: Text): string | undefined {
  const [hidden] = hiddenCharactersIn(text);
  const where = withoutHidden(place).slice(0, 300);
  if (hidden !== undefined) return `${hidden.what} (${hidden.codePoint}) as character ${hidden.at + 1} of ${where}`;
  if (isData || text.normalize("NFC") === text) return undefined;
  return `a text that isn't in Unicode's composed form (NFC) as ${where}`;
}
