import type { Meaning } from "../meaning.ts";
import { after, afterWithPeople, meaning } from "./circumstances.ts";
import { anyOf, either, map, maybe, type Parser, phrase, rule, sequence } from "./parser.ts";
import { access, deeds, object } from "./toolPhrases.ts";
import { who } from "./who.ts";

const please = maybe(phrase("please", "pls", "always", "also"));
export const only = maybe(phrase("only"));

const allow = anyOf("allow|permit|let|enable|authorize|authorise");
const deny = anyOf(
  "deny|forbid|block|prohibit|disallow|prevent|stop|reject|refuse|do not allow|do not let",
  "do not permit|never allow|never let|never permit|do not ever allow",
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
    map(sequence(please, only, allow, only, object, afterWithPeople), ([, first, , second, deed, around]) =>
      meaning("permit", (first ?? second) !== undefined, [], deed, around),
    ),
    map(
      sequence(please, phrase("grant", "give"), phrase("access to"), access, phrase("to"), who, after),
      ([, , , deed, , some, around]) => meaning("permit", false, some, deed, around),
    ),
    map(sequence(please, deny, who, maybe(phrase("to", "from")), deeds, after), ([, , some, , deed, around]) =>
      meaning("forbid", false, some, deed, around),
    ),
    map(sequence(please, deny, who, phrase("access to"), access, after), ([, , some, , deed, around]) =>
      meaning("forbid", false, some, deed, around),
    ),
    map(sequence(please, deny, object, afterWithPeople), ([, , deed, around]) =>
      meaning("forbid", false, [], deed, around),
    ),
    map(sequence(please, phrase("do not", "never", "do not ever"), deeds, after), ([, , deed, around]) =>
      meaning("forbid", false, [], deed, around),
    ),
    map(sequence(phrase("no"), object, afterWithPeople), ([, deed, around]) =>
      meaning("forbid", false, [], deed, around),
    ),
    // "Don't allow it if it's more than $5 million", after a sentence that says what.
    map(sequence(please, deny, maybe(phrase("it", "this", "that")), after), ([, , , around]) =>
      meaning("forbid", false, [], { tools: { kind: "it" }, conditions: [] }, around),
    ),
  ),
);
