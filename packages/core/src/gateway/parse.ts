import { foldKey, type Json, refusedKeys } from "../json.ts";

/** The text is not JSON, or JSON that two readers could read differently. */
export class StrictParseError extends Error {
  override readonly name = "StrictParseError";
}

/**
 * Bounds of what is read at all: they keep the time for a text below what anybody notices, whatever it holds. They are
 * looked at before JSON.parse is asked, because what exceeds them is what costs it most.
 */
const bounds = {
  depth: 64,
  containers: 100_000,
  keys: 20_000,
  keyLength: 256,
  /** Of all keys with escapes or characters beyond ASCII together: folding one can take a microsecond a character. */
  foldedCharacters: 100_000,
} as const;

/**
 * Parses JSON text that policy, gateway and target must all read alike (T08, T14, T23).
 *
 * What it accepts, `JSON.parse` accepts with the same value. It refuses besides: keys that occur twice in an object, also
 * where they differ only in case or Unicode form (some readers match keys without case); keys that reach a prototype;
 * strings with half a surrogate pair; numbers that a 64-bit float can't hold as written (integers beyond 2^53-1, 1e400);
 * nesting deeper than 64; more than 100,000 arrays and objects; more than 20,000 keys; keys longer than 256 characters; keys
 * that, where they have escapes or characters beyond ASCII, have more than 100,000 characters together.
 * @throws StrictParseError saying what is wrong and where.
 */
export function parseStrictly(text: string): Json {
  new Scan(text).run();
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new StrictParseError(error instanceof Error ? error.message : "not JSON");
  }
}

const quote = 0x22;
const minus = 0x2d;
const zero = 0x30;
const nine = 0x39;
const colon = 0x3a;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** An integer of no more characters is exact. */
const exactLength = 15;
/** A number without an exponent of no more characters is finite. */
const finiteLength = 300;

/**
 * Looks for what JSON.parse lets pass, in one go, by the positions of characters: of a text that is JSON it finds all of
 * it, of any other perhaps something, in no more time.
 */
class Scan {
  readonly #text: string;
  #position = 0;
  /** Where the next backslash is, at or after some position before which nothing is looked for any more. */
  #backslash = -1;
  #containers = 0;
  #keys = 0;
  #foldedCharacters = 0;
  /** The keys seen in each open object; `undefined` stands for an open array. */
  readonly #open: (Set<string> | undefined)[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  run(): void {
    const text = this.#text;
    if (!text.isWellFormed()) this.#refuse("the text holds half a surrogate pair", 0);
    while (this.#position < text.length) {
      const code = text.charCodeAt(this.#position);
      if (code === quote) this.#string();
      else if (code === openBrace) this.#enter(new Set());
      else if (code === openBracket) this.#enter(undefined);
      else if (code === closeBrace || code === closeBracket) this.#leave();
      else if ((code >= zero && code <= nine) || code === minus) this.#number();
      else this.#position++;
    }
  }

  #enter(scope: Set<string> | undefined): void {
    this.#open.push(scope);
    if (this.#open.length > bounds.depth) this.#refuse(`nested deeper than ${bounds.depth} levels`);
    if (++this.#containers > bounds.containers) this.#refuse(`more than ${bounds.containers} arrays and objects`);
    this.#position++;
  }

  #leave(): void {
    this.#open.pop();
    this.#position++;
  }

  #string(): void {
    const start = this.#position;
    const { end, isEscaped } = this.#endOfString(start + 1);
    this.#position = end + 1;
    const scope = this.#open.at(-1);
    if (scope !== undefined && this.#colonFollows()) this.#key(start, end, scope, isEscaped);
  }

  /** @param from the position after the quote that opens it. */
  #endOfString(from: number): { end: number; isEscaped: boolean } {
    let end = this.#find('"', from);
    if (this.#backslash < from) this.#backslash = this.#find("\\", from);
    const isEscaped = this.#backslash < end;
    while (this.#backslash < end) {
      const after = this.#backslash + this.#escape(this.#backslash);
      if (after > end) end = this.#find('"', after);
      this.#backslash = this.#find("\\", after);
    }
    return { end, isEscaped };
  }

