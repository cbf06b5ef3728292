import fc from "fast-check";
import { expect, test } from "vitest";
import { isJsonObject, type JsonObject } from "../json.ts";
import { objectsIn } from "./objectsIn.ts";

test.each<[string, string, JsonObject[]]>([
  ["nothing else", ' {"a":1}\n', [{ a: 1 }]],
  ["a fence around it", '```json\n{"a":{"b":"}"}}\n```', [{ a: { b: "}" } }]],
  ["sentences around it", 'My verdict: {"a":"\\"{"} - as {discussed}.', [{ a: '"{' }]],
  ["a list around it", '[{"a":1}]', [{ a: 1 }]],
  ["thoughts before it", '<think>Is it {"a":1}? No.</think>{"a":2}', [{ a: 2 }]],
  ["thoughts whose beginning is the template's", 'Is it {"a":1}?</think>\n\n{"a":2}', [{ a: 2 }]],
  ["another one", '{"a":1}{"a":2}', [{ a: 1 }, { a: 2 }]],
  ["half of another one", '{"a":1}, {"a":', [{ a: 1 }]],
  ["a brace before it", 'a { b {"a":1}', [{ a: 1 }]],
  ["single quotes", "{'a':1}", []],
  ["quotes around it", 'null "{}" [] 1', [{}]],
  ["nothing", "", []],
])("an object with %s", (_, text, objects) => {
  expect(objectsIn(text)).toEqual(objects);
});

const words = fc.string().map((text) => text.replaceAll(/[{}"]|<\/think>/g, ""));
const object = fc.jsonValue().map((value): JsonObject => {
  const json: unknown = JSON.parse(JSON.stringify({ value }));
  if (!isJsonObject(json)) throw new Error("It is an object.");
  return json;
});

test("whatever words surround objects, they are found, in order, and nothing else", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(words, object), { minLength: 1, maxLength: 5 }), words, (parts, end) => {
      const text = parts.map(([before, value]) => `${before}${JSON.stringify(value)}`).join("") + end;
      fc.pre(!text.includes("</think>"));
      expect(objectsIn(text)).toEqual(parts.map(([, value]) => value));
    }),
  );
});

test("no text makes it fail", () => {
  const pieces = fc.constantFrom("{", "}", '"', "\\", ":", "a", "1", ",", "</think>", "\ud800");
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 200 }), (parts) => {
      expect(Array.isArray(objectsIn(parts.join("")))).toBe(true);
    }),
  );
});

test("T11: braces without end are not tried one by one", () => {
  // Were each brace read to the end, these were more than a billion steps.
  expect(objectsIn("{".repeat(50_000))).toEqual([]);
  expect(objectsIn(`{"a":1}${" ".repeat(50_000)}`)).toEqual([]);
});
