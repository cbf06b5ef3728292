/**
 * Words are compared by their stems, so that "modelling", "models" and "model" are one, and "approval" and "approves".
 * A stem is no word and is shown to nobody. Two words that share one by accident do little harm: a text that fits two
 * tools is refused.
 */
export function stem(word: string): string {
  const lower = word.toLowerCase();
  const irregular = irregulars.get(lower);
  if (irregular !== undefined) return irregular;
  // Adverbs are other words than their adjectives: "send externally" is not "send external".
  if (!/^[a-z]{3,}$/.test(lower) || lower.endsWith("ly")) return lower;
  const one = singular(lower);
  const [ending = "", put = ""] = endings.find(([end]) => one.endsWith(end) && one.length - end.length >= 3) ?? [];
  return withoutVowel(ending === "" ? one : undoubled(one.slice(0, -ending.length) + put));
}

const irregulars = new Map([
  ["ppl", "people"],
  ["sent", "send"],
  ["paid", "pay"],
  ["made", "mak"],
  ["ran", "run"],
  ["using", "us"],
  ["used", "us"],
  ["uses", "us"],
  ["use", "us"],
]);

/** Endings of verbs and of the nouns made of them, each before those that it ends with, and what is left of them. */
const endings: readonly (readonly [string, string])[] = [
  ["ification", "ify"],
  ["ation", "ate"],
  ["etion", "ete"],
  ["ment", ""],
  ["ing", ""],
  ["ied", "y"],
  ["ed", ""],
  ["oval", "ove"],
  ["ution", "ute"],
];

function singular(word: string): string {
  if (word.endsWith("ies")) return `${word.slice(0, -3)}y`;
  if (/(?:ss|x|z|ch|sh)es$/.test(word)) return word.slice(0, -2);
  return word.endsWith("s") && !/(?:ss|us|is)$/.test(word) ? word.slice(0, -1) : word;
}

function undoubled(word: string): string {
  return /([bdglmnprt])\1$/.test(word) ? word.slice(0, -1) : word;
}

/** "create" and "creat-ing", "invoke" and "invoc-ation" end alike, and "copy" and "copi-es". */
function withoutVowel(word: string): string {
  if (word.endsWith("ocate")) return `${word.slice(0, -4)}k`;
  if (word.endsWith("cellate")) return word.slice(0, -4);
  if (word.endsWith("e")) return word.slice(0, -1);
  return word.endsWith("y") ? `${word.slice(0, -1)}i` : word;
}

/** The words of an identifier: split at whatever is no letter and no digit, and before a capital after a small letter. */
export function wordsOf(identifier: string): string[] {
  return identifier
    .replaceAll(/([\p{Ll}\p{N}])(\p{Lu})/gu, "$1 $2")
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "")
    .map((word) => word.toLowerCase());
}

/** The stems of an identifier's words. */
export function stemsOf(identifier: string): string[] {
  return wordsOf(identifier).map(stem);
}
