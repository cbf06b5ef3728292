import { bool, equal, member, type Term } from "./terms.ts";

/** A pattern of `like`: the texts between its wildcards, each of which stands for any text. */
export type Pattern = readonly string[];

/** Reads a pattern of Cedar's JSON: `"Wildcard"`, or `{"Literal": "x"}` for each character. */
export function patternOf(parts: readonly ("Wildcard" | { readonly Literal: string })[]): Pattern {
  const texts = [""];
  for (const part of parts) {
    if (part === "Wildcard") texts.push("");
    else texts.push((texts.pop() ?? "") + part.Literal);
  }
  return texts;
}

/** Whether a text is what a pattern asks for, in time that grows with the length of both. */
export function matches(text: string, pattern: Pattern): boolean {
  const [first = "", ...others] = pattern;
  const last = others.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  for (const between of others) {
    const found = text.indexOf(between, at);
    if (found === -1) return false;
    at = found + between.length;
  }
  return at + last.length <= text.length;
}

/** What holds of a pattern's set of strings. */
export function matchesOfLiterals(set: Term, pattern: Pattern, strings: ReadonlyMap<bigint, string>): Term[] {
  return [...strings].map(([code, text]) =>
    equal(member({ op: "int", sort: "Int", value: code }, set), bool(matches(text, pattern))),
  );
}

/**
 * A text that some patterns match and others don't; undefined if none is found among the likely ones.
 *
 * @param words What it should be if the patterns leave the choice.
 */
export function textLike(
  wanted: readonly Pattern[],
  unwanted: readonly Pattern[],
  words: readonly string[],
  isTaken: (text: string) => boolean,
): string | undefined {
  const isGood = (text: string) =>
    wanted.every((pattern) => matches(text, pattern)) &&
    !unwanted.some((pattern) => matches(text, pattern)) &&
    !isTaken(text);
  const fillings = ["", ...words, "1"];
  const single = wanted.flatMap((pattern) => fillings.map((filling) => pattern.join(filling)));
  const double = single.flatMap((a) => single.map((b) => a + b));
  return [...words, ...single, ...double, "1", ""].slice(0, mostTried).find(isGood);
}

const mostTried = 1_000;
