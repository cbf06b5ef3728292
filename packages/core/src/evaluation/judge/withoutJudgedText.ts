/** As many letters and digits in a row are no coincidence, or are hidden although they are. */
const window = 8;

/**
 * A message of somebody else without what it repeats of a text, whichever way either is escaped: endpoints quote in their
 * errors what they were asked, and what is judged is shown in no error (T18).
 */
export function withoutJudgedText(message: string, judged: string): string {
  const letters = lettersOf(message);
  const text = letters.map(({ letter }) => letter).join("");
  const known = lettersOf(judged)
    .map(({ letter }) => letter)
    .join("");
  let shown = "";
  let shownTo = 0;
  for (let index = 0; index + window <= text.length; index++) {
    if (!known.includes(text.slice(index, index + window))) continue;
    const [from, to] = [letters[index]?.from ?? 0, letters[index + window - 1]?.to ?? message.length];
    if (from >= shownTo) shown += `${message.slice(shownTo, from)}…`;
    shownTo = to;
  }
  return shown + message.slice(shownTo);
}

/** A letter or digit in lower case, as one unit of UTF-16, and where in its text it is. */
interface Letter {
  readonly letter: string;
  readonly from: number;
  readonly to: number;
}

/** A text's letters and digits, of JSON's escapes those that they stand for. */
function lettersOf(text: string): Letter[] {
  const letters: Letter[] = [];
  for (const match of text.matchAll(/\\+u([\da-f]{4})|\\+[nrtbf]|[\p{L}\p{N}]/giu)) {
    const [whole, code] = match;
    const character = code === undefined ? whole : String.fromCharCode(Number.parseInt(code, 16));
    if (!/^[\p{L}\p{N}]$/u.test(character)) continue;
    // Some letters are two units, or become two in lower case.
    for (const letter of character.toLowerCase().split("")) {
      letters.push({ letter, from: match.index, to: match.index + whole.length });
    }
  }
  return letters;
}
