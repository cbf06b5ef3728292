import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "./json.ts";
import { compileJsonSchema } from "./jsonSchema.ts";

// What takes more than linear time here would take longer than anybody waits: these tests fail by not ending.
describe("T11 whatever the schema and the value, a validation ends", () => {
  const long = "a".repeat(50_000);

  test.each([
    ["pattern", { pattern: "^(a+)+$" }, `${long}!`],
    ["patternProperties", { patternProperties: { "^(a|a)*$": false } }, { [`${long}!`]: 1 }],
    ["propertyNames", { propertyNames: { pattern: "^(a|aa)+$" } }, { [`${long}!`]: 1 }],
  ])("%s that backtracks", (keyword, schema, value) => {
    expect(compileJsonSchema(schema)(value)).toBe(keyword === "patternProperties");
  });

  test("references that branch", () => {
    const both = (name: string) => ({ anyOf: [{ $ref: `#/$defs/${name}` }, { $ref: `#/$defs/${name}` }] });
    const $defs: Record<string, JsonObject> = { s0: { type: "string" } };
    for (let level = 1; level <= 60; level++) $defs[`s${level}`] = both(`s${level - 1}`);
    const validate = compileJsonSchema({ $ref: "#/$defs/s60", $defs });
    expect(() => validate(1)).toThrow("takes too long");
  });

  test("references to itself that branch, in a value as deep as can be", () => {
    const again = { $ref: "#" };
    const validate = compileJsonSchema({ type: ["object", "null"], properties: { a: { oneOf: [again, again] } } });
    let value: Json = 1;
    for (let level = 0; level < 60; level++) value = { a: value };
    expect(() => validate(value)).toThrow("takes too long");
  });

  test("many alternatives for many items", () => {
    const alternatives = Array.from({ length: 2_000 }, (_, index) => ({ const: { index } }));
    const validate = compileJsonSchema({ type: "array", items: { anyOf: alternatives } });
    expect(() => validate(Array.from({ length: 10_000 }, () => ({ index: 1_999 })))).toThrow("takes too long");
    // Each validation has the whole of what there is.
    expect(validate([{ index: 1_999 }, { index: 0 }])).toBe(true);
  });

  test("items that must be unique", () => {
    const validate = compileJsonSchema({ type: "array", uniqueItems: true });
    const items: Json[] = Array.from({ length: 100_000 }, (_, index) => ({ a: index, b: [] }));
    expect(validate(items)).toBe(true);
    items.push({ b: [], a: 77 });
    expect(validate(items)).toBe(false);
    expect(validate.errors?.[0]?.message).toBe("must NOT have duplicate items");
  });

  test.each([
    ["uri-reference", `/@/0.${"2.0.0/.".repeat(20_000)}\\`],
    ["uri", `a:/@/0.${"2.0.0/.".repeat(20_000)}\\`],
    ["url", `ftp://172.30.3.56${"4.1.6.7:155".repeat(20_000)} `],
    ["duration", `PT00${"0".repeat(200_000)}`],
    ["email", `${"a.".repeat(100_000)}@`],
    ["hostname", "a-".repeat(100_000)],
    ["date-time", "1".repeat(200_000)],
    ["regex", "(".repeat(200_000)],
    ["uri-template", `${"{a}".repeat(100_000)}{`],
    ["json-pointer", "~".repeat(200_000)],
    ["byte", "a".repeat(200_001)],
  ])("the format %s", (format, text) => {
    const schema = { type: "string", format };
    expect(compileJsonSchema(schema)(text)).toBe(format === "uri-reference" || format === "uri");
  });
});

test("a long data URL is a URI", () => {
  const validate = compileJsonSchema({ type: "string", format: "uri" });
  expect(validate(`data:image/png;base64,${"A".repeat(100_000)}`)).toBe(true);
  expect(validate("A".repeat(100_000))).toBe(false);
});

test("unique items are told apart as JSON Schema does", () => {
  const plain = new Ajv2020({ strict: false });
  formats.default(plain);
  const schema = { uniqueItems: true };
  const item = fc.oneof(
    fc.constantFrom<Json[]>(
      0,
      -0,
      1,
      "1",
      true,
      "true",
      null,
      "null",
      {},
      [],
      "",
      [""],
      [[]],
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ),
    fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
  );
  const [ours, theirs] = [compileJsonSchema(schema), plain.compile(schema)];
  fc.assert(fc.property(fc.array(item, { maxLength: 6 }), (items) => void expect(ours(items)).toBe(theirs(items))));
});

test.each(["^(?=.*\\d).+$", "(a)\\1", "(?<!x)y"])("T11 a schema with the pattern %s is refused", (pattern) => {
  expect(() => compileJsonSchema({ type: "string", pattern })).toThrow("more than linear time");
});

test("patterns of one schema are told apart", () => {
  const validate = compileJsonSchema({ properties: { a: { pattern: "^a$" }, b: { pattern: "^b$" } } });
  expect([validate({ a: "a", b: "b" }), validate({ a: "a", b: "a" }), validate({ a: "b" })]).toEqual([
    true,
    false,
    false,
  ]);
});
