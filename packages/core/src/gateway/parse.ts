import { foldKey, type Json, refusedKeys } from "../json.ts";

/** The text is not JSON, or JSON that two readers could read differently. */
export class StrictParseError extends Error {
  override readonly name = "StrictParseError";
}

/** Bounds of what is read at all; larger is refused before any work is done on it. */
const maxDepth = 64;
const maxKeys = 50_000;
/** Folding a key can take the square of its length. */
const maxKeyLength = 256;

/**
 * Parses JSON text that policy, gateway and target must all read alike (T08, T14, T23).
 *
 * What it accepts, `JSON.parse` accepts with the same value. It refuses besides: keys that occur twice in an object, also
 * where they differ only in case or Unicode form (some readers match keys without case); keys that reach a prototype;
 * strings with half a surrogate pair; numbers that a 64-bit float can't hold as written (integers beyond 2^53-1, 1e400);
 * nesting deeper than 64; more than 50,000 keys; keys longer than 256 characters.
 * @throws StrictParseError saying what is wrong and where.
 */
export function parseStrictly(text: string): Json {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    throw new StrictParseError(error instanceof Error ? error.message : "not JSON");
  }
  // From here on the text is known to be JSON, so the scan can be simple: it only looks for what JSON.parse lets pass.
  new Scan(text).run();
  return value;
}

class Scan {
  readonly #text: string;
  #position = 0;
  #keys = 0;
  /** The keys seen in each open object; `undefined` stands for an open array. */
  readonly #open: (Set<string> | undefined)[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  run(): void {
    const { length } = this.#text;
    while (this.#position < length) {
      const character = this.#text[this.#position] as string;
      if (character === '"') this.#string();
      else if (character === "{" || character === "[") this.#enter(character === "{" ? new Set() : undefined);
      else if (character === "}" || character === "]") this.#leave();
      else if (character === "-" || (character >= "0" && character <= "9")) this.#number();
      else this.#position++;
    }
  }

  #enter(scope: Set<string> | undefined): void {
    this.#open.push(scope);
    if (this.#open.length > maxDepth) this.#refuse(`nested deeper than ${maxDepth} levels`);
    this.#position++;
  }

  #leave(): void {
    this.#open.pop();
    this.#position++;
  }

  #string(): void {
    const start = this.#position;
    let end = start + 1;
    for (let character = this.#text[end]; character !== '"'; character = this.#text[end]) {
      end += character === "\\" ? 2 : 1;
    }
    this.#position = end + 1;
    const raw = this.#text.slice(start, end + 1);
    const value = raw.includes("\\") ? (JSON.parse(raw) as string) : raw.slice(1, -1);
    if (!value.isWellFormed()) this.#refuse("a string holds half a surrogate pair", start);
    const scope = this.#open.at(-1);
    if (scope !== undefined && this.#colonFollows()) this.#key(value, scope, start);
  }

  #colonFollows(): boolean {
    let position = this.#position;
    while (" \t\n\r".includes(this.#text[position] ?? "x")) position++;
    return this.#text[position] === ":";
  }

  #key(key: string, scope: Set<string>, position: number): void {
    if (refusedKeys.has(key)) this.#refuse(`the key ${JSON.stringify(key)} is not allowed`, position);
    if (++this.#keys > maxKeys) this.#refuse(`more than ${maxKeys} keys`, position);
    if (key.length > maxKeyLength) this.#refuse(`a key is longer than ${maxKeyLength} characters`, position);
    const folded = foldKey(key);
    if (scope.has(folded)) {
      this.#refuse(`the key ${JSON.stringify(key)} occurs twice in one object (compared without case)`, position);
    }
    scope.add(folded);
  }

  #number(): void {
    const start = this.#position;
    let end = start + 1;
    while ("0123456789.eE+-".includes(this.#text[end] ?? "x")) end++;
    this.#position = end;
    const literal = this.#text.slice(start, end);
    const value = Number(literal);
    const exact = /[.eE]/.test(literal) ? Number.isFinite(value) : Number.isSafeInteger(value);
    if (!exact) this.#refuse(`the number ${literal.slice(0, 40)} cannot be represented exactly`, start);
  }

  #refuse(what: string, position = this.#position): never {
    throw new StrictParseError(`${what}, at character ${position}`);
  }
}