  #find(what: string, from: number): number {
    const found = this.#text.indexOf(what, from);
    return found < 0 ? this.#text.length : found;
  }

  /** The length of an escape, of both together where two make one character. */
  #escape(position: number): number {
    const first = this.#surrogate(position);
    if (first === undefined) return 2;
    if (first === "high" && this.#surrogate(position + 6) === "low") return 12;
    return this.#refuse("a string holds half a surrogate pair", position);
  }

  #surrogate(position: number): "high" | "low" | undefined {
    // Anything else is seen by its first characters: most escapes are of a line's end or of a quote.
    if (
      !this.#text.startsWith("\\u", position) ||
      !/^[dD][89a-fA-F]/.test(this.#text.slice(position + 2, position + 4))
    ) {
      return undefined;
    }
    return /[89abAB]/.test(this.#text[position + 3] ?? "") ? "high" : "low";
  }

  #colonFollows(): boolean {
    let position = this.#position;
    while (isWhitespace(this.#text.charCodeAt(position))) position++;
    // What has been looked at isn't looked at again.
    this.#position = position;
    return this.#text.charCodeAt(position) === colon;
  }

  #key(start: number, end: number, scope: Set<string>, isEscaped: boolean): void {
    if (++this.#keys > bounds.keys) this.#refuse(`more than ${bounds.keys} keys`, start);
    const key = isEscaped ? this.#unescaped(start, end) : this.#text.slice(start + 1, end);
    if (key.length > bounds.keyLength) this.#refuse(`a key is longer than ${bounds.keyLength} characters`, start);
    if (refusedKeys.has(key)) this.#refuse(`the key ${JSON.stringify(key)} is not allowed`, start);
    const folded = isAscii(key) ? key.toLowerCase() : this.#folded(key, start);
    if (scope.has(folded)) {
      this.#refuse(`the key ${JSON.stringify(key)} occurs twice in one object (compared without case)`, start);
    }
    scope.add(folded);
  }

  #unescaped(start: number, end: number): string {
    this.#count(end - start, start);
    try {
      return JSON.parse(this.#text.slice(start, end + 1)) as string;
    } catch {
      return this.#refuse("a key is not a JSON string", start);
    }
  }

  #folded(key: string, start: number): string {
    this.#count(key.length, start);
    return foldKey(key);
  }

  #count(characters: number, start: number): void {
    this.#foldedCharacters += characters;
    if (this.#foldedCharacters > bounds.foldedCharacters) {
      this.#refuse(`more than ${bounds.foldedCharacters} characters in keys with escapes or beyond ASCII`, start);
    }
  }

  #number(): void {
    const start = this.#position;
    let end = start + 1;
    let isInteger = true;
    let hasExponent = false;
    for (let code = this.#text.charCodeAt(end); isInNumber(code); code = this.#text.charCodeAt(++end)) {
      if (code < zero || code > nine) isInteger = false;
      if (code > nine) hasExponent = true;
    }
    this.#position = end;
    const length = end - start;
    if (isInteger ? length <= exactLength : !hasExponent && length <= finiteLength) return;
    const value = Number(this.#text.slice(start, end));
    if (isInteger ? Number.isSafeInteger(value) : Number.isFinite(value)) return;
    this.#refuse(
      `the number ${this.#text.slice(start, Math.min(end, start + 40))} cannot be represented exactly`,
      start,
    );
  }

  #refuse(what: string, position = this.#position): never {
    throw new StrictParseError(`${what}, at character ${position}`);
  }
}

function isWhitespace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** Whether a character can be within a number: a digit, `.`, `e`, `E`, `+`, `-`. */
function isInNumber(code: number): boolean {
  return (
    (code >= zero && code <= nine) || code === 0x2e || code === 0x65 || code === 0x45 || code === 0x2b || code === minus
  );
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}
