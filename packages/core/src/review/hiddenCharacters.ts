/** A character that people don't see, or see otherwise than a model reads it. */
export interface HiddenCharacter {
  /** As in `U+202E`. */
  readonly codePoint: string;
  readonly what: string;
  /** Where it begins, in UTF-16 units. */
  readonly at: number;
}

/** What is looked for, the more telling word first. */
const kinds: readonly (readonly [RegExp, string])[] = [
  [/\p{Bidi_Control}/u, "a direction control"],
  [/[\u{e0000}-\u{e007f}]/u, "a tag character"],
  [/\p{Variation_Selector}/u, "a variation selector"],
  [/\p{Default_Ignorable_Code_Point}/u, "an invisible character"],
  [/[\ufff9-\ufffb]/u, "an annotation control"],
  [/\p{Cc}/u, "a control character"],
  [/[\p{Zl}\p{Zp}]/u, "a line or paragraph separator"],
  [/\p{Co}/u, "a private use character"],
  [/\p{Cs}/u, "half a surrogate pair"],
  [/\p{Noncharacter_Code_Point}/u, "no character"],
];
const suspects =
  /[\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\p{Cc}\p{Zl}\p{Zp}\p{Co}\p{Cs}\p{Noncharacter_Code_Point}\ufff9-\ufffb]/gu;

/** Scripts that can't be written without joiners. */
const joining =
  /[\p{sc=Arab}\p{sc=Beng}\p{sc=Deva}\p{sc=Gujr}\p{sc=Guru}\p{sc=Khmr}\p{sc=Knda}\p{sc=Mlym}\p{sc=Mong}\p{sc=Orya}\p{sc=Sinh}\p{sc=Syrc}\p{sc=Taml}\p{sc=Telu}\p{sc=Tibt}]/u;
const emojiPart = /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f/u;

/**
 * The hidden characters of a text, in which an instruction could stand that nobody sees, or that could show a text in
 * another order (T12). Tabs and line ends are none. Nor is what writing needs: emoji with their presentation selector and
 * their joiners, and a joiner between letters of a script that has them.
 */
export function hiddenCharactersIn(text: string): HiddenCharacter[] {
  return [...text.matchAll(suspects)].flatMap(({ 0: character, index }) => {
    if (isNeeded(character, before(text, index), after(text, index + character.length))) return [];
    const what = kinds.find(([pattern]) => pattern.test(character))?.[1] ?? "a hidden character";
    return [{ codePoint: nameOf(character), what, at: index }];
  });
}

/** A text in which hidden characters are written out, as in `\u{202e}`. */
export function withoutHidden(text: string): string {
  return text.replaceAll(suspects, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

function isNeeded(character: string, previous: string, next: string): boolean {
  switch (character) {
    case "\n":
    case "\t":
      return true;
    case "\r":
      return next === "\n";
    case "\ufe0e":
    case "\ufe0f":
      return /\p{Emoji}/u.test(previous);
    case "\u200d":
      return (emojiPart.test(previous) && /\p{Extended_Pictographic}/u.test(next)) || joins(previous, next);
    case "\u200c":
      return joins(previous, next);
    default:
      return false;
  }
}

function joins(previous: string, next: string): boolean {
  return joining.test(previous) && joining.test(next);
}

/** The character that ends before a place; empty at the beginning. */
function before(text: string, at: number): string {
  const low = text.slice(Math.max(0, at - 2), at);
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(low) ? low : text.slice(Math.max(0, at - 1), at);
}

function after(text: string, at: number): string {
  const point = text.codePointAt(at);
  return point === undefined ? "" : String.fromCodePoint(point);
}

function nameOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}
