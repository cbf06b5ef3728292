import type { Token } from "../tokens.ts";
import { Untranslatable } from "../untranslatable.ts";
import type { Vocabulary } from "../vocabulary.ts";

/** What a sentence is read with. */
export interface Input {
  readonly tokens: readonly Token[];
  readonly vocabulary: Vocabulary;
  /** How many steps are left: English has sentences with more readings than anyone wants to see. */
  steps: number;
  /** The farthest place where reading went wrong, and why, for the author. */
  readonly failure: { at: number; reasons: Set<string> };
  /** The farthest place up to which there was a whole sentence. */
  whole: number;
  readonly known: Map<Parser<unknown>, Map<number, readonly Reading<unknown>[]>>;
}

/** One way to read tokens from some place on. */
export interface Reading<T> {
  readonly value: T;
  /** The place behind what was read. */
  readonly next: number;
}

/**
 * Finds every reading from a place on. Nothing prefers one over another: where a sentence has two meanings, both are
 * found, and it is refused.
 */
export type Parser<T> = (input: Input, at: number) => readonly Reading<T>[];

/** How many steps a sentence may take to read: a sentence of a policy takes some thousands. */
const mostSteps = 200_000;

export function inputOf(tokens: readonly Token[], vocabulary: Vocabulary): Input {
  return { tokens, vocabulary, steps: mostSteps, failure: { at: 0, reasons: new Set() }, whole: 0, known: new Map() };
}

/** Notes why nothing can be read at a place. */
export function fail(input: Input, at: number, reason?: string): never[] {
  if (at > input.failure.at) {
    input.failure.at = at;
    input.failure.reasons.clear();
  }
  if (reason !== undefined && at === input.failure.at) input.failure.reasons.add(reason);
  return [];
}

/** One token for which a check holds. */
export function token(holds: (token: Token) => boolean): Parser<Token> {
  return (input, at) => {
    const found = input.tokens[at];
    return found && holds(found) ? [{ value: found, next: at + 1 }] : fail(input, at);
  };
}

/** Any of some phrases, each written with blanks between its words. */
export function phrase(...phrases: readonly string[]): Parser<string> {
  const split = phrases.map((one) => ({ one, words: one.split(" ") }));
  return (input, at) => {
    const found = split.filter(({ words }) => words.every((word, i) => input.tokens[at + i]?.lower === word));
    if (found.length === 0) return fail(input, at);
    return found.map(({ one, words }) => ({ value: one, next: at + words.length }));
  };
}

/** Any of many phrases, with bars between them. */
export function anyOf(...lists: readonly string[]): Parser<string> {
  return phrase(...lists.flatMap((list) => list.split("|")));
}

/** One parser behind another. */
export function sequence<T extends readonly unknown[]>(
  ...parsers: { readonly [K in keyof T]: Parser<T[K]> }
): Parser<T> {
  return (input, at) => {
    let readings: readonly Reading<readonly unknown[]>[] = [{ value: [], next: at }];
    for (const parser of parsers) {
      readings = readings.flatMap(({ value, next }) =>
        parser(input, next).map((reading) => ({ value: [...value, reading.value], next: reading.next })),
      );
    }
    // Each parser has added what it reads, in order: TypeScript can't count along.
    return readings as readonly Reading<T>[];
  };
}

/** Every reading of every parser. */
export function either<T>(...parsers: readonly Parser<T>[]): Parser<T> {
  return (input, at) => parsers.flatMap((parser) => parser(input, at));
}

/** With and without. */
export function maybe<T>(parser: Parser<T>): Parser<T | undefined> {
  return (input, at) => [{ value: undefined, next: at }, ...parser(input, at)];
}

/** What is read, turned into something else. */
export function map<T, U>(parser: Parser<T>, change: (value: T) => U): Parser<U> {
  return (input, at) => parser(input, at).map(({ value, next }) => ({ value: change(value), next }));
}

/** Several in a row, with all shorter rows. */
export function many<T>(parser: Parser<T>, most = 24): Parser<readonly T[]> {
  return (input, at) => {
    const all: Reading<readonly T[]>[] = [{ value: [], next: at }];
    for (let i = 0; i < all.length && i < 400; i++) {
      const row = all[i];
      if (!row || row.value.length >= most) continue;
      for (const { value, next } of parser(input, row.next)) {
        if (next > row.next) all.push({ value: [...row.value, value], next });
      }
    }
    return all;
  };
}

/** Items with something between them, at least one. */
export function separated<T, S>(
  item: Parser<T>,
  separator: Parser<S>,
): Parser<{ items: readonly T[]; by: readonly S[] }> {
  return map(sequence(item, many(sequence(separator, item))), ([first, rest]) => ({
    items: [first, ...rest.map(([, one]) => one)],
    by: rest.map(([by]) => by),
  }));
}

/** A rule of the grammar: read once at each place, however often it is asked for; may refer to rules that come later. */
export function rule<T>(make: () => Parser<T>): Parser<T> {
  let made: Parser<T> | undefined;
  const self: Parser<T> = (input, at) => {
    const memory = input.known.get(self) ?? new Map<number, readonly Reading<unknown>[]>();
    input.known.set(self, memory);
    const known = memory.get(at);
    // Under this rule's own name there is nothing but what this rule has read.
    if (known) return known as readonly Reading<T>[];
    if (--input.steps < 0) throw new Untranslatable("is too long or too entangled to be read; split it into sentences");
    made ??= make();
    const readings = made(input, at);
    memory.set(at, readings);
    return readings;
  };
  return self;
}
