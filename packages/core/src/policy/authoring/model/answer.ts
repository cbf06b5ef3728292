import { z } from "zod";
import { longestStatement } from "../../statement.ts";

/** What the model says of one statement of the text. */
export type AnswerEntry =
  | { readonly fragment: string; readonly cedar: string }
  | { readonly fragment: string; readonly notTranslatable: string };

/** As many statements as a text of 2,000 characters can hold. */
const mostEntries = 50;
const longestFragment = 4_000;

const fragment = z.string().min(1).max(longestFragment);
const answer = z.array(
  z.union([
    z.strictObject({ fragment, cedar: z.string().min(1).max(longestStatement) }),
    z.strictObject({ fragment, notTranslatable: z.string().max(longestFragment) }),
  ]),
);

/**
 * Reads a model's answer: a JSON array, which may have words around it, as models will have it, but nothing else in it.
 * @returns What is wrong, if it can't be read, for the model to mend.
 */
export function readAnswer(text: string): readonly AnswerEntry[] | string {
  const candidates = candidatesIn(text);
  const parsed = candidates.flatMap((candidate) => {
    try {
      return [JSON.parse(candidate) as unknown];
    } catch {
      return [];
    }
  });
  const [first] = parsed;
  if (first === undefined) return "There is no JSON array in it that can be parsed.";
  // Before each of them is looked at.
  if (Array.isArray(first) && first.length > mostEntries)
    return `The JSON array has more than ${mostEntries} elements.`;
  const { data, error } = answer.safeParse(first);
  return data ?? `The JSON is not of the shape that was asked for: ${z.prettifyError(error)}`;
}

/** Where the array may be, the likeliest place first. Few, because each is parsed, and found in linear time (T11). */
function candidatesIn(text: string): string[] {
  // What a reasoning model thinks aloud comes before its answer.
  const said = text.split("</think>").at(-1) ?? "";
  const fences = said.split("```").filter((_, index) => index % 2 === 1);
  const end = said.lastIndexOf("]") + 1;
  const starts = new Set([said.indexOf("["), said.search(/^[ \t]*\[/m), said.search(/\[\s*\{/)]);
  const bare = [...starts].filter((start) => start >= 0 && start < end).map((start) => said.slice(start, end));
  return [said, fences.at(-1)?.replace(/^json\b/, "") ?? "", ...bare];
}
