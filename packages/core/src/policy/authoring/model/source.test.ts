import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type SourceText, sourceOf, spansOf, textAt, uncovered } from "./source.ts";

const sentencesOf = (raw: string) => {
  const source = sourceOf(raw);
  return source.sentences.map((span) => textAt(source, span));
};

const silent = (source: SourceText, ...fragments: readonly string[]) =>
  uncovered(
    source,
    fragments.flatMap((fragment) => spansOf(fragment, source)),
  ).map((span) => textAt(source, span));

describe("sentences", () => {
  test.for<[string, string, readonly string[]]>([
    ["end with full stops", "Allow a. Deny b!  Permit c?", ["Allow a.", "Deny b!", "Permit c?"]],
    ["go over lines", "Allow users\n of finance\r\nto pay.", ["Allow users of finance to pay."]],
    [
      "don't end within numbers",
      "Allow up to 5.5 million dollars. Deny 1.5.",
      ["Allow up to 5.5 million dollars.", "Deny 1.5."],
    ],
    [
      "are items of lists",
      "1. Allow a\n2) Deny b\n- Permit c\n* Forbid d\n• e",
      ["Allow a", "Deny b", "Permit c", "Forbid d", "e"],
    ],
    ["are paragraphs", "Allow a\n\n \nDeny b", ["Allow a", "Deny b"]],
    ["may be none", " \n- ", []],
  ])("%s", ([, raw, expected]) => {
    expect(sentencesOf(raw)).toEqual(expected);
  });
});

describe("fragments", () => {
  const source = sourceOf("1. Allow finance\n   to pay.\n2. Allow refunds. Allow refunds.");

  test.for<[string, string, number]>([
    ["are found whatever the white space", "Allow  finance to\npay.", 1],
    ["are found with the marker of a list", "1. Allow finance to pay.", 1],
    ["are found wherever they stand", "Allow refunds.", 2],
    ["are found across sentences", "to pay. Allow refunds.", 1],
    ["are not found in other words", "Permit finance to pay.", 0],
    ["are not found in another case", "allow finance to pay.", 0],
    ["are not found within words", "finance to pa", 0],
    ["have words", ".", 0],
    ["are not empty", " ", 0],
  ])("%s", ([, fragment, times]) => {
    expect(spansOf(fragment, source)).toHaveLength(times);
  });
});

describe("what fragments don't cover", () => {
  const text = "Allow finance to pay, but never on Sundays. And deny refunds!";
  test.for<[string, readonly string[], readonly string[]]>([
    ["is everything without fragments", [], ["Allow finance to pay, but never on Sundays", "deny refunds"]],
    ["is nothing if they cover everything", [text], []],
    [
      "is no punctuation, and no word that only joins",
      ["Allow finance to pay, but never on Sundays", "deny refunds"],
      [],
    ],
    ["is the end of a sentence", ["Allow finance to pay", "deny refunds"], ["but never on Sundays"]],
    ["is what is between", ["Allow finance", "but never on Sundays", "deny refunds"], ["to pay"]],
    ["is the same where they overlap", ["Allow finance to pay", "pay, but never", "deny refunds"], ["on Sundays"]],
  ])("%s", ([, fragments, expected]) => {
    expect(silent(sourceOf(text), ...fragments)).toEqual(expected);
  });

  test("and what they do is all of the text's words, whatever the text", () => {
    const word = fc.constantFrom("allow", "and", "x", "5", "$5.", "Deny", "or!", "- ", "\n", "é", "\n\n", "1. ");
    fc.assert(
      fc.property(
        fc.array(word).map((words) => words.join(" ")),
        fc.nat(),
        fc.nat(),
        (raw, from, length) => {
          const source = sourceOf(raw);
          const fragment = source.text.slice(from % (source.text.length + 1)).slice(0, length % 30);
          const spans = spansOf(fragment, source);
          const rest = uncovered(source, spans);
          for (const span of rest)
            expect(spans.some((one) => one.start < span.end && span.start < one.end)).toBe(false);
          // Each letter and digit is in a fragment, in a part that is reported, or in a word that only joins.
          const joins = /^(?:and|also|additionally|furthermore|moreover|please|then|finally)$/i;
          for (const match of source.text.matchAll(/[\p{L}\p{N}]+/gu)) {
            const at = { start: match.index, end: match.index + match[0].length };
            const seen = [...spans, ...rest].some((span) => span.start <= at.start && at.end <= span.end);
            expect(seen || joins.test(match[0])).toBe(true);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
