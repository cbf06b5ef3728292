import type { Condition, Meaning } from "../meaning.ts";
import { attribute, conditions } from "./conditions.ts";
import { anyOf, either, fail, many, map, maybe, type Parser, phrase, rule, sequence } from "./parser.ts";
import type { Deed } from "./toolPhrases.ts";
import { exceptWords, type Who, who } from "./who.ts";

/** When, and for whom, what a sentence says is so. */
export interface Circumstances {
  readonly conditions: readonly Condition[];
  readonly exceptions: readonly Condition[];
  readonly who?: Who;
  /** "Only if", "only for". */
  readonly only?: true;
  /** Something is said without "if" or a comma, and so perhaps of the last word before it. */
  readonly attached?: true;
}

export const comma = maybe(phrase(","));

const whenever = anyOf(
  "if|when|whenever|where|as long as|so long as|provided|provided that|on condition that|in case",
  "only if|only when|only where|if and only if|but only if|but only when|given that|only as long as",
);

const conditional = map(
  sequence(comma, whenever, conditions),
  ([, word, one]): Circumstances => ({
    conditions: [one],
    exceptions: [],
    ...(word.includes("only") ? { only: true } : {}),
  }),
);

const exception = map(
  sequence(
    comma,
    anyOf("unless|except if|except when|except where|but not if|but not when|except in case"),
    conditions,
  ),
  ([, , one]): Circumstances => ({ conditions: [], exceptions: [one] }),
);

/** People behind another preposition, which are not those who call. */
function others(...known: readonly string[]): Parser<Circumstances> {
  const excluded = sequence(phrase(...["for", "to"].filter((one) => !known.includes(one))), who);
  return (input, at) =>
    excluded(input, at).flatMap(({ value: [preposition], next }) =>
      fail(
        input,
        next,
        `"${preposition} ${input.tokens[at + 1]?.text}" may be those it is done ${preposition}; begin the sentence with those who may or may not`,
      ),
    );
}

/** Except for whom: people who are told by something. */
const exceptPeople: Parser<Circumstances> = (input, at) =>
  sequence(
    comma,
    exceptWords,
    maybe(phrase("for", "by")),
    who,
  )(input, at).flatMap(({ value: [, , , some], next }) => {
    return some.length > 0
      ? [{ value: { conditions: [], exceptions: [{ kind: "all" as const, conditions: some }] }, next }]
      : fail(input, at, "everyone is excepted");
  });

const attributes = map(
  sequence(maybe(phrase("only")), attribute),
  ([only, one]): Circumstances => ({
    conditions: [one],
    exceptions: [],
    attached: true,
    ...(only ? { only: true } : {}),
  }),
);

const people = (...prepositions: readonly string[]) =>
  map(
    sequence(maybe(phrase("only")), phrase(...prepositions), who),
    ([first, , some]): Circumstances => ({
      conditions: [],
      exceptions: [],
      who: some,
      ...(first ? { only: true } : {}),
    }),
  );

/** What follows the deed, in any order: all of it holds together. Without people where the sentence has named them. */
function circumstances(...prepositions: readonly string[]): Parser<Circumstances> {
  const one = either(
    attributes,
    conditional,
    exception,
    exceptPeople,
    people(...prepositions),
    others(...prepositions),
  );
  return (input, at) =>
    many(one, 5)(input, at).flatMap(({ value, next }) => {
      const named = value.flatMap((circumstance) => (circumstance.who ? [circumstance.who] : []));
      if (named.length > 1) return [];
      // Behind an exception, another one or a condition may be about the exception or about the whole.
      if (value.slice(0, -1).some(({ exceptions }) => exceptions.length > 0)) {
        return fail(input, next, "an exception must be the last thing that is said; write a sentence of its own");
      }
      return [
        {
          value: {
            conditions: value.flatMap((circumstance) => circumstance.conditions),
            exceptions: value.flatMap((circumstance) => circumstance.exceptions),
            ...(named[0] ? { who: named[0] } : {}),
            ...(value.some((circumstance) => circumstance.only) ? { only: true } : {}),
            ...(value.some((circumstance) => circumstance.attached) ? { attached: true } : {}),
          },
          next,
        },
      ];
    });
}

/** Behind a deed whose people were named before it. */
export const after = rule(() => circumstances());
/** Behind a deed whose people may follow: "refunds are allowed for users with role teller". */
export const afterWithPeople = rule(() => circumstances("for", "by", "to"));
/** Behind a noun, which may be given "to" people as well: only "for" and "by" say who calls. */
export const afterForWhom = rule(() => circumstances("for", "by"));
/** Behind a verb, which may be done "for" people as well: only "by" says who calls. */
export const afterByWhom = rule(() => circumstances("by"));

/** What a clause means. */
export function meaning(
  effect: Meaning["effect"],
  only: boolean,
  some: Who,
  deed: Deed,
  around: Circumstances,
): Meaning {
  return {
    effect,
    only: only || around.only === true,
    tools: deed.tools,
    conditions: [...some, ...(around.who ?? []), ...deed.conditions, ...around.conditions],
    exceptions: around.exceptions,
    ...(deed.several && around.attached ? { loose: true } : {}),
  };
}

/** Circumstances before and behind the verb. */
export function joinCircumstances(one: Circumstances, other: Circumstances): Circumstances {
  return {
    conditions: [...one.conditions, ...other.conditions],
    exceptions: [...one.exceptions, ...other.exceptions],
    ...(other.who ? { who: other.who } : {}),
    ...(one.only || other.only ? { only: true } : {}),
  };
}
