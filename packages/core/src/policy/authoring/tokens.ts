import { type Amount, amountOfDigits, currencyOf, scaleOf, smallNumber } from "./numbers.ts";

/** A word, number, quoted text or sign of a sentence. */
export interface Token {
  readonly kind: "word" | "number" | "quoted" | "sign";
  /** As it is written, without quotes. */
  readonly text: string;
  /** In small letters; empty for what is quoted, which is no word of the language. */
  readonly lower: string;
  /** Where it is in the sentence. */
  readonly start: number;
  readonly end: number;
  readonly amount?: Amount;
}

const pattern = new RegExp(
  [
    /"[^"\n]{0,300}"|“[^”\n]{0,300}”|`[^`\n]{0,300}`/u,
    /(?<![\p{L}\p{N}])['‘][^'’\n]{1,300}['’](?![\p{L}\p{N}])/u,
    /(?:(?:us\$|[$€£])\s?)?-?\d[\p{L}\p{N},.:/%-]*(?<![,.:/-])/u,
    /\/?\p{L}[\p{L}\p{M}\p{N}_\-./:@'’]*(?<![-./:]|(?<!s)['’])/u,
    /[<>=!]=|[<>=≤≥≠$€£]/u,
    /\S/u,
  ]
    .map(({ source }) => source)
    .join("|"),
  "giu",
);

/** Takes a sentence apart: every character but blanks is in a token, so that nothing is overlooked. */
export function tokenize(sentence: string): Token[] {
  return joinNumbers([...sentence.matchAll(pattern)].flatMap((match) => tokensOf(match[0], match.index)));
}

const quotes = /^["“`'‘](.*)["”`'’]$/su;

function tokensOf(text: string, start: number): Token[] {
  const end = start + text.length;
  const quoted = text.length > 1 ? quotes.exec(text)?.[1] : undefined;
  if (quoted !== undefined) return [{ kind: "quoted", text: quoted, lower: "", start, end }];
  const compact = text.replace(/\s/, "");
  const amount = amountOfDigits(compact);
  if (amount) return [{ kind: "number", text, lower: text, start, end, amount }];
  if (!/^\/?\p{L}/u.test(text)) return [{ kind: /\p{N}/u.test(text) ? "word" : "sign", text, lower: text, start, end }];
  const spelled = text.replaceAll("’", "'");
  return expand(spelled).map((word) => ({ kind: "word", text: word, lower: word.toLowerCase(), start, end }));
}

/** Writes short forms out: "don't" is "do not", "it's" is "it is", and "user's" is "user" with the mark of a genitive. */
function expand(word: string): string[] {
  const lower = word.toLowerCase();
  if (lower === "cannot" || lower === "can't" || lower === "cant") return ["can", "not"];
  if (lower === "won't" || lower === "shan't") return [word];
  const [, verb] = /^(do|does|is|are|must|should|has|have|may)n'?t$/.exec(lower) ?? [];
  if (verb !== undefined) return [verb, "not"];
  const [, pronoun, contracted] = /^(it|they|he|she|that)'(s|re)$/.exec(lower) ?? [];
  if (pronoun !== undefined) return [pronoun, contracted === "s" ? "is" : "are"];
  if (/s'$/.test(lower)) return [word.slice(0, -1), "'s"];
  if (lower.endsWith("'s")) return [word.slice(0, -2), "'s"];
  return [word];
}

/** Makes one token of `5 million dollars`, `ten thousand` and `twenty five hundred USD`. */
function joinNumbers(tokens: readonly Token[]): Token[] {
  const joined: Token[] = [];
  for (let at = 0; at < tokens.length; ) {
    const number = numberAt(tokens, at);
    const token = number?.token ?? tokens[at];
    if (token) joined.push(token);
    at += number?.length ?? 1;
  }
  return joined;
}

function numberAt(tokens: readonly Token[], at: number): { token: Token; length: number } | undefined {
  const first = tokens[at];
  if (!first) return undefined;
  let next = at + 1;
  const scaleAt = (i: number) => scaleOf(tokens[i]?.lower ?? "");
  const article = /^an?$/.test(first.lower) && scaleAt(next) !== undefined;
  // "One of" begins a list, and "no one" is nobody.
  const isWord =
    first.lower !== "one" || (tokens[next]?.lower !== "of" && !/^(no|any)$/.test(tokens[at - 1]?.lower ?? ""));
  let value = article ? 10_000n : isWord ? (first.amount?.tenThousandths ?? smallNumber(first.lower)) : undefined;
  if (value === undefined) return undefined;
  const scaled = scaleAt(next) !== undefined || first.amount?.scaled === true;
  for (let scale = scaleAt(next); scale !== undefined; scale = scaleAt(++next)) value *= scale;
  const unit = currencyOf(tokens[next]?.lower ?? "");
  if (unit !== undefined) next++;
  const last = tokens[next - 1] ?? first;
  const currency = first.amount?.currency ?? unit;
  // Two currencies for one number, as in "$5 euros": left apart, where nothing will understand it.
  if (unit !== undefined && currency !== unit) return undefined;
  const token: Token = {
    kind: "number",
    text: tokens
      .slice(at, next)
      .map(({ text }) => text)
      .join(" "),
    lower: "",
    start: first.start,
    end: last.end,
    amount: {
      tenThousandths: value,
      ...(currency === undefined ? {} : { currency }),
      ...(scaled ? { scaled: true } : {}),
    },
  };
  return { token, length: next - at };
}

/** Whether a number may share the scale of a later one: "between 1 and 2 million", "under 5 or over 10 million". */
export function leavesScaleOpen(tokens: readonly Token[]): boolean {
  const thousand = 10_000_000n;
  return tokens.some(({ amount }, at) => {
    if (!amount || amount.scaled || amount.tenThousandths >= thousand || amount.tenThousandths === 0n) return false;
    const after = tokens.slice(at + 1, at + 6);
    const next = after.findIndex((token) => token.amount !== undefined);
    return (
      after[next]?.amount?.scaled === true &&
      after.slice(0, next).some(({ lower }) => /^(?:and|or|to|,|but)$/.test(lower))
    );
  });
}
