import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hiddenCharactersIn, withoutHidden } from "./hiddenCharacters.ts";

/** What can't be seen, or shows a text otherwise than it reads, by code points; the oracle for the properties below. */
const ranges: readonly (readonly [number, number])[] = [
  [0x00, 0x08],
  [0x0b, 0x0c],
  [0x0e, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x180b, 0x180f],
  [0x200b, 0x200b],
  [0x200e, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xe000, 0xf8ff],
  [0xfe00, 0xfe0d],
  [0xfeff, 0xfeff],
  [0xfff9, 0xfffb],
  [0xfffe, 0xffff],
  [0xe0000, 0xe0fff],
  [0xf0000, 0xf0fff],
];
const hidden = fc
  .constantFrom(...ranges)
  .chain(([from, to]) => fc.integer({ min: from, max: to }))
  .map((point) => String.fromCodePoint(point));
/** Texts in which there is nothing to hide: of Latin, Greek, Cyrillic, Chinese, Japanese. */
const plain = fc.string({
  unit: fc
    .oneof(
      fc.integer({ min: 0x20, max: 0x7e }),
      fc.integer({ min: 0xa1, max: 0xac }),
      fc.integer({ min: 0xc0, max: 0x17f }),
      fc.integer({ min: 0x391, max: 0x3a1 }),
      fc.integer({ min: 0x410, max: 0x44f }),
      fc.integer({ min: 0x4e00, max: 0x9fff }),
      fc.integer({ min: 0x3041, max: 0x3096 }),
    )
    .map((point) => String.fromCodePoint(point)),
});

describe("T12 hidden characters", () => {
  test("are found wherever they stand, with their place", () => {
    fc.assert(
      fc.property(plain, hidden, plain, (before, character, after) => {
        const [found, ...more] = hiddenCharactersIn(before + character + after);
        expect(more).toEqual([]);
        expect(found?.at).toBe(before.length);
        expect(found?.codePoint).toBe(`U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}`);
      }),
    );
  });

  test("are none in plain text, nor in what is left when they are written out", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(plain, hidden)), (parts) => {
        expect(hiddenCharactersIn(withoutHidden(parts.join("")))).toEqual([]);
      }),
    );
    fc.assert(
      fc.property(plain, (text) => {
        expect(hiddenCharactersIn(text)).toEqual([]);
      }),
    );
  });

  test.each([
    ["lines and tabs", "a\n\tb\r\nc"],
    [
      "an emoji of several",
      "a family \u{1f468}\u200d\u{1f469}\u200d\u{1f467}, a coder \u{1f469}\u{1f3fd}\u200d\u{1f4bb}",
    ],
    ["an emoji's presentation", "\u2764\ufe0f and \u2600\ufe0e and \u2764\ufe0f\u200d\u{1f525}"],
    ["a joiner that Persian is written with", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"],
    ["a joiner that Hindi is written with", "\u0915\u094d\u200d\u0937"],
  ])("are not %s", (_, text) => {
    expect(hiddenCharactersIn(text)).toEqual([]);
  });

  test.each([
    ["a carriage return that overwrites a line", "safe\rrm", "a control character"],
    ["a joiner between Latin letters", "pass\u200dword", "an invisible character"],
    ["two joiners", "\u0645\u200c\u200c\u062e", "an invisible character"],
    ["two presentation selectors", "\u2764\ufe0f\ufe0f", "a variation selector"],
    ["selectors that carry bytes", "\u{1f600}\u{e0148}\u{e0155}", "a variation selector"],
    ["a sentence of tags", "\u{e0073}\u{e0065}", "a tag character"],
    ["half a pair", "a\ud800b", "half a surrogate pair"],
    ["an isolate", "a\u2066b", "a direction control"],
  ])("are %s", (_, text, what) => {
    expect(hiddenCharactersIn(text)[0]?.what).toBe(what);
  });

  test("take no longer to find the more there are", () => {
    expect(hiddenCharactersIn("\u200d".repeat(200_000))).toHaveLength(200_000);
  });
});
