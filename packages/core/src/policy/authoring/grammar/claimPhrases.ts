import { claimNamed, notClaim, singularClaim } from "../claims.ts";
import { determiners, structural } from "../lexicon.ts";
import type { Condition, Subject, Written } from "../meaning.ts";
import type { Token } from "../tokens.ts";
import { combined } from "./connectives.ts";
import { anyOf, either, fail, type Input, map, maybe, type Parser, phrase, rule, sequence, token } from "./parser.ts";
import { condition, predicate, type Said } from "./predicates.ts";
import { alternatives, list } from "./values.ts";

export const the = maybe(token(({ lower }) => determiners.has(lower)));

/** The name of a claim: one that is known, in one word or more, or one that is spelled out. */
export const claimName: Parser<readonly Token[]> = rule(() => (input, at) => {
  const readings = [];
  for (let next = at + 1; next <= Math.min(at + 3, input.tokens.length); next++) {
    const words = input.tokens.slice(at, next);
    if (words.some(({ kind, lower }) => kind !== "quoted" && (kind !== "word" || structural.has(lower)))) break;
    if (claimNamed(words, input.vocabulary) !== undefined) readings.push({ value: words, next });
  }
  const one = input.tokens[at];
  const isName = one?.kind === "quoted" || (one?.kind === "word" && !structural.has(one.lower));
  return readings.length > 0 || !isName ? readings : fail(input, at, notClaim(one.text));
});

/** A claim that is known: beside a value, an unknown name could as well be the value. */
const knownName: Parser<readonly Token[]> = (input, at) =>
  claimName(input, at).filter(({ value }) => value.every(({ kind }) => kind === "word") && isKnown(value, input));

function isKnown(words: readonly Token[], { vocabulary }: Input): boolean {
  return vocabulary.claims.includes(claimNamed(words, vocabulary) ?? "");
}

/** "Principal tag", "claim called": what says that a name is a claim's, whatever it is. */
const mark = sequence(
  maybe(phrase("principal", "token", "user", "custom")),
  phrase("tag", "claim", "attribute"),
  maybe(phrase("called", "named")),
);

const anyName: Parser<readonly Token[]> = map(
  token(({ kind, lower }) => kind === "quoted" || (kind === "word" && !structural.has(lower))),
  (one) => [one],
);

/** A claim by its name or with a mark: "department", "the department claim", "principal tag cost_center". */
const claimBy = (name: Parser<readonly Token[]>): Parser<Subject> =>
  map(
    either<readonly Token[]>(
      name,
      map(sequence(name, phrase("claim", "tag", "attribute")), ([words]) => words),
      map(sequence(mark, anyName), ([, words]) => words),
    ),
    (words) => subjectOf(words),
  );

export const claim: Parser<Subject> = rule(() => claimBy(claimName));
const knownClaim: Parser<Subject> = rule(() => claimBy(knownName));

/** Values beside the name of a claim, which are no names of claims themselves. */
const besideClaim: Parser<readonly Written[]> = (input, at) =>
  alternatives(input, at).filter(
    ({ value }) => !value.some(({ token: one }) => one.kind === "word" && isKnown([one], input)),
  );

/** The claim of these words. */
export function subjectOf(words: readonly Token[]): Subject {
  return { kind: "claim", words };
}

/** That a claim has one of some values. */
export const oneOf = (subject: Subject, values: readonly Written[]): Condition =>
  condition(subject, { predicate: scopes(subject, values), negated: false });

/** A token has many scopes, so having one is not being it. */
function scopes(subject: Subject, values: readonly Written[]): Said["predicate"] {
  const isScope = subject.kind === "claim" && /^scopes?$/i.test(subject.words[0]?.text ?? "");
  return isScope ? { kind: "contains", all: false, values } : { kind: "oneOf", values };
}

/** Said of a claim that is there. */
export const not = (one: Condition): Condition => ({ kind: "not", condition: one });
/** Also where the claim isn't there. */
export const lackingOf = (one: Condition): Condition => ({ kind: "except", condition: one });

/** "The finance department", "department finance", "the finance and audit departments". */
export const membership: Parser<Condition> = rule(() =>
  either(
    map(sequence(the, besideClaim, knownClaim), ([, values, subject]) => oneOf(subject, values)),
    map(sequence(the, knownClaim, besideClaim), ([, subject, values]) => oneOf(subject, values)),
    map(
      sequence(
        the,
        list,
        token((one) => singularClaim(one) !== undefined),
      ),
      ([, values, plural]) => {
        const name = singularClaim(plural) ?? "";
        return oneOf(subjectOf([{ ...plural, text: name, lower: name }]), values);
      },
    ),
  ),
);

/** "Role admin", "the admin role", "a department of finance", "a principal tag called department that is finance". */
export const possession: Parser<Condition> = rule(() =>
  either(
    membership,
    map(
      sequence(the, claim, anyOf("of|=|==|:|equal to|set to|that is|that equals|named|called|is"), alternatives),
      ([, subject, , values]) => oneOf(subject, values),
    ),
    map(sequence(the, claim, phrase("in", "one of"), list), ([, subject, , values]) => oneOf(subject, values)),
  ),
);

/** "Role admin and department finance": each by the name of its claim first. */
export const possessions: Parser<Condition> = rule(() => {
  const named = map(sequence(the, knownClaim, besideClaim), ([, subject, values]) => oneOf(subject, values));
  return either(possession, (input, at) =>
    combined(named)(input, at).filter(({ value }) => value.kind === "all" || value.kind === "any"),
  );
});

/** "Id u-17". */
export const identity: Parser<Condition> = map(
  sequence(
    the,
    maybe(phrase("user", "principal")),
    phrase("id", "sub", "subject", "arn"),
    maybe(phrase("is", "=", "of")),
    alternatives,
  ),
  ([, , , , values]): Condition => ({ kind: "atom", subject: { kind: "id" }, predicate: { kind: "oneOf", values } }),
);

/** What is said of a claim after "whose department". */
export const claimSaid: Parser<Condition> = rule(() =>
  map(sequence(claim, predicate), ([subject, said]) => saidOfClaim(subject, said)),
);

/** What is said of a claim: of scopes, that they are among the token's. */
export function saidOfClaim(subject: Subject, { predicate: one, negated }: Said): Condition {
  const adapted = one.kind === "oneOf" ? { ...one, ...scopes(subject, one.values) } : one;
  return condition(subject, { predicate: adapted as Said["predicate"], negated });
}

/** What can be said of the user who calls: "is in the finance department", "has role admin". */
export const userSaid: Parser<Condition> = rule(() =>
  either(
    map(
      sequence(
        anyOf("is in|are in|is from|are from|belongs to|belong to|works in|is a member of|are members of"),
        membership,
      ),
      ([, one]) => one,
    ),
    map(
      sequence(anyOf("is not in|are not in|is not from|is outside|does not belong to|is not a member of"), membership),
      ([, one]) => not(one),
    ),
    map(sequence(phrase("has", "have", "holds", "hold"), possession), ([, one]) => one),
    map(sequence(anyOf("does not have|do not have|lacks|lack|has no"), possession), ([, one]) => lackingOf(one)),
  ),
);
