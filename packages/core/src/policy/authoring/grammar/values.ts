import { structural } from "../lexicon.ts";
import type { Comparator, Predicate, Written } from "../meaning.ts";
import type { Token } from "../tokens.ts";
import { either, map, maybe, type Parser, phrase, rule, separated, sequence, token } from "./parser.ts";

/** Values, and what is said of a parameter with them: "under $5 million", "one of US and UK", "between 1 and 5". */

const isWord = ({ kind, text, lower }: Token) => kind === "word" && (!structural.has(lower) || isCode(text));

/** Countries such as AT, IN and NO look like other words. Who shouts is not understood. */
function isCode(text: string): boolean {
  return /^\p{Lu}{2}$/u.test(text) && text !== "OR" && text !== "IF";
}

export const number = token(({ kind }) => kind === "number");

/** A number, perhaps with the word for what is counted. */
export const quantity: Parser<Written> = rule(() =>
  map(sequence(number, maybe(token(isWord))), ([value, unit]) => ({ token: value, ...(unit ? { unit } : {}) })),
);

/** Several capitalised words in a row are one value: "Human Resources". */
const name: Parser<Written> = (input, at) => {
  const readings = [];
  for (let next = at; next < at + 4; next++) {
    const one = input.tokens[next];
    if (!one || !isWord(one) || !/^\p{Lu}/u.test(one.text)) break;
    const first = input.tokens[at] ?? one;
    const text = input.tokens
      .slice(at, next + 1)
      .map((word) => word.text)
      .join(" ");
    if (next > at) readings.push({ value: { token: { ...first, text, lower: text.toLowerCase() } }, next: next + 1 });
  }
  return readings;
};

export const value: Parser<Written> = either(
  map(
    token((one) => one.kind === "quoted" || isWord(one)),
    (one): Written => ({ token: one }),
  ),
  name,
  quantity,
);

const bracketed = (list: Parser<readonly Written[]>): Parser<readonly Written[]> =>
  map(
    sequence(
      token(({ lower }) => lower === "[" || lower === "("),
      list,
      token(({ lower }) => lower === "]" || lower === ")"),
    ),
    ([, values]) => values,
  );

/** Values of which one is enough: "US, UK or FR". */
export const alternatives: Parser<readonly Written[]> = rule(() => {
  const plain = listOf(phrase(", or", "or", ","));
  return either(
    plain,
    map(sequence(phrase("either"), plain), ([, values]) => values),
  );
});

/** A list that a word before it says how to take. */
export const list: Parser<readonly Written[]> = rule(() => {
  const plain = listOf(phrase(", or", "or", ",", ", and", "and"), true);
  return either(plain, bracketed(plain));
});

function listOf(separator: Parser<string>, commas = false): Parser<readonly Written[]> {
  return (input, at) =>
    separated(value, separator)(input, at).flatMap(({ value: { items, by }, next }) =>
      isOneList(by, commas) ? [{ value: items, next }] : [],
    );
}

/** Commas, and before the last value a word, or nothing but that word; or nothing but commas, where a list is announced. */
function isOneList(separators: readonly string[], commas: boolean): boolean {
  const words = new Set(separators.map((one) => one.replace(/^, /, "")).filter((one) => one !== ","));
  if (words.size > 1) return false;
  const last = separators.at(-1);
  // "US, or UK and ..." may begin another condition after the comma.
  if (separators.length === 1 && last !== undefined && /^, ./.test(last)) return false;
  return last === undefined || last !== "," || (commas && words.size === 0);
}

const comparators: readonly (readonly [Comparator, readonly string[]])[] = [
  ["<", ["under", "below", "less than", "lower than", "smaller than", "fewer than", "<"]],
  [
    "<=",
    [
      "up to",
      "up to and including",
      "at most",
      "no more than",
      "not more than",
      "a maximum of",
      "not over",
      "not above",
    ]
      .concat(["not exceeding", "less than or equal to", "no greater than", "not greater than", "no higher than", "<="])
      .concat(["≤", "maximum", "max"]),
  ],
  [">", ["over", "above", "more than", "greater than", "higher than", "larger than", "exceeding", "in excess of", ">"]],
  [
    ">=",
    [
      "at least",
      "no less than",
      "not less than",
      "a minimum of",
      "greater than or equal to",
      "not under",
      "not below",
    ].concat(["no lower than", "not lower than", ">=", "≥", "minimum"]),
  ],
];

const comparator: Parser<Comparator> = either(
  ...comparators.map(([operator, words]) => map(phrase(...words), (): Comparator => operator)),
);

const compare = (operator: Comparator, written: Written): Predicate => ({ kind: "compare", operator, value: written });

/** "Under 5", "5 or less", "between 1 and 5": what only numbers can be. */
export const comparison: Parser<Predicate> = rule(() =>
  either(
    map(sequence(comparator, quantity), ([operator, written]) => compare(operator, written)),
    map(sequence(quantity, phrase("or less", "or fewer", "or below", "or lower", "or under")), ([written]) =>
      compare("<=", written),
    ),
    map(sequence(quantity, phrase("or more", "or above", "or higher", "or over", "or greater")), ([written]) =>
      compare(">=", written),
    ),
    map(sequence(phrase("exactly"), quantity), ([, written]) => compare("==", written)),
    map(
      sequence(
        maybe(phrase("anywhere")),
        phrase("between", "from"),
        quantity,
        phrase("and", "to"),
        quantity,
        maybe(phrase("inclusive")),
      ),
      ([, , low, , high]): Predicate => ({ kind: "between", low, high }),
    ),
  ),
);
