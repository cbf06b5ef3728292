import { stemmer } from "stemmer";

/** Words that stand in nearly every sentence about any tool, and so tell none from another. */
const stopWords: ReadonlySet<string> = new Set(
  `a an and are as at be been by can could did do does for from had has have how i if in into is it its just let like me my
  of on or our please that the their them there they this to us want was we what when where which who why will with would
  you your s d ll re m t`.split(/\s+/),
);

/**
 * The words inside a text or an identifier: `createApplication` and `create_application` alike, in lower case. Of any
 * language that puts something between its words.
 */
export function wordsOf(text: string): string[] {
  return text
    .replaceAll(/(\p{Ll}|\p{N})(\p{Lu})/gu, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
}

/** What a text is found by: its words without those that say nothing, each by its English stem (`creates`, `created`). */
export function termsOf(text: string): string[] {
  return wordsOf(text)
    .filter((word) => !stopWords.has(word))
    .map(stemmer);
}
