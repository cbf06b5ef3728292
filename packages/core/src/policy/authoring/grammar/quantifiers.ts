import { fail, type Parser } from "./parser.ts";

const universal = new Set(["all", "every", "each", "everyone", "everybody", "everything"]);

/**
 * What stands behind a "not" or "nobody": "not all" may be none of them, or some of them. "Any" is none, and so is "all"
 * behind a verb that denies.
 */
export function notAll<T>(parser: Parser<T>): Parser<T> {
  return (input, at) =>
    parser(input, at).flatMap((reading) => {
      const all = input.tokens.slice(at, reading.next).find(({ lower }) => universal.has(lower));
      return all
        ? fail(
            input,
            reading.next,
            `"not" and "${all.text}" may mean none or not all; write "any", "anyone" or "nobody"`,
          )
        : [reading];
    });
}
