/** A sentence of a text, and what kind of line it stands in. */
export interface Sentence {
  readonly text: string;
  /** A line of its own that may be a heading: nothing ends it, or a colon does. */
  readonly heading: boolean;
  /** Sentences between empty lines have the same number. */
  readonly paragraph: number;
  readonly question: boolean;
}

/** Marks of a list's items. */
const bullet = /^\s*(?:[-*•–]|\(?\d{1,3}[.)]|\(?[a-z]\))\s+/u;

/** Ends of sentences: never inside a number, an address or a pair of quotes. */
const sentences = /(?:"[^"]*"|“[^”]*”|`[^`]*`|[^.!?;"“`]|["“`]|[.!?;](?!\s|$))+[.!?;]*/gu;

/** Splits a text into sentences: at their ends, at semicolons, at line ends and bullets. */
export function splitSentences(text: string): Sentence[] {
  let paragraph = 0;
  return text.split(/\r\n|[\n\r\u2028\u2029]/u).flatMap((line) => {
    if (line.trim() === "") {
      paragraph++;
      return [];
    }
    const found = joinAbbreviations(line.replace(bullet, "").match(sentences) ?? []);
    return found
      .map((one) => one.trim())
      .filter((one) => one !== "")
      .map((one) => ({
        text: one,
        heading: one.endsWith(":") || (found.length === 1 && !/[.!?;]$/.test(one)),
        paragraph,
        question: /[?]/.test(one.replaceAll(/"[^"]*"|“[^”]*”|`[^`]*`/gu, "")),
      }));
  });
}

/** The point of an abbreviation ends no sentence. */
function joinAbbreviations(parts: readonly string[]): string[] {
  const joined: string[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (last !== undefined && /\b(?:e\.g|i\.e|vs|approx|incl|max|min)\.$/i.test(last))
      joined[joined.length - 1] = last + part;
    else joined.push(part);
  }
  return joined;
}
