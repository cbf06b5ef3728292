/** A sentence of a text. */
export interface Sentence {
  readonly text: string;
  readonly question: boolean;
}

/** Marks of a list's items. */
const bullet = /^\s*(?:[-*•–]|\(?\d{1,3}[.)]|\(?[a-z]\))\s+/u;

/** Ends of sentences: never inside a number, an address or a pair of quotes. */
const sentences = /(?:"[^"]*"|“[^”]*”|`[^`]*`|[^.!?;"“`]|["“`]|[.!?;](?!\s|$))+[.!?;]*/gu;

/** Splits a text into sentences: at their ends, at semicolons, at line ends and bullets. */
export function splitSentences(text: string): Sentence[] {
  return text.split(/\r\n|[\n\r\u2028\u2029]/u).flatMap((line) => {
    const found = joinAbbreviations(line.replace(bullet, "").match(sentences) ?? []);
    return found
      .map((one) => one.trim())
      .filter((one) => one !== "")
      .map((one) => ({
        text: one,
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
