import { expect, test } from "vitest";
import type { JsonObject } from "./json.ts";
import { reviewTools } from "./review/tools.ts";
import { reviewInputSchema } from "./schemaReview.ts";

const withProperty = (a: JsonObject): JsonObject => ({ type: "object", properties: { a } });

test("T11 a schema that is too deep or too large is a problem", () => {
  let deep: JsonObject = {};
  for (let level = 0; level < 100_000; level++) deep = { items: deep };
  expect(reviewInputSchema("t", withProperty(deep)).problem).toContain("nested deeper than 64");
  const large = withProperty({ enum: Array.from({ length: 50_000 }, (_, index) => `value ${index}`) });
  expect(reviewInputSchema("t", large).problem).toContain("250000 characters at most");
});

test.each([
  [{ pattern: "^(?=.*[A-Z]).+$" }, "lookahead"],
  [{ patternProperties: { "(a)\\1": {} } }, "backreference"],
  [{ $ref: "https://example.com/schema.json" }, "can't resolve reference"],
])("T11 a schema that can't be used is warned of, with the reason: %j", (schema, reason) => {
  const { problem, warning } = reviewInputSchema("t", withProperty(schema));
  expect(problem).toBeUndefined();
  expect(warning).toMatch(/^Every call of t will be refused/);
  expect(warning).toContain(reason);
});

test("a schema that can be used is as it should be", () => {
  const inputSchema = withProperty({ type: "string", pattern: "^[a-z]{1,2048}$", $ref: "#/$defs/b" });
  const tools = [{ name: "t", inputSchema: { ...inputSchema, $defs: { b: { minLength: 1 } } } }];
  expect(reviewTools("T", tools)).toEqual({ problems: [], warnings: [] });
});
