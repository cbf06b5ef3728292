import type { Meaning } from "../meaning.ts";
import { after, afterByWhom, afterWithPeople, joinCircumstances, meaning } from "./circumstances.ts";
import { only } from "./imperative.ts";
import { anyOf, either, map, maybe, type Parser, phrase, rule, sequence } from "./parser.ts";
import { notAll } from "./quantifiers.ts";
import { object, passive } from "./toolPhrases.ts";
import { who } from "./who.ts";

const isAllowed = anyOf("is|are|shall be|should be|must be");
const yes = anyOf("allowed|permitted|authorized|ok|enabled|possible");
const no = anyOf("forbidden|prohibited|denied|blocked|disallowed|rejected|refused");
const notYes = anyOf("not allowed|not permitted|never allowed|never permitted|not authorized|not possible");

/** "Refunds over $500 are forbidden", "access to the risk model is restricted to users with role admin". */
export const passively: Parser<Meaning> = rule(() => {
  const subject = sequence(maybe(phrase("all", "any")), object, after);
  return either(
    map(sequence(subject, isAllowed, only, yes, afterWithPeople), ([[, deed, before], , first, , around]) =>
      meaning("permit", first !== undefined, [], deed, joinCircumstances(before, around)),
    ),
    map(
      either(
        sequence(subject, isAllowed, no, afterWithPeople),
        sequence(notAll(subject), isAllowed, notYes, afterWithPeople),
      ),
      ([[, deed, before], , , around]) => meaning("forbid", false, [], deed, joinCircumstances(before, around)),
    ),
    map(
      sequence(
        subject,
        isAllowed,
        anyOf("restricted to|limited to|reserved for|only for|available only to"),
        who,
        after,
      ),
      ([[, deed, before], , , some, around]) => meaning("permit", true, some, deed, joinCircumstances(before, around)),
    ),
    map(
      sequence(passive(phrase("may be", "can be", "is allowed to be", "are allowed to be")), afterByWhom),
      ([{ deed, attributes: own }, around]) =>
        meaning("permit", false, [], deed, { ...around, conditions: [...own, ...around.conditions] }),
    ),
    map(
      sequence(passive(phrase("may only be", "can only be", "should only be", "must only be")), afterByWhom),
      ([{ deed, attributes: own }, around]) =>
        meaning("permit", true, [], deed, { ...around, conditions: [...own, ...around.conditions] }),
    ),
    map(
      sequence(
        notAll(
          passive(
            anyOf(
              "may not be|can not be|must not be|should not be|shall not be|may never be|can never be",
              "must never be|should never be",
            ),
          ),
        ),
        afterByWhom,
      ),
      ([{ deed, attributes: own }, around]) =>
        meaning("forbid", false, [], deed, { ...around, conditions: [...own, ...around.conditions] }),
    ),
  );
});
