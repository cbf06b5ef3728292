import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matches } from "./match.ts";
import { compileProgram, PatternError } from "./program.ts";

const enough = () => ({ steps: 10_000_000 });
const isMatch = (pattern: string, text: string) => matches(compileProgram(pattern), text, enough());

describe("a pattern matches what the platform's own engine says", () => {
  const characters = fc.constantFrom(..."aab-_ .0\n", "é", "😀", "\u2028", "\u00a0");
  const set = fc.constantFrom(
    "a",
    "b",
    ".",
    "\\d",
    "\\D",
    "\\w",
    "\\W",
    "\\s",
    "\\S",
    "[ab]",
    "[^a]",
    "[a-z0-9_]",
    "[\\w\\-.]",
    "[]",
    "[^]",
    "\\p{L}",
    "\\P{L}",
    "\\p{Script=Latin}",
    "\\u{1f600}",
    "[😀a]",
    "\\n",
    "\\u00e9",
    "-",
    "\\.",
  );
  const bounds = fc.oneof(
    fc.constantFrom("*", "+", "?", "*?", "+?", "{0}", "{2}", "{2,}"),
    fc.tuple(fc.nat(3), fc.nat(3)).map(([min, more]) => `{${min},${min + more}}`),
  );
  const { pattern } = fc.letrec<{ pattern: string; sequence: string; part: string }>((tie) => ({
    pattern: fc.array(tie("sequence"), { minLength: 1, maxLength: 3 }).map((all) => all.join("|")),
    sequence: fc.array(tie("part"), { maxLength: 4 }).map((all) => all.join("")),
    part: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      set,
      fc.tuple(set, bounds).map(([of, times]) => of + times),
      fc.constantFrom("^", "$", "\\b", "\\B"),
      fc
        .tuple(fc.constantFrom("(", "(?:"), tie("pattern"), fc.option(bounds, { nil: "" }))
        .map(([open, inner, times]) => `${open}${inner})${times}`),
    ),
  }));

  test("for random patterns and texts", () => {
    let compared = 0;
    fc.assert(
      fc.property(
        pattern,
        fc.array(fc.array(characters, { maxLength: 8 }), { minLength: 4, maxLength: 4 }),
        (source, texts) => {
          const native = new RegExp(source, "u");
          const program = compileUnlessLarge(source);
          if (program === undefined) return;
          for (const text of texts.map((each) => each.join(""))) {
            // V8 finds a place that is no word's boundary between the halves of a surrogate pair, where there is none to look.
            if (source.includes("\\B") && /[\u{10000}-\u{10ffff}]/u.test(text)) continue;
            compared++;
            expect([source, text, matches(program, text, enough())]).toEqual([source, text, native.test(text)]);
          }
        },
      ),
      { numRuns: 1_000 },
    );
    expect(compared).toBeGreaterThan(1_000);
  });

  test.each([
    ["^[a-z0-9-]{1,64}$", ["abc-1", "", "a".repeat(64), "a".repeat(65), "A"]],
    ["^\\d{4}-\\d{2}-\\d{2}$", ["2026-11-26", "2026-1-26", "x2026-11-26"]],
    [
      "^arn:aws:[a-z]+:[a-z0-9-]*:\\d{12}:.{1,2048}$",
      [`arn:aws:sns:eu-west-1:123456789012:${"x".repeat(2_048)}`, `arn:aws:sns::1:x`],
    ],
    ["a{3}b", ["aaab", "aab", "aaaab", "aaacaab"]],
    ["(?:ab){2,3}$", ["abab", "ab", "abababab", "ababa"]],
    ["[^]{5,}", ["1234", "12345", "\n\n\n\n\n\n"]],
    ["x*", [""]],
    ["(?:){1000000000}a", ["a", "b"]],
  ])("%s", (source, texts) => {
    for (const text of texts) expect([text, isMatch(source, text)]).toEqual([text, new RegExp(source, "u").test(text)]);
  });
});

function compileUnlessLarge(source: string) {
  try {
    return compileProgram(source);
  } catch (error) {
    if (error instanceof PatternError && error.message.endsWith("larger than 2000 steps")) return undefined;
    throw error;
  }
}

describe("T11 a pattern takes no more than linear time", () => {
  test.each([
    ["^(a+)+$", `${"a".repeat(50_000)}!`],
    ["^(a|a)*$", `${"a".repeat(50_000)}!`],
    ["^(?:a?){30}a{30}$", `${"a".repeat(50_000)}!`],
    ["^(?:[a-z]+[0-9]*)*@$", "a".repeat(50_000)],
    ["\\s+$", `${" ".repeat(50_000)}x`],
    ["(?:.*,){10}x", ",".repeat(20_000)],
    ["^.{1,1000000}.{1,1000000}b$", "a".repeat(50_000)],
    [".{1,5000}b", "a".repeat(50_000)],
  ])("%s", (source, text) => {
    const budget = enough();
    expect(matches(compileProgram(source), text, budget)).toBe(false);
    const steps = 10_000_000 - budget.steps;
    const half = enough();
    matches(compileProgram(source), text.slice(text.length / 2), half);
    expect(steps).toBeLessThan((10_000_000 - half.steps) * 2.1);
  });

  test("what is left to do is bounded", () => {
    expect(() => matches(compileProgram("^(a+)+$"), "a".repeat(1_000), { steps: 500 })).toThrow("take too long");
  });
});

test.each([
  ["a lookahead", "^(?=.*[a-z]).{8,}$"],
  ["a lookahead", "(?!x)y"],
  ["a lookbehind", "(?<=x)y"],
  ["a backreference", "(a)\\1"],
  ["a backreference", "(?<q>['\"]).*\\k<q>"],
  ["modifiers", "(?i:a)"],
  ["larger than 2000 steps", "(?:a|b){5000}"],
  ["larger than 2000 steps", "(?:(?:ab){100}){100}"],
  ["longer than 4096 characters", "a".repeat(5_000)],
  ["no pattern", "("],
  ["no pattern", "[\\_]"],
  ["no pattern", "(".repeat(2_000)],
])("T11 refused: %s", (message, source) => {
  expect(() => compileProgram(source)).toThrow(message);
});
