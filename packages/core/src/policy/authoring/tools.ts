import { lightVerbs, sameVerbs, toolNouns } from "./lexicon.ts";
import type { Condition } from "./meaning.ts";
import { stem } from "./stems.ts";
import type { Token } from "./tokens.ts";
import { account, isLight, silent, type Word, wordsIn } from "./toolWords.ts";
import { listed } from "./untranslatable.ts";
import type { Parameter, Tool, Vocabulary } from "./vocabulary.ts";

/** How words speak of a tool: by what it does ("create applications"), as a thing ("the application tool"), or either. */
export type Form = "verb" | "thing" | "either";

/** The tools that some words mean, with what the words say besides: "urgent transfers" are transfers that are urgent. */
export interface Named {
  readonly tools: readonly Tool[];
  readonly conditions: readonly Condition[];
}

export type Found = Named | { readonly reason: string };

/**
 * Finds the tool that words mean. Every word must be one of the tool's: of its name, its target's name, or of what its
 * description says it does. If more than one tool has all the words, the words are refused.
 */
export function findTool(tokens: readonly Token[], form: Form, { tools }: Vocabulary): Found {
  const exact = exactly(tokens, form, tools);
  if (exact.length === 1) return { tools: exact, conditions: [] };
  const words = wordsIn(tokens);
  if (words.length === 0 || exact.length > 1) return among(exact, tokens);
  const noun = words.findIndex(({ token }) => toolNouns.has(token.lower));
  if (noun >= 0) return byNoun(words, noun, tokens, form, tools);
  const ways = [
    ...(form === "verb" ? [] : [() => asThing(words, tools, form === "thing")]),
    ...(form === "thing" ? [] : [() => asDeed(words, tools)]),
    ...(form === "verb" && isLight(words[0])
      ? [() => asThing(words.slice(1), tools, !doing.has(words[0]?.stem ?? ""))]
      : []),
  ];
  const found = unique(ways.flatMap((way) => way())).filter((one) =>
    one.tools.every((tool) => saysAll(tokens, tool) && keepsOrder(words, tool)),
  );
  const [only] = found;
  return only && found.length === 1
    ? only
    : among(
        found.flatMap((one) => one.tools),
        tokens,
      );
}

/** Whether the words have the "all" of a tool's name, which says nothing elsewhere. */
function saysAll(tokens: readonly Token[], { stems }: Tool): boolean {
  return stems.every((one) => !silent.has(one) || one === "of" || tokens.some(({ lower }) => lower === one));
}

/** Whether what stands behind a "to" is what stands behind it in the tool's name: `copy_staging_to_production` isn't the way back. */
function keepsOrder(words: readonly Word[], { stems }: Tool): boolean {
  const given = words.map(({ stem }) => stem);
  return stems.every((one, i) => {
    const at = prepositions.has(one) ? given.indexOf(one) : -1;
    const [before, behind] = [stems.slice(0, i), stems.slice(i + 1)];
    return at < 0 || behind.every((other) => before.includes(other) || !given.slice(0, at).includes(other));
  });
}

/** Verbs with which a noun is what is done, as in "issue refunds", and not what is used. */
const doing = new Set(["do", "does", "perform", "process", "make", "issue", "handle", "run", "execute"].map(stem));

function unique(found: readonly Named[]): Named[] {
  return [...new Map(found.map((one) => [one.tools.map(({ name }) => name).join(), one])).values()];
}

function among(tools: readonly Tool[], tokens: readonly Token[]): { reason: string } {
  const words = tokens.map(({ text }) => text).join(" ");
  const names = listed(tools.map(({ name }) => name));
  return { reason: tools.length > 1 ? `"${words}" may mean ${names}` : `"${words}" names no tool exactly` };
}

/** The tools with exactly this name, as in "create_application", "the create_application tool" or "call create_application". */
function exactly(tokens: readonly Token[], form: Form, tools: readonly Tool[]): Tool[] {
  const rest = tokens.filter(({ lower, kind }) => kind === "quoted" || !(silent.has(lower) || toolNouns.has(lower)));
  const named = form === "verb" && rest.length === 2 && lightVerbs.has(rest[0]?.lower ?? "") ? rest.slice(1) : rest;
  const [only] = named;
  if (!only || named.length > 1) return [];
  const qualified = tools.filter(({ name }) => name === only.text);
  if (qualified.length > 0) return qualified;
  const wanted = only.text.toLowerCase();
  return tools.filter(({ name, ownName }) => name.toLowerCase() === wanted || ownName.toLowerCase() === wanted);
}

