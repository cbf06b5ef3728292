import { absence, presence } from "../lexicon.ts";
import type { Condition, Predicate, Subject, Written } from "../meaning.ts";
import { either, fail, map, maybe, type Parser, phrase, rule, sequence, token } from "./parser.ts";
import { alternatives, comparison, list, value } from "./values.ts";

/** What is said, yes or no. */
export interface Said {
  readonly predicate: Predicate;
  readonly negated: boolean;
}

const said = (predicate: Predicate, negated = false): Said => ({ predicate, negated });
const oneOf = (values: readonly Written[]): Predicate => ({ kind: "oneOf", values });

/** The condition that something is said of a subject. */
export function condition(subject: Subject, { predicate, negated }: Said): Condition {
  const atom: Condition = { kind: "atom", subject, predicate };
  return negated ? { kind: "not", condition: atom } : atom;
}

const present = map(
  token(({ lower }) => presence.has(lower)),
  ({ lower }): Predicate => ({ kind: "present", word: lower }),
);

const within: Parser<Said> = rule(() =>
  map(sequence(phrase("in"), maybe(phrase("the")), list), ([, , values]) =>
    said({ kind: "oneOf", values, within: true }),
  ),
);

/** What may stand behind "is". */
const complement: Parser<Said> = rule(() =>
  either(
    map(comparison, (one) => said(one)),
    map(alternatives, (values) => said(oneOf(values))),
    map(
      sequence(phrase("one of", "any of", "any one of", "among", "either of"), maybe(phrase("the")), list),
      ([, , values]) => said(oneOf(values)),
    ),
    within,
    map(sequence(phrase("equal to", "equals"), value), ([, one]) => said(oneOf([one]))),
    map(sequence(phrase("none of"), list), ([, values]) => said(oneOf(values), true)),
    map(sequence(phrase("neither"), value, phrase("nor"), value), ([, one, , other]) =>
      said(oneOf([one, other]), true),
    ),
    map(present, (one) => said(one)),
    map(
      token(({ lower }) => absence.has(lower)),
      ({ lower }) => said({ kind: "present", word: lower }, true),
    ),
  ),
);

const no = phrase("not", "never");

const negate = (one: Said): Said => ({ ...one, negated: !one.negated });

const contains = (words: string): Parser<Said> =>
  either(
    map(sequence(phrase(...words.split("|")), value), ([, one]) =>
      said({ kind: "contains", all: false, values: [one] }),
    ),
    map(
      sequence(phrase(...words.split("|")), phrase("any of", "one of", "either of", "at least one of"), list),
      ([, , values]) => said({ kind: "contains", all: false, values }),
    ),
    map(sequence(phrase(...words.split("|")), phrase("either"), alternatives), ([, , values]) =>
      said({ kind: "contains", all: false, values }),
    ),
    map(sequence(phrase(...words.split("|")), phrase("all of", "both", "each of"), list), ([, , values]) =>
      said({ kind: "contains", all: true, values }),
    ),
  );

const affix = (at: "start" | "end", words: string): Parser<Said> =>
  map(sequence(phrase(...words.split("|")), value), ([, one]) => said({ kind: "affix", at, value: one }));

/** "Exceeds 5", "includes edit", "starts with "/tmp"". */
const verbs: Parser<Said> = rule(() =>
  either(
    map(sequence(phrase("exceeds", "exceed"), comparisonOf(">")), ([, one]) => one),
    map(sequence(phrase("equals", "equal"), value), ([, one]) => said(oneOf([one]))),
    contains("contains|contain|includes|include"),
    affix("start", "starts with|start with|begins with|begin with"),
    affix("end", "ends with|end with"),
  ),
);

function comparisonOf(operator: ">"): Parser<Said> {
  return map(value, (one) => said({ kind: "compare", operator, value: one }));
}

const signs: Parser<Said> = either(
  map(sequence(phrase("=", "=="), value), ([, one]) => said(oneOf([one]))),
  map(sequence(phrase("!=", "≠"), value), ([, one]) => said(oneOf([one]), true)),
);

/** With a verb: "is under 5", "does not exceed 5", "equals US". */
export const predicate: Parser<Said> = rule(() =>
  either(
    map(sequence(phrase("is", "are"), complement), ([, one]) => one),
    map(sequence(phrase("is", "are"), no, complement), ([, , one]) => negate(one)),
    verbs,
    map(sequence(phrase("does not", "do not", "must not", "may not"), verbs), ([, one]) => negate(one)),
    map(sequence(phrase("has been", "have been", "was", "were"), present), ([, one]) => said(one)),
    map(sequence(phrase("has not been", "have not been", "was not", "were not"), present), ([, one]) =>
      said(one, true),
    ),
    signs,
  ),
);

/** Without one: "under 5", "of at most 5", "US or UK". */
export const bare: Parser<Said> = rule(() =>
  either(
    map(comparison, (one) => said(one)),
    map(alternatives, (values) => said(oneOf(values))),
    map(
      sequence(
        phrase("of"),
        either(
          map(comparison, (one) => said(one)),
          map(alternatives, (values) => said(oneOf(values))),
        ),
      ),
      ([, one]) => one,
    ),
    map(sequence(phrase("set to", "equal to"), value), ([, one]) => said(oneOf([one]))),
    map(sequence(phrase("one of"), list), ([, values]) => said(oneOf(values))),
    within,
    map(sequence(phrase("not", "other than"), alternatives), ([, values]) => said(oneOf(values), true)),
    signs,
  ),
);

/** A second thing said of the same subject: "at least 100 and at most 500". */
export const continued: Parser<Said> = rule(() =>
  either(
    map(sequence(maybe(phrase("is", "are")), comparison), ([, one]) => said(one)),
    map(sequence(phrase("is", "are"), no, complement), ([, , one]) => negate(one)),
    // "Over 5 but not 10" may go up to 10: a number needs a verb of its own.
    (input, at) =>
      sequence(no, complement)(input, at).flatMap(({ value: [, { predicate: one, negated }], next }) =>
        one.kind === "oneOf" && one.values.some(({ token: { amount } }) => amount !== undefined)
          ? fail(input, next, '"not" before a number may mean not this one, or not above it; say "at most" or "is not"')
          : [{ value: said(one, !negated), next }],
      ),
    map(sequence(phrase("is", "are"), complement), ([, one]) => one),
    map(sequence(phrase("does not", "do not"), verbs), ([, one]) => negate(one)),
    verbs,
  ),
);
