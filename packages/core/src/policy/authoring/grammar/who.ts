import { claimNamed, notClaim, singularClaim } from "../claims.ts";
import { determiners, everybody, persons, pronouns, someones, structural } from "../lexicon.ts";
import type { Condition, Subject, Written } from "../meaning.ts";
import type { Token } from "../tokens.ts";
import { combined } from "./connectives.ts";
import { either, fail, type Input, many, map, maybe, type Parser, phrase, rule, sequence, token } from "./parser.ts";
import { condition, predicate, type Said } from "./predicates.ts";
import { alternatives, list, value } from "./values.ts";

/** Who may call, as what must hold for them: everyone if nothing need. */
export type Who = readonly Condition[];

const the = maybe(token(({ lower }) => determiners.has(lower)));

/** The name of a claim: one that is known, in one word or more, or one that is spelled out. */
export const claimName: Parser<readonly Token[]> = rule(() => (input, at) => {
  const readings = [];
  for (let next = at + 1; next <= Math.min(at + 3, input.tokens.length); next++) {
    const words = input.tokens.slice(at, next);
    if (words.some(({ kind, lower }) => kind !== "quoted" && (kind !== "word" || structural.has(lower)))) break;
    if (claimNamed(words, input.vocabulary) !== undefined) readings.push({ value: words, next });
  }
  const text = input.tokens[at]?.text;
  return readings.length > 0 || text === undefined ? readings : fail(input, at, notClaim(text));
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

function subjectOf(words: readonly Token[]): Subject {
  return { kind: "claim", words };
}

const oneOf = (subject: Subject, values: readonly Written[]): Condition =>
  condition(subject, { predicate: scopes(subject, values), negated: false });

/** A token has many scopes, so having one is not being it. */
function scopes(subject: Subject, values: readonly Written[]): Said["predicate"] {
  const isScope = subject.kind === "claim" && /^scopes?$/i.test(subject.words[0]?.text ?? "");
  return isScope ? { kind: "contains", all: false, values } : { kind: "oneOf", values };
}

const not = (one: Condition): Condition => ({ kind: "not", condition: one });
const lackingOf = (one: Condition): Condition => ({ kind: "except", condition: one });

/** "The finance department", "department finance", "the finance and audit departments". */
const membership: Parser<Condition> = rule(() =>
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
const possession: Parser<Condition> = rule(() =>
  either(
    membership,
    map(
      sequence(
        the,
        claim,
        phrase("of", "=", "==", ":", "equal to", "set to", "that is", "that equals", "named", "called", "is"),
        alternatives,
      ),
      ([, subject, , values]) => oneOf(subject, values),
    ),
    map(sequence(the, claim, phrase("in", "one of"), list), ([, subject, , values]) => oneOf(subject, values)),
  ),
);

/** "Role admin and department finance": each by the name of its claim first. */
const possessions: Parser<Condition> = rule(() => {
  const named = map(sequence(the, knownClaim, besideClaim), ([, subject, values]) => oneOf(subject, values));
  return either(possession, (input, at) =>
    combined(named)(input, at).filter(({ value }) => value.kind === "all" || value.kind === "any"),
  );
});

const identity: Parser<Condition> = map(
  sequence(
    the,
    maybe(phrase("user", "principal")),
    phrase("id", "sub", "subject", "arn"),
    maybe(phrase("is", "=", "of")),
    alternatives,
  ),
  ([, , , , values]): Condition => ({ kind: "atom", subject: { kind: "id" }, predicate: { kind: "oneOf", values } }),
);

const positive = phrase("with", "having", "who have", "who has", "that have", "that has", "holding", "who hold");
const inside = phrase(
  "in",
  "of",
  "from",
  "within",
  "inside",
  "who are in",
  "who is in",
  "that are in",
  "belonging to",
  "who belong to",
  "who work in",
  "who are members of",
  "who are from",
  "that belong to",
  "working in",
  "that is in",
  "who belongs to",
);
const outside = phrase(
  "outside",
  "outside of",
  "not in",
  "not from",
  "who are not in",
  "who is not in",
  "that are not in",
  "who do not belong to",
  "who are not from",
  "who are not members of",
  "not belonging to",
  "who are outside",
  "who are outside of",
);
const lacking = phrase(
  "without",
  "who do not have",
  "who does not have",
  "that do not have",
  "not having",
  "lacking",
  "who lack",
  "with no",
);

/** What is said of a claim after "whose department". */
export const claimSaid: Parser<Condition> = rule(() =>
  map(sequence(claim, predicate), ([subject, said]) => saidOfClaim(subject, said)),
);

export function saidOfClaim(subject: Subject, { predicate: one, negated }: Said): Condition {
  const adapted = one.kind === "oneOf" ? { ...one, ...scopes(subject, one.values) } : one;
  return condition(subject, { predicate: adapted as Said["predicate"], negated });
}

const modifier: Parser<Condition> = rule(() =>
  either(
    map(sequence(positive, either(possessions, identity)), ([, one]) => one),
    map(sequence(inside, membership), ([, one]) => one),
    map(sequence(outside, membership), ([, one]) => not(one)),
    map(sequence(lacking, possession), ([, one]) => lackingOf(one)),
    map(sequence(phrase("whose"), either(claimSaid, identity)), ([, one]) => one),
    map(sequence(phrase("named", "called"), alternatives), ([, values]) => oneOf(username, values)),
  ),
);

const username: Subject = subjectOf([{ kind: "word", text: "username", lower: "username", start: 0, end: 0 }]);

/** What can be said of the user who calls: "is in the finance department", "has role admin". */
export const userSaid: Parser<Condition> = rule(() =>
  either(
    map(
      sequence(
        phrase(
          "is in",
          "are in",
          "is from",
          "are from",
          "belongs to",
          "belong to",
          "works in",
          "is a member of",
          "are members of",
        ),
        membership,
      ),
      ([, one]) => one,
    ),
    map(
      sequence(
        phrase("is not in", "are not in", "is not from", "is outside", "does not belong to", "is not a member of"),
        membership,
      ),
      ([, one]) => not(one),
    ),
    map(sequence(phrase("has", "have", "holds", "hold"), possession), ([, one]) => one),
    map(sequence(phrase("does not have", "do not have", "lacks", "lack", "has no"), possession), ([, one]) =>
      lackingOf(one),
    ),
  ),
);

const modifiers: Parser<Condition> = rule(() => combined(modifier, { adjacent: true }));

const personOf = (nouns: ReadonlySet<string>) =>
  sequence(
    maybe(phrase("all of the", "all the")),
    the,
    token(({ lower }) => nouns.has(lower)),
  );

const anybody: Parser<Who> = map(
  either<unknown>(
    token(({ lower }) => everybody.has(lower)),
    personOf(persons),
  ),
  () => [],
);

const somebody: Parser<unknown> = either<unknown>(anybody, personOf(someones));

const they: Parser<Who> = map(
  token(({ lower }) => pronouns.has(lower)),
  (): Who => [{ kind: "atom", subject: { kind: "they" }, predicate: { kind: "true" } }],
);

const team: Parser<Who> = map(
  sequence(
    maybe(phrase("members of", "people in", "everyone in", "anyone in")),
    membership,
    maybe(phrase("users", "members", "people", "employees", "staff")),
  ),
  ([, one]) => [one],
);

/** Nouns that may stand behind "the user" and name nobody. */
const noNames = new Set(
  "interface experience community pool service team tool app account accounts role roles group groups data admin admins administrator manager owner id name base agent role".split(
    " ",
  ),
);

/** "The user alice", "user Bob": in small letters only with the article, because "user accounts" are no users. */
const namedUser: Parser<Who> = (input, at) =>
  sequence(
    maybe(phrase("the")),
    phrase("user"),
    value,
  )(input, at).flatMap(({ value: [the, , { token: name }], next }) => {
    const isName =
      name.kind === "quoted" ||
      (name.kind === "word" && (isProperName(name) || (the !== undefined && isPlainName(name))));
    const known = claimNamed([name], input.vocabulary) !== undefined && name.kind === "word";
    return isName && !known ? [{ value: [oneOf(username, [{ token: name }])], next }] : fail(input, at + 1);
  });

function isProperName({ text }: Token): boolean {
  return /^\p{Lu}|[\p{N}@._-]/u.test(text);
}

function isPlainName({ lower }: Token): boolean {
  return !noNames.has(lower) && !persons.has(lower) && !lower.endsWith("s");
}

const people: Parser<Who> = rule(() =>
  either(
    anybody,
    they,
    map(sequence(somebody, modifiers), ([, one]) => [one]),
    namedUser,
  ),
);

const simple: Parser<Who> = rule(() => either(people, team));

/** Several of one kind, any of which will do: of different kinds, "and" might join what the first must be. */
function unionOf(kind: Parser<Who>): Parser<Who> {
  const more = many(sequence(phrase("and", "or", "as well as", ", and", ", or"), kind), 6);
  return (input, at) =>
    sequence(kind, more)(input, at).flatMap(({ value: [first, rest], next }) => {
      const all = [first, ...rest.map(([, one]) => one)];
      if (all.length > 1 && all.some((one) => one.length === 0)) return fail(input, at);
      const conditions = all.flat();
      return [{ value: conditions.length < 2 ? conditions : [{ kind: "any" as const, conditions }], next }];
    });
}

/** People, perhaps several kinds of them, perhaps without some. */
export const who: Parser<Who> = rule(() => {
  const union = either(unionOf(people), unionOf(team));
  return either<Who>(union, (input, at) =>
    sequence(
      union,
      maybe(phrase(",")),
      exceptWords,
      either(
        simple,
        map(modifiers, (one) => [one]),
      ),
    )(input, at).flatMap(({ value: [everyone, , , some], next }) => {
      const [one] = some;
      return one ? [{ value: [...everyone, lackingOf(one)], next }] : fail(input, at, "everyone is excepted");
    }),
  );
});

export const exceptWords = phrase(
  "except",
  "except for",
  "other than",
  "apart from",
  "excluding",
  "but not",
  "but",
  "besides",
);
