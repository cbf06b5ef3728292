import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseStrictly, StrictParseError } from "./parse.ts";

describe("parseStrictly", () => {
  test("what it accepts has the value that JSON.parse gives it", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        let strict: unknown;
        try {
          strict = parseStrictly(text);
        } catch (error) {
          expect(error).toBeInstanceOf(StrictParseError);
          return;
        }
        expect(strict).toEqual(JSON.parse(text));
      }),
      { numRuns: 2_000 },
    );
  });

  test("any text gives a value or a StrictParseError, never another error", () => {
    const fragments = fc.constantFrom(
      ...'{}[]",:\\0123456789.eE+-truefalsn \n'.split(""),
      '"a"',
      '"a":',
      "é",
      "\ud800",
    );
    fc.assert(
      fc.property(fc.array(fragments, { maxLength: 40 }), (parts) => {
        const text = parts.join("");
        let parsed: unknown;
        try {
          parsed = JSON.parse(text);
        } catch {
          expect(() => parseStrictly(text)).toThrow(StrictParseError);
          return;
        }
        try {
          expect(parseStrictly(text)).toEqual(parsed);
        } catch (error) {
          if (!(error instanceof StrictParseError)) throw error;
        }
      }),
      { numRuns: 5_000 },
    );
  });

  test.each([
    ['{"a":1,"a":2}', "occurs twice"],
    ['{"a":1,"\\u0061":2}', "occurs twice"],
    ['{"amount":1,"Amount":2}', "occurs twice"],
    ['{"k":1,"\\u212a":2}', "occurs twice"],
    ['{"\\u00e9":1,"e\\u0301":2}', "occurs twice"],
    ['[{"x":{"a":1 , "b":2,\n"A" :3}}]', "occurs twice"],
  ])("T08 refuses duplicate keys: %s", (text, message) => {
    expect(() => parseStrictly(text)).toThrow(message);
  });

  test("T08 the same key in different objects is no duplicate", () => {
    expect(parseStrictly('{"a":{"a":1},"b":[{"a":1},{"a":2}],"c":"a"}')).toEqual({
      a: { a: 1 },
      b: [{ a: 1 }, { a: 2 }],
      c: "a",
    });
  });

  test.each(["9007199254740993", "-9007199254740992", "1e400", "-1e400", "123456789012345678901234567890"])(
    "T14 refuses the number %s",
    (literal) => {
      expect(() => parseStrictly(`{"n":${literal}}`)).toThrow("cannot be represented");
    },
  );

  test.each(["9007199254740991", "-0", "1.5", "1e3", "0.1"])("T14 accepts the number %s", (literal) => {
    expect(parseStrictly(`[${literal}]`)).toEqual([Number(literal)]);
  });

  test.each(["__proto__", "constructor", "prototype", "__pr\\u006fto__"])("T23 refuses the key %s", (key) => {
    expect(() => parseStrictly(`{"a":{"${key}":{"polluted":true}}}`)).toThrow("is not allowed");
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test("a key's text as a value is nothing to refuse", () => {
    expect(parseStrictly('["__proto__"]')).toEqual(["__proto__"]);
  });

  test("half a surrogate pair is refused", () => {
    expect(() => parseStrictly('"\\ud800"')).toThrow("surrogate");
    expect(parseStrictly('"\\ud83d\\ude00"')).toBe("😀");
  });

  test("T11 a key that takes long to compare is refused by its length, and a body full of the longest ones is not slow", () => {
    const marks = (length: number) => `a${"\u0301\u0316".repeat(length / 2)}`;
    expect(() => parseStrictly(JSON.stringify({ [marks(100_000)]: 1 }))).toThrow("longer than 256");
    const longest = Array.from({ length: 2_000 }, (_, index) => [`${index}${marks(240)}`, 1]);
    expect(Object.keys(parseStrictly(JSON.stringify(Object.fromEntries(longest))) as object)).toHaveLength(2_000);
  });

  test("depth and the number of keys are bounded", () => {
    expect(() => parseStrictly("[".repeat(65) + "]".repeat(65))).toThrow("nested deeper");
    expect(() => parseStrictly("[".repeat(500_000) + "]".repeat(500_000))).toThrow(StrictParseError);
    const keys = Array.from({ length: 50_001 }, (_, index) => `"k${index}":0`).join(",");
    expect(() => parseStrictly(`{${keys}}`)).toThrow("more than 50000 keys");
  });
});
