import { lightVerbs, relative, sameVerbs, toolNouns } from "./lexicon.ts";
import type { Condition } from "./meaning.ts";
import { stem } from "./stems.ts";
import type { Token } from "./tokens.ts";
import type { Tool, Vocabulary } from "./vocabulary.ts";

/** More words than this no tool's name has. */
export const longestPhrase = 12;

/** Words that may stand among a tool's without saying anything. */
export const silent = new Set(["the", "a", "an", "any", "every", "each", "all", "of", "'s"]);

/** A word of a phrase. */
export interface Word {
  readonly token: Token;
  readonly stem: string;
}

/** The words of a phrase that say something. */
export function wordsIn(tokens: readonly Token[]): Word[] {
  return tokens.filter(({ lower }) => !silent.has(lower)).map((token) => ({ token, stem: stem(token.text) }));
}

/** Whether a word is a verb that says no more than that the tool is called. */
export function isLight(word: Word | undefined): boolean {
  return word !== undefined && lightVerbs.has(word.token.lower);
}

/** How the words of a phrase are those of a tool. */
export interface Account {
  /** Words that the tool doesn't have. */
  readonly left: readonly Word[];
  /** Words for what the deed is of. */
  readonly loose: readonly Word[];
  /** Words of its description, where they stand for what is missing of its name. */
  readonly described: readonly Word[];
  readonly conditions: readonly Condition[];
  /** How many words of the tool's own name there are. */
  readonly own: number;
}

/** Looks for each word of a phrase among the words of a tool. */
export function account(words: readonly Word[], tool: Tool): Account {
  const compounds = new Set(tool.stems);
  const left: Word[] = [];
  const loose: Word[] = [];
  const described: Word[] = [];
  const conditions: Condition[] = [];
  let own = 0;
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (!word) continue;
    const pair = stem(word.token.lower + (words[i + 1]?.token.lower ?? " "));
    const modifier = modifierOf(word, tool);
    if (tool.stems.includes(word.stem)) own++;
    else if (compounds.has(pair)) {
      own++;
      i++;
    } else if (modifier) conditions.push(modifier);
    else if (i === 0 && sameVerbs.some((same) => same.has(word.stem) && same.has(tool.stems[0] ?? ""))) continue;
    else if (tool.of.includes(word.stem)) loose.push(word);
    else if (tool.does.includes(word.stem)) described.push(word);
    else if (!tool.targetStems.has(word.stem)) left.push(word);
  }
  // What the deed is of adds nothing to the whole name, and can't stand for what is missing of it.
  const whole = own >= tool.stems.length;
  return { left: whole ? left : [...left, ...loose], loose, described: whole ? [] : described, conditions, own };
}

/** A flag of the tool ("urgent transfers") or a member of an enumeration ("vacation leave"), if it is the only one of that name. */
function modifierOf({ token, stem: one }: Word, { parameters }: Tool): Condition | undefined {
  // Whoever creates something creates something new.
  if (relative.has(token.lower)) return undefined;
  const flags = parameters.filter(({ type, stems }) => type.kind === "bool" && stems.length === 1 && stems[0] === one);
  const enumerations = parameters.filter(
    ({ type }) => type.kind === "enum" && [...type.members].some((member) => member.toLowerCase() === token.lower),
  );
  const [parameter, another] = [...flags, ...enumerations];
  if (!parameter || another) return undefined;
  const subject = { kind: "path" as const, path: parameter.path };
  return flags.length > 0
    ? { kind: "atom", subject, predicate: { kind: "true" } }
    : { kind: "atom", subject, predicate: { kind: "oneOf", values: [{ token }] } };
}

/** Whether some tool has all of these words so far: if none has, no further word will help. */
export function mayGoOn(tokens: readonly Token[], { tools }: Vocabulary): boolean {
  const words = wordsIn(tokens).filter(
    ({ token }) => token.kind !== "quoted" && !toolNouns.has(token.lower) && !lightVerbs.has(token.lower),
  );
  return tools.some((tool) => {
    if (tokens.some(({ text }) => isNameOf(text, tool))) return true;
    const { left, loose } = account(words, tool);
    return left.every((word) => loose.includes(word) || isBegun(word.token, tool));
  });
}

function isBegun(token: Token, tool: Tool): boolean {
  return tool.stems.some((one) => one.startsWith(token.lower)) || isSame(token, tool);
}

function isSame(token: Token, tool: Tool): boolean {
  return sameVerbs.some((same) => same.has(stem(token.text)) && same.has(tool.stems[0] ?? ""));
}

function isNameOf(text: string, { name, ownName }: Tool): boolean {
  const wanted = text.toLowerCase();
  return wanted === name.toLowerCase() || wanted === ownName.toLowerCase();
}
