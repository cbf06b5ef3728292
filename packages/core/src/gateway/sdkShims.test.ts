import { expect, test } from "vitest";
import { DefaultJsonSchemaValidator } from "./sdkShims.ts";

const validate = new DefaultJsonSchemaValidator().getValidator<{ name: string }>({
  type: "object",
  properties: { name: { type: "string" } },
  required: ["name"],
});

test("the validator for the SDK says what fits a schema, and where something doesn't", () => {
  expect(validate({ name: "fiona" })).toEqual({ valid: true, data: { name: "fiona" }, errorMessage: undefined });
  expect(validate({ name: 1 })).toEqual({ valid: false, data: undefined, errorMessage: "/name must be string" });
  expect(validate(null)).toMatchObject({ valid: false, errorMessage: "must be object" });
});

test("it takes no schema that refers elsewhere", () => {
  const remote = { $ref: "https://example.com/schema.json" };
  expect(() => new DefaultJsonSchemaValidator().getValidator(remote)).toThrow("https://example.com/schema.json");
});
