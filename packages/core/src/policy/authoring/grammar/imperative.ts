import type { Meaning } from "../meaning.ts";
import { after, afterByWhom, afterForWhom, afterWithPeople, type Circumstances, meaning } from "./circumstances.ts";
import { anyOf, either, map, maybe, type Parser, phrase, rule, sequence } from "./parser.ts";
import { notAll } from "./quantifiers.ts";
import { access, type Deed, deeds, object } from "./toolPhrases.ts";
import { who } from "./who.ts";

const please = maybe(phrase("please", "pls", "always", "also"));
export const only = maybe(phrase("only"));

const allow = anyOf("allow|permit|let|enable|authorize|authorise");
const deny = anyOf("deny|forbid|block|prohibit|disallow|prevent|stop|reject|refuse");
const doNotAllow = anyOf("do not allow|do not let|do not permit|never allow|never let|never permit|do not ever allow");

/**
 * What is allowed or denied as a noun, and to whom. Only access is given "to" somebody: "deny transfers to users with role
 * contractor" may be about who gets the money, as "closing accounts for users with role vip" may be about whose they are.
 */
const objectForWhom: Parser<readonly [Deed, Circumstances]> = (input, at) => {
  const first = input.tokens[at]?.lower ?? "";
  const isAccess = /^(?:access|accessing|use|using|calls|calling|invoking)$/.test(first);
  const around = isAccess ? afterWithPeople : first.endsWith("ing") ? afterByWhom : afterForWhom;
  return sequence(object, around)(input, at);
};

/** @param checked What must hold of who and what is denied. */
const prohibitions = (verb: Parser<string>, checked: <T>(parser: Parser<T>) => Parser<T>): Parser<Meaning> =>
  either(
    map(
      sequence(please, verb, checked(who), maybe(phrase("to", "from")), checked(deeds), after),
      ([, , some, , deed, around]) => meaning("forbid", false, some, deed, around),
    ),
    map(
      sequence(please, verb, checked(who), phrase("access to"), checked(access), after),
      ([, , some, , deed, around]) => meaning("forbid", false, some, deed, around),
    ),
    map(sequence(please, verb, checked(objectForWhom)), ([, , [deed, around]]) =>
      meaning("forbid", false, [], deed, around),
    ),
  );

/** "Allow users with role admin to delete files", "block refunds over $500". */
export const imperative: Parser<Meaning> = rule(() =>
  either(
    map(
      sequence(please, only, allow, only, who, maybe(phrase("to")), deeds, after),
      ([, first, , second, some, , deed, around]) =>
        meaning("permit", (first ?? second) !== undefined, some, deed, around),
    ),
    map(
      sequence(
        please,
        only,
        phrase("allow", "permit", "grant", "give"),
        only,
        who,
        phrase("access to", "the use of", "use of"),
        access,
        after,
      ),
      ([, first, , second, some, , deed, around]) =>
        meaning("permit", (first ?? second) !== undefined, some, deed, around),
    ),
    map(sequence(please, only, allow, only, objectForWhom), ([, first, , second, [deed, around]]) =>
      meaning("permit", (first ?? second) !== undefined, [], deed, around),
    ),
    map(
      sequence(please, phrase("grant", "give"), phrase("access to"), access, phrase("to"), who, after),
      ([, , , deed, , some, around]) => meaning("permit", false, some, deed, around),
    ),
    prohibitions(deny, (parser) => parser),
    prohibitions(doNotAllow, notAll),
    map(sequence(please, phrase("do not", "never", "do not ever"), notAll(deeds), after), ([, , deed, around]) =>
      meaning("forbid", false, [], deed, around),
    ),
    map(sequence(phrase("no"), objectForWhom), ([, [deed, around]]) => meaning("forbid", false, [], deed, around)),
    // "Don't allow it if it's more than $5 million", after a sentence that says what.
    map(sequence(please, either(deny, doNotAllow), maybe(phrase("it", "this", "that")), after), ([, , , around]) =>
      meaning("forbid", false, [], { tools: { kind: "it" }, conditions: [] }, around),
    ),
  ),
);
