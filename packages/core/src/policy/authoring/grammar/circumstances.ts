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
  ([only, one]): Circumstances => ({ conditions: [one], exceptions: [], ...(only ? { only: true } : {}) }),
);

const forWhom = map(
  sequence(maybe(phrase("only")), phrase("for", "by", "to"), who),
  ([first, , some]): Circumstances => ({
    conditions: [],
    exceptions: [],
    who: some,
    ...(first ? { only: true } : {}),
  }),
);

/** What follows the deed, in any order: all of it holds together. Without people where the sentence has named them. */
function circumstances(withPeople: boolean): Parser<Circumstances> {
  const one = withPeople
    ? either(attributes, conditional, exception, exceptPeople, forWhom)
    : either(attributes, conditional, exception, exceptPeople);
  return (input, at) =>
    many(one, 5)(input, at).flatMap(({ value, next }) => {
      const people = value.flatMap((circumstance) => (circumstance.who ? [circumstance.who] : []));
      if (people.length > 1) return [];
      // Behind an exception, another one or a condition may be about the exception or about the whole.
      if (value.slice(0, -1).some(({ exceptions }) => exceptions.length > 0)) {
        return fail(input, next, "an exception must be the last thing that is said; write a sentence of its own");
      }
      return [
        {
          value: {
            conditions: value.flatMap((circumstance) => circumstance.conditions),
            exceptions: value.flatMap((circumstance) => circumstance.exceptions),
            ...(people[0] ? { who: people[0] } : {}),
            ...(value.some((circumstance) => circumstance.only) ? { only: true } : {}),
          },
          next,
        },
      ];
    });
}

/** Behind a deed whose people were named before it. */
export const after = rule(() => circumstances(false));
/** Behind a deed whose people may follow: "refunds are allowed for users with role teller". */
export const afterWithPeople = rule(() => circumstances(true));

/** What a clause means. */
export function meaning(
  effect: Meaning["effect"],
  only: boolean,
  people: Who,
  deed: Deed,
  around: Circumstances,
): Meaning {
  return {
    effect,
    only: only || around.only === true,
    tools: deed.tools,
    conditions: [...people, ...(around.who ?? []), ...deed.conditions, ...around.conditions],
    exceptions: around.exceptions,
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
