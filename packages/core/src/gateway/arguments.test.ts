import { describe, expect, test } from "vitest";
import { compileArgumentsCheck } from "./arguments.ts";

const amount = compileArgumentsCheck({
  type: "object",
  properties: { amount: { type: "integer" }, region: { enum: ["US", "EU"] } },
  required: ["amount"],
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
