import { describe, expect, test } from "vitest";
import { compileArgumentsCheck } from "./arguments.ts";

const amount = compileArgumentsCheck({
  type: "object",
  properties: { amount: { type: "integer" }, region: { enum: ["US", "EU"] } },
  required: ["amount"],
});

test("T11 a schema that is defined by nothing but itself refuses everything, and no call fails of it", () => {
  const check = compileArgumentsCheck({
    type: "object",
    properties: { a: { $ref: "#/$defs/a" } },
    $defs: { a: { allOf: [{ $ref: "#/$defs/a" }] } },
  });
  expect(check({ a: 1 })).toMatch(/input schema cannot be used/);
});

describe("arguments are checked against the tool's input schema before policy sees them", () => {
  test("what fits passes, unchanged", () => {
    const args = { amount: 5, extra: "kept" };
    expect(amount(args)).toBeUndefined();
    expect(args).toEqual({ amount: 5, extra: "kept" });
  });

  test.each([
    [{ amount: "5000001" }, "amount must be integer"],
    [{ amount: 1.5 }, "amount must be integer"],
    [{ amount: null }, "amount must be integer"],
    [{}, "the arguments must have required property 'amount'"],
    [{ amount: 1, region: "FR" }, 'region must be one of "US", "EU"'],
  ])("T14 %j is refused: %s", (args, message) => {
    expect(amount(args)).toBe(message);
  });

  test("a schema that refers elsewhere refuses everything, and nothing is fetched", () => {
    const check = compileArgumentsCheck({ type: "object", properties: { a: { $ref: "https://example.com/s.json" } } });
    expect(check({})).toContain("cannot be used");
  });

  test("a schema that asks for an asynchronous check refuses everything", () => {
    const check = compileArgumentsCheck({ $async: true, type: "object", properties: { n: { type: "integer" } } });
    expect(check({ n: 1 })).toContain("cannot be used");
    expect(check({ n: "evil" })).toContain("cannot be used");
  });

  test.each([
    [{ amount: 1, Region: "US" }, 'the property "Region" must be spelt "region"'],
    [{ amount: 1, REGION: "FR" }, 'the property "REGION" must be spelt "region"'],
    [{ amount: 1, other: { Region: 1 } }, undefined],
  ])("T08 %j: %s", (args, complaint) => {
    expect(amount(args)).toBe(complaint);
  });

  test("T08 a respelt name is found at every depth that the schema declares", () => {
    const check = compileArgumentsCheck({
      type: "object",
      properties: {
        lines: { type: "array", items: { type: "object", properties: { price: { type: "number" } } } },
        choice: { anyOf: [{ type: "string" }, { type: "object", properties: { kind: { type: "string" } } }] },
      },
    });
    expect(check({ lines: [{ price: 1 }, { Price: 2 }] })).toContain('"price"');
    expect(check({ choice: { "\u212aind": "x" } })).toContain('"kind"');
    expect(check({ lines: [{ price: 1 }], choice: { kind: "x" } })).toBeUndefined();
  });

  test("one tool's $id does not reach another's schema", () => {
    const first = compileArgumentsCheck({ $id: "https://t/s", type: "object", required: ["a"] });
    const second = compileArgumentsCheck({ $id: "https://t/s", type: "object", required: ["b"] });
    expect(first({ a: 1 })).toBeUndefined();
    expect(second({ a: 1 })).toContain("'b'");
  });

  test("draft 7 schemas are read as draft 7", () => {
    const check = compileArgumentsCheck({
      $schema: "http://json-schema.org/draft-07/schema#",
      type: "object",
      properties: { pair: { type: "array", items: [{ type: "string" }, { type: "integer" }] } },
    });
    expect(check({ pair: ["a", "b"] })).toContain("pair.1 must be integer");
  });
});
