import { foldKey } from "../json.ts";

/** Why a text is refused, by the words that the refusal contains. */
export type Reason =
  | "half a surrogate pair"
  | "nested deeper than 64"
  | "more than 100000 arrays and objects"
  | "more than 20000 keys"
  | "longer than 256"
  | "more than 100000 characters"
  | "is not allowed"
  | "occurs twice"
  | "cannot be represented exactly";

/**
 * What parseStrictly promises, said a second time and in another way, for tests: every reason for which it may refuse a
 * text that is JSON. Slow and simple: it cuts the text into tokens and looks at each.
 */
export function reasonsToRefuse(text: string): Set<Reason> {
  const reasons = new Set<Reason>();
  const open: { keys: string[] | undefined }[] = [];
  let [containers, keys, folded] = [0, 0, 0];
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/gs) ?? [];
  for (const [index, token] of tokens.entries()) {
    if (token === "{" || token === "[") {
      open.push({ keys: token === "{" ? [] : undefined });
      if (open.length > 64) reasons.add("nested deeper than 64");
      if (++containers > 100_000) reasons.add("more than 100000 arrays and objects");
    } else if (token === "}" || token === "]") open.pop();
    else if (token.startsWith('"')) {
      const value = JSON.parse(token) as string;
      if (/\p{Surrogate}/u.test(value)) reasons.add("half a surrogate pair");
      const siblings = open.at(-1)?.keys;
      if (siblings === undefined || tokens[index + 1] !== ":") continue;
      if (++keys > 20_000) reasons.add("more than 20000 keys");
      if (value.length > 256) reasons.add("longer than 256");
      if (token.includes("\\")) folded += token.length - 1;
      if (/[^\0-\x7f]/.test(value)) folded += value.length;
      if (folded > 100_000) reasons.add("more than 100000 characters");
      if (["__proto__", "constructor", "prototype"].includes(value)) reasons.add("is not allowed");
      if (siblings.includes(foldKey(value))) reasons.add("occurs twice");
      siblings.push(foldKey(value));
    } else if (/^-?\d/.test(token)) {
      // As written, without the sign: what a float holds must be the same integer, or be a number at all.
      const isInteger = /^-?\d+$/.test(token);
      const exact = isInteger
        ? BigInt(token) >= -(2n ** 53n) + 1n && BigInt(token) <= 2n ** 53n - 1n
        : Number.isFinite(+token);
      if (!exact) reasons.add("cannot be represented exactly");
    }
  }
  return reasons;
}

/**
 * Holds parseStrictly against JSON.parse and {@link reasonsToRefuse}: what it accepts is JSON, with the same value, and has
 * no reason to be refused; what it refuses is no JSON, or has the reason that it gives.
 * @returns what it did, in a word. @throws Error where it does otherwise.
 */
export function holdAgainstReference(text: string, parse: (text: string) => unknown): string {
  const [plain, strict] = [attempt(() => JSON.parse(text) as unknown), attempt(() => parse(text))];
  if (!plain.ok) {
    if (strict.ok) throw new Error("what is no JSON was accepted");
    return "no JSON";
  }
  const reasons = reasonsToRefuse(text);
  if (strict.ok) {
    if (reasons.size > 0) throw new Error(`accepted although ${[...reasons].join(", ")}`);
    if (JSON.stringify(strict.value) !== JSON.stringify(plain.value))
      throw new Error("another value than JSON.parse's");
    return "accepted";
  }
  const reason = [...reasons].find((each) => strict.message.includes(each));
  if (reason === undefined) throw new Error(`refused with "${strict.message}", having: ${[...reasons].join(", ")}`);
  return reason;
}

type Outcome = { ok: true; value: unknown } | { ok: false; message: string };

function attempt(what: () => unknown): Outcome {
  try {
    return { ok: true, value: what() };
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof Error && error.name === "StrictParseError")) {
      return { ok: false, message: error.message };
    }
    throw error;
  }
}