/** "The application tool": one tool has all the words in its name or its target's. "The calendar tools": as many as have them. */
function byNoun(
  words: readonly Word[],
  noun: number,
  tokens: readonly Token[],
  form: Form,
  tools: readonly Tool[],
): Found {
  if (noun !== words.length - 1) return among([], tokens);
  const called = form === "verb" ? isLight(words[0]) : true;
  const described = words.slice(form === "verb" && called ? 1 : 0, noun);
  if (!called || described.length === 0) return among([], tokens);
  const having = tools.filter((tool) =>
    described.every(({ stem }) => isOf(tool.stems, stem) || tool.targetStems.has(stem)),
  );
  const each = tokens.some(({ lower }) => ["all", "any", "every", "each"].includes(lower));
  const plural = /s$/.test(words[noun]?.token.lower ?? "");
  if (having.length === 1 || (having.length > 1 && (each || plural) && isClosed(having, described, tools)))
    return { tools: having, conditions: [] };
  return among(having, tokens);
}

/** No tool beside these may be meant as well: all of the targets whose names have the words, or tools by their names only. */
function isClosed(having: readonly Tool[], words: readonly Word[], tools: readonly Tool[]): boolean {
  const targets = new Set(
    tools.filter(({ targetStems }) => words.every(({ stem }) => targetStems.has(stem))).map(({ target }) => target),
  );
  return targets.size === 0 || (targets.size === 1 && having.every(({ target }) => targets.has(target)));
}

function isOf(stems: readonly string[], one: string): boolean {
  return stems.includes(one);
}

/**
 * "The risk model": the words are the whole name but for a verb that says nothing, as "invoke".
 *
 * @param alone Whether no other tool may have the words: "access to refunds" may be to their status as well.
 */
function asThing(words: readonly Word[], tools: readonly Tool[], alone: boolean): Named[] {
  const given = new Set(words.map(({ stem }) => stem));
  const found = tools.flatMap((tool) => {
    const { left, conditions } = account(words, tool);
    const whole = tool.stems.every(
      (one, i) => given.has(one) || (i === 0 && lightStems.has(one) && tool.stems.length > 1),
    );
    return left.length === 0 && whole ? [{ tools: [tool], conditions }] : [];
  });
  const others = tools.filter(({ stems }) => words.every(({ stem }) => stems.includes(stem)));
  const [only] = found;
  const isWhole = only?.tools[0]?.stems.every((one) => given.has(one)) === true;
  return alone && !isWhole && found.length > 0 && others.length > 1
    ? others.map((tool) => ({ tools: [tool], conditions: [] }))
    : found;
}

const lightStems = new Set([...lightVerbs].map(stem));

/** "Create applications", "creating an application", "application creation": what the tool does, perhaps to what. */
function asDeed(words: readonly Word[], tools: readonly Tool[]): Named[] {
  if (words.every(isLight)) return [];
  const candidates = tools.flatMap((tool) => {
    const { left, described, conditions, own } = account(words, tool);
    const fits = left.length === 0 && own > 0 && isObject(words, described, tool);
    const rank = fits ? deedRank(words, tool, conditions.length) : 0;
    return rank > 0 ? [{ tools: [tool], conditions, rank, complete: own - tool.stems.length }] : [];
  });
  const best = Math.max(0, ...candidates.map(({ rank }) => rank));
  const ranked = candidates.filter(({ rank }) => rank === best);
  const complete = ranked.filter((one) => one.complete === 0);
  return complete.length === 1 ? complete : ranked;
}

/**
 * Whether what the words say is done to is what the tool does it to: the last word of its name, so that "get refunds" is
 * not `get_refund_status`; or what its description says, if that begins with the same verb.
 */
function isObject(words: readonly Word[], described: readonly Word[], { stems, does }: Tool): boolean {
  const given = words.map(({ stem }) => stem);
  const own = stems.slice(1).filter((one) => given.includes(one));
  if (described.some(({ stem }) => stem !== does[0])) {
    return given.includes(does[0] ?? "") && own.every((one) => one === does[0]);
  }
  // In `move_funds_to_savings` funds are moved.
  const preposition = stems.findIndex((one) => prepositions.has(one));
  const head = stems[(preposition > 1 ? preposition : stems.length) - 1] ?? "";
  return own.length === 0 || own.includes(head);
}

const prepositions = new Set(["to", "from", "for", "in", "into", "of", "on", "by", "with", "at"]);

/** How the words say what the tool does: by its own verb, by one that means the same, by its description's; 0 if they don't. */
function deedRank(words: readonly Word[], tool: Tool, modifiers: number): number {
  const verbs = [words[0], words[modifiers], words.at(-1)].flatMap((word) => word?.stem ?? []);
  const compound = words
    .slice(0, 2)
    .map(({ token }) => token.lower)
    .join("");
  const [own = "", does = ""] = [tool.stems[0], tool.does[0]];
  if (verbs.includes(own) || stem(compound) === own) return 3;
  const first = verbs.slice(0, -1);
  if (sameVerbs.some((same) => same.has(own) && first.some((verb) => same.has(verb)))) return 2;
  return first.includes(does) && words.length > 1 ? 1 : 0;
}

/** The parameter at a path. */
export function parameterAt(tool: Tool, path: readonly string[]): Parameter | undefined {
  return tool.parameters.find(
    (one) => one.path.length === path.length && one.path.every((name, i) => name === path[i]),
  );
}
