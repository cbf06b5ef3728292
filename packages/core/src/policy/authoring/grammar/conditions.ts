import { determiners, persons, pronouns, structural } from "../lexicon.ts";
import type { Condition, Subject, Written } from "../meaning.ts";
import { isParameterWord } from "../parameters.ts";
import type { Token } from "../tokens.ts";
import { claim, claimSaid, saidOfClaim, userSaid } from "./claimPhrases.ts";
import { combined } from "./connectives.ts";
import {
  anyOf,
  either,
  fail,
  type Input,
  many,
  map,
  maybe,
  type Parser,
  phrase,
  rule,
  sequence,
  token,
} from "./parser.ts";
import { bare, condition, continued, predicate, type Said } from "./predicates.ts";
import { comparison, value } from "./values.ts";

const the = maybe(
  either<unknown>(
    token(({ lower }) => determiners.has(lower)),
    phrase("its"),
  ),
);

/** Words for a parameter: up to five, of which each is a word of some parameter or tool. */
const parameterWords: Parser<readonly Token[]> = rule(() => (input, at) => {
  const readings = [];
  const words: Token[] = [];
  for (let next = at; next < at + 7 && words.length < 6; next++) {
    const one = input.tokens[next];
    if (!one) break;
    // "The country of the address".
    const joins = words.length > 0 && ["of", "the", "'s"].includes(one.lower);
    const named = one.kind === "quoted" || (one.kind === "word" && !structural.has(one.lower));
    if (!joins && !(named && isParameterWord(one, input.vocabulary))) {
      if (named) fail(input, next, `"${one.text}" is no word of a parameter`);
      break;
    }
    words.push(one);
    if (!joins)
      readings.push({ value: words.filter(({ lower }) => !["of", "the", "'s"].includes(lower)), next: next + 1 });
  }
  return readings;
});

export const parameter: Parser<Subject> = rule(() =>
  map(
    sequence(the, parameterWords, maybe(phrase("parameter", "argument", "field", "value"))),
    ([, words]): Subject => ({ kind: "words", words }),
  ),
);

const it: Parser<Subject> = map(phrase("it", "this"), (): Subject => ({ kind: "it" }));

/** Several things said of one subject: "is at least 100 and at most 500". */
function saidOf(subject: Parser<Subject>, first: Parser<Said>): Parser<Condition> {
  const more = sequence(phrase("and", "or", "but"), continued);
  return (input, at) =>
    sequence(
      subject,
      first,
      many(more, 3),
    )(input, at).flatMap(({ value: [one, said, rest], next }) => {
      const all = [said, ...rest.map(([, another]) => another)].map((another) => condition(one, another));
      const words = new Set(rest.map(([word]) => (word === "or" ? "any" : "all")));
      const [kind = "all"] = words;
      if (words.size > 1) return fail(input, next, '"and" and "or" are mixed');
      if (reachesOn(input, at, next))
        return fail(input, next, '"not" may be about what follows as well; repeat it, or say "is" again');
      return [{ value: rest.length === 0 ? condition(one, said) : { kind, conditions: all }, next }];
    });
}

/** "Is not under 5 or over 10": whether the "not" is about the second as well, nobody says. */
function reachesOn({ tokens }: Input, from: number, to: number): boolean {
  const text = tokens
    .slice(from, to)
    .map(({ kind, lower }) => (kind === "quoted" ? '""' : lower || "0"))
    .join(" ");
  return /\bnot\b.* (?:and|or) (?!(?:is|are|does|do|not|never)\b)(?:under|below|less|lower|smaller|fewer|up|at|no|a|over|above|more|greater|higher|larger|exceeding|in|exactly|between|from|max|min|maximum|minimum|contains?|includes?|starts?|begins?|ends?|equals?|exceeds?|[<>=≤≥])/u.test(
    text,
  );
}

const user = either<unknown>(
  sequence(
    maybe(phrase("the", "a", "an", "any")),
    token(({ lower }) => persons.has(lower)),
  ),
  token(({ lower }) => pronouns.has(lower)),
);

const users: Parser<unknown> = either<unknown>(
  sequence(maybe(phrase("the", "a", "an")), phrase("user 's", "caller 's", "principal 's", "person 's")),
  phrase("their"),
);

/** What is said of the user: "the user's department is finance", "they have role admin". */
const ofUser: Parser<Condition> = rule(() => map(aboutUser, inCondition));

function inCondition(one: Condition): Condition {
  if (one.kind === "not" || one.kind === "except") return { ...one, condition: inCondition(one.condition) };
  if (one.kind !== "atom") return { ...one, conditions: one.conditions.map(inCondition) };
  return one.subject.kind === "claim" ? { ...one, subject: { ...one.subject, inCondition: true } } : one;
}

