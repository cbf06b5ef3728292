import { claimNamed } from "../claims.ts";
import { everybody, persons, pronouns, relative, someones } from "../lexicon.ts";
import type { Condition, Subject } from "../meaning.ts";
import type { Token } from "../tokens.ts";
import {
  claimSaid,
  identity,
  lackingOf,
  membership,
  not,
  oneOf,
  possession,
  possessions,
  subjectOf,
  the,
} from "./claimPhrases.ts";
import { combined } from "./connectives.ts";
import { anyOf, either, fail, many, map, maybe, type Parser, phrase, rule, sequence, token } from "./parser.ts";
import { alternatives, value } from "./values.ts";

/** Who may call, as what must hold for them: everyone if nothing need. */
export type Who = readonly Condition[];

const positive = anyOf("with|having|who have|who has|that have|that has|holding|who hold");
const inside = anyOf(
  "in|of|from|within|inside|who are in|who is in|that are in|belonging to|who belong to|who work in",
  "who are members of|who are from|that belong to|working in|that is in|who belongs to",
);
const outside = anyOf(
  "outside|outside of|not in|not from|who are not in|who is not in|that are not in",
  "who do not belong to|who are not from|who are not members of|not belonging to|who are outside",
  "who are outside of",
);
const lacking = anyOf("without|who do not have|who does not have|that do not have|not having|lacking|who lack|with no");

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

const modifiers: Parser<Condition> = rule(() => {
  const joined = combined(modifier, { adjacent: true });
  return (input, at) =>
    joined(input, at).flatMap((reading) => {
      const words = input.tokens.slice(at, reading.next).map(({ lower }) => lower);
      // "Not in the finance department or in the audit department": neither, or the second at least?
      return /\bnot .* (?:and|or|,) (?:in|of|from|within|inside)\b/.test(words.join(" "))
        ? fail(input, reading.next, '"not" may be about what follows as well; repeat it, or say it first')
        : [reading];
    });
});

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
    maybe(anyOf("users|members|people|employees|staff")),
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
  return !noNames.has(lower) && !relative.has(lower) && !persons.has(lower) && !lower.endsWith("s");
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
  const more = many(sequence(anyOf("and|or|as well as|, and|, or"), kind), 6);
  return (input, at) =>
    sequence(kind, more)(input, at).flatMap(({ value: [first, rest], next }) => {
      const all = [first, ...rest.map(([, one]) => one)];
      if (all.length > 1 && all.some((one) => one.length === 0)) return fail(input, at);
      const conditions = all.flat();
      // "The finance department and the admin role" may be those who are in both.
      if (kind === team && new Set(conditions.map(claimText)).size > 1)
        return fail(input, next, 'it is not clear whether one is enough; write "users in ... and users in ..."');
      return [{ value: conditions.length < 2 ? conditions : [{ kind: "any" as const, conditions }], next }];
    });
}

function claimText(one: Condition): string {
  const words = one.kind === "atom" && one.subject.kind === "claim" ? one.subject.words : [];
  return words.map(({ lower }) => lower).join(" ");
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

export const exceptWords = anyOf("except|except for|other than|apart from|excluding|but not|but|besides");
