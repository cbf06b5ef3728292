import { persons, someones } from "../lexicon.ts";
import type { Condition, Meaning } from "../meaning.ts";
import { after, comma, meaning } from "./circumstances.ts";
import { only } from "./imperative.ts";
import { anyOf, either, fail, map, type Parser, phrase, rule, sequence } from "./parser.ts";
import { notAll } from "./quantifiers.ts";
import { access, deeds } from "./toolPhrases.ts";
import { type Who, who } from "./who.ts";

const participle = "allowed|permitted|authorized|authorised".split("|");
const may = anyOf(
  "may|can|is able to|are able to|should be able to|should be allowed to|shall be allowed to|shall be able to",
  "have permission to|has permission to|have the right to|are entitled to|is entitled to",
  ...participle.flatMap((one) => [`is ${one} to`, `are ${one} to`]),
);
const mayOnly = anyOf(
  "may only|can only|should only be able to",
  ...participle.flatMap((one) => [`is only ${one} to`, `are only ${one} to`, `should only be ${one} to`]),
);
const mayNot = anyOf(
  "may not|may never|can not|can never|must not|must never|should not|should never|shall not|shall never",
  "is not able to|are not able to|should not be able to|should not be allowed to|must not be able to",
  "must not be allowed to|do not have permission to|is forbidden to|are forbidden to|is forbidden from",
  "are forbidden from|is prohibited from|are prohibited from|are barred from|are blocked from",
  "must be prevented from|are never allowed to|is never allowed to",
  ...participle.flatMap((one) => [`is not ${one} to`, `are not ${one} to`]),
);

const nobody = anyOf(
  "nobody|no one|none of the users|no user|no users|no principal|no principals|no caller|no callers|no person",
  "no agent|no agents|no member|no members",
);

/** Nobody, or nobody of a kind: "no user in the sales department". */
const noWho: Parser<Who> = rule(() =>
  either<Who>(
    map(nobody, () => []),
    (input, at) => {
      const noun = input.tokens[at + 1]?.lower ?? "";
      return input.tokens[at]?.lower === "no" && (persons.has(noun) || someones.has(noun)) ? who(input, at + 1) : [];
    },
    // "No one except users with role admin."
    (input, at) =>
      sequence(
        nobody,
        comma,
        anyOf("except|except for|but|other than|apart from|besides"),
        who,
      )(input, at).flatMap(({ value: [, , , some], next }) => {
        const condition: Condition = { kind: "all", conditions: some };
        return some.length > 0 ? [{ value: [{ kind: "except" as const, condition }], next }] : [];
      }),
  ),
);

/** "Users in the finance department may run the risk model". */
export const declarative: Parser<Meaning> = rule(() =>
  either(
    (input, at) =>
      sequence(
        only,
        who,
        may,
        deeds,
        after,
      )(input, at).flatMap(({ value: [first, some, , deed, around], next }) => {
        const found = meaning("permit", first !== undefined, some, deed, around);
        return first && found.conditions.length + found.exceptions.length === 0
          ? fail(input, next, '"only" must be about who or about a condition')
          : [{ value: found, next }];
      }),
    (input, at) =>
      sequence(
        only,
        who,
        mayOnly,
        deeds,
        after,
      )(input, at).flatMap(({ value: [, some, , deed, around], next }) =>
        // Only what? Without a condition, no other tool is meant, and that takes another policy than one that permits.
        [...deed.conditions, ...around.conditions, ...around.exceptions].length === 0
          ? fail(input, next, '"only" must be about who or about a condition')
          : [{ value: meaning("permit", true, some, deed, around), next }],
      ),
    map(
      sequence(
        only,
        who,
        anyOf("have access to|has access to|should have access to|may have access to|can have access to"),
        access,
        after,
      ),
      ([first, some, , deed, around]) => meaning("permit", first !== undefined, some, deed, around),
    ),
    (input, at) =>
      sequence(
        who,
        mayNot,
        notAll(deeds),
        after,
      )(input, at).flatMap(({ value: [some, , deed, around], next }) =>
        // "Everyone may not" may be nobody, or not everyone.
        /^(?:every|all|each|any)/.test(input.tokens[at]?.lower ?? "")
          ? fail(input, next, `"${input.tokens[at]?.text} ... not" may mean nobody or not everyone; write "nobody"`)
          : [{ value: meaning("forbid", false, some, deed, around), next }],
      ),
    map(
      sequence(
        who,
        anyOf(
          "do not have access to|does not have access to|must not have access to|should not have access to",
          "have no access to|are denied access to|may not have access to",
        ),
        access,
        after,
      ),
      ([some, , deed, around]) => meaning("forbid", false, some, deed, around),
    ),
    map(sequence(noWho, may, notAll(deeds), after), ([some, , deed, around]) =>
      meaning("forbid", false, some, deed, around),
    ),
    map(
      sequence(
        noWho,
        phrase("has access to", "may have access to", "should have access to", "can have access to"),
        notAll(access),
        after,
      ),
      ([some, , deed, around]) => meaning("forbid", false, some, deed, around),
    ),
  ),
);