const aboutUser: Parser<Condition> = rule(() =>
  either(
    map(sequence(users, claimSaid), ([, one]) => one),
    map(
      sequence(the, claim, phrase("of the user", "of the caller", "of the principal"), predicate),
      ([, subject, , said]) => saidOfClaim(subject, said),
    ),
    map(sequence(user, userSaid), ([, one]) => one),
    // "If a user has a principal tag called department and that department is finance" says it twice.
    map(sequence(maybe(phrase("the")), phrase("principal tag", "claim", "tag"), claimSaid), ([, , one]) => one),
  ),
);

function set(subject: Subject, lacking = false): Condition {
  const one = condition(subject, { predicate: { kind: "present", word: "with" }, negated: false });
  return lacking ? { kind: "except", condition: one } : one;
}

const there: Parser<Condition> = either(
  map(sequence(phrase("there is", "it has"), parameter), ([, subject]) => set(subject)),
  map(sequence(phrase("there is no", "it has no"), parameter), ([, subject]) => set(subject, true)),
);

/** A condition as a clause: "the coverage amount is under 5". */
const clause: Parser<Condition> = rule(() =>
  either(
    saidOf(parameter, predicate),
    saidOf(
      parameter,
      map(comparison, (one) => ({ predicate: one, negated: false })),
    ),
    saidOf(it, predicate),
    saidOf(
      map(phrase("its"), (): Subject => ({ kind: "it" })),
      map(comparison, (one) => ({ predicate: one, negated: false })),
    ),
    ofUser,
    there,
  ),
);

export const conditions: Parser<Condition> = rule(() => combined(clause));

/** What stands behind "with": "a coverage amount under 5", "region US", "the US region", "data governance approval". */
const attributed: Parser<Condition> = rule(() =>
  either(
    saidOf(parameter, bare),
    saidOf(
      parameter,
      map(sequence(phrase("that is", "which is", "is"), comparison), ([, one]) => ({ predicate: one, negated: false })),
    ),
    map(sequence(the, value, parameterWords), ([, one, words]) =>
      condition({ kind: "words", words }, { predicate: { kind: "oneOf", values: [one] }, negated: false }),
    ),
  ),
);

/** "With data governance approval", "with no reason": said by "with" alone. */
const having: Parser<Condition> = rule(() =>
  either(
    attributed,
    map(sequence(maybe(phrase("no")), parameter), ([no, subject]) => set(subject, no !== undefined)),
    map(sequence(parameter, phrase("set", "given", "granted")), ([subject]) => set(subject)),
  ),
);

/** An amount of something that is not named: "up to 500 dollars", "of more than 3 days". */
const amount: Parser<Condition> = rule(() =>
  map(sequence(maybe(anyOf("of|for|to|with|worth|totaling|totalling")), comparison), ([, one]) => ofAmount(one)),
);

function ofAmount(one: Said["predicate"]): Condition {
  const unit = one.kind === "compare" ? one.value.unit : one.kind === "between" ? one.high.unit : undefined;
  return condition({ kind: "amount", ...(unit ? { unit } : {}) }, { predicate: one, negated: false });
}

/** "To production", "in staging or development". */
const place: Parser<Condition> = map(
  sequence(anyOf("to|in|into|on|for|as"), maybe(phrase("the")), separatedPlaces()),
  ([preposition, , values]): Condition => ({
    kind: "atom",
    subject: { kind: "place", preposition },
    predicate: { kind: "oneOf", values },
  }),
);

function separatedPlaces() {
  return map(sequence(value, many(sequence(phrase("or", ",", ", or"), value), 6)), ([first, rest]) => [
    first,
    ...rest.map(([, one]) => one),
  ]);
}

/** What a sentence adds to what is done, without "if": "with a coverage amount under 5", "over $500", "to production". */
export const attribute: Parser<Condition> = rule(() =>
  either(
    map(sequence(phrase("with", "having"), combined(having)), ([, one]) => one),
    map(sequence(anyOf("where|for|of|in|at|to|on|from|using"), combined(attributed)), ([, one]) => one),
    map(sequence(phrase("without", "without any"), parameter), ([, subject]) => set(subject, true)),
    saidOf(
      parameter,
      map(comparison, (one) => ({ predicate: one, negated: false })),
    ),
    amount,
    place,
    map(sequence(phrase("whose", "where", "that have a", "with a"), clause), ([, one]) => one),
  ),
);

/**
 * What counts up front, where a unit or a currency shows what it is of: "5 days of". A plain number counts the objects
 * themselves: "up to 5 applications" is nothing that one call shows.
 */
export const counted: Parser<Condition> = rule(() => (input, at) => {
  return sequence(comparison, maybe(phrase("of")))(input, at).flatMap(({ value: [one], next }) =>
    writtenIn(one).some(({ token: { amount }, unit }) => unit ?? amount?.currency)
      ? [{ value: ofAmount(one), next }]
      : fail(input, next, "a plain number before a noun is how many there are, which one call does not show"),
  );
});

function writtenIn(one: Said["predicate"]): readonly Written[] {
  if (one.kind === "compare") return [one.value];
  return one.kind === "between" ? [one.low, one.high] : [];
}
