import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { holdAgainstReference } from "./parse.reference.ts";
import { parseStrictly, StrictParseError } from "./parse.ts";

describe("parseStrictly", () => {
  const fragments = fc.constantFrom(
    ...'{}[]",:\\0123456789.eE+-truefalsn \n'.split(""),
    ...[
      '"a"',
      '"a":',
      '"A":',
      '"\\u0041":',
      '"é":',
      '"e\u0301":',
      '"__proto__":',
      '"\u212a":',
      '"k":',
      "\\ud83d\\ude00",
      "\\ud83d",
    ],
    ...["é", "\ud800", "9007199254740992", "-9007199254740991", "1e999", "1.5", '\\"', "\\\\"],
  );

  /** JSON text as other writers would write it: with escapes, whitespace and keys that repeat. */
  const { value: written } = fc.letrec<{ value: string }>((tie) => {
    const text = fc.array(
      fc.oneof(
        fc.constantFrom(..."aAkKsé", "\u212a", "\\u0061", "\\n", '\\"', "\\ud83d\\ude00", "\\udc00"),
        fc.constant(""),
      ),
      { maxLength: 3 },
    );
    const string = text.map((parts) => `"${parts.join("")}"`);
    const space = fc.constantFrom("", "", " ", "\n\t");
    const member = fc.tuple(string, space, tie("value")).map(([key, gap, inner]) => `${key}${gap}:${gap}${inner}`);
    const list = (of: fc.Arbitrary<string>) => fc.array(of, { maxLength: 4 }).map((all) => all.join(","));
    return {
      value: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        fc.constantFrom("0", "-1", "1.5e3", "null", "true", "9007199254740993", "1e400"),
        string,
        list(tie("value")).map((all) => `[${all}]`),
        list(member).map((all) => `{${all}}`),
      ),
    };
  });

  test.each([
    ["any value", fc.json(), 1_000],
    ["text in any spelling", written, 2_000],
    ["pieces of JSON in any order", fc.array(fragments, { maxLength: 40 }).map((parts) => parts.join("")), 5_000],
    [
      "text that somebody changed",
      fc.tuple(written, fc.nat(), fc.nat(3), fc.array(fragments, { maxLength: 2 })).map(([text, at, gone, put]) => {
        const position = at % (text.length + 1);
        return text.slice(0, position) + put.join("") + text.slice(position + gone);
      }),
      3_000,
    ],
  ])("it accepts what JSON.parse does, with the same value, but for what is listed: %s", (_, texts, numRuns) => {
    fc.assert(
      fc.property(texts, (text) => void holdAgainstReference(text, parseStrictly)),
      { numRuns },
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

  test("T11 a key that takes long to compare is refused by its length, and so is a body full of such keys", () => {
    const marks = (length: number) => `a${"\u0301\u0316".repeat(length / 2)}`;
    expect(() => parseStrictly(JSON.stringify({ [marks(100_000)]: 1 }))).toThrow("longer than 256");
    const longest = (count: number) => Array.from({ length: count }, (_, index) => [`${index}${marks(240)}`, 1]);
    const text = (count: number) => JSON.stringify(Object.fromEntries(longest(count)));
    expect(Object.keys(parseStrictly(text(400)) as object)).toHaveLength(400);
    expect(() => parseStrictly(text(420))).toThrow("more than 100000 characters in keys");
  });

  test("depth and the number of keys are bounded", () => {
    expect(() => parseStrictly("[".repeat(65) + "]".repeat(65))).toThrow("nested deeper");
    expect(() => parseStrictly("[".repeat(500_000) + "]".repeat(500_000))).toThrow(StrictParseError);
    const keys = Array.from({ length: 20_001 }, (_, index) => `"k${index}":0`).join(",");
    expect(() => parseStrictly(`{${keys}}`)).toThrow("more than 20000 keys");
    expect(() => parseStrictly(`[${"[],".repeat(100_000)}0]`)).toThrow("more than 100000 arrays");
    expect(parseStrictly(`[${"[],".repeat(99_999)}0]`)).toHaveLength(100_000);
    expect(() => parseStrictly(`{${'"\\u0061":'.repeat(20_000)}`)).toThrow("occurs twice");
  });
});
