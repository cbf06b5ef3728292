import { expect, test } from "vitest";
import { readModel } from "./model.ts";
import { shopModel } from "./testing.ts";

const service = { type: "service" };

test.each([
  ["what is no JSON", "namespace shop", "not JSON"],
  ["what is no model", '{"openapi":"3.1.0"}', "no Smithy JSON AST"],
  ["a version that nobody knows", '{"smithy":"3.0","shapes":{}}', "no Smithy JSON AST"],
  ["a model without a service", '{"smithy":"2.0","shapes":{}}', "exactly one service, and has none"],
  ["a shape without a type", '{"smithy":"2","shapes":{"a#A":{}}}', "a#A has no type"],
  [
    "a model with two services",
    JSON.stringify({ smithy: "2.0", shapes: { "a#A": service, "b#B": service } }),
    "has a#A, b#B",
  ],
  [
    "mixins",
    JSON.stringify({ smithy: "2.0", shapes: { "a#A": { type: "structure", mixins: [{ target: "a#B" }] } } }),
    "flattenAndRemoveMixins",
  ],
  [
    "T23 a key of prototypes",
    '{"smithy":"2.0","shapes":{"a#A":{"type":"service","traits":{"__proto__":{}}}}}',
    "__proto__",
  ],
  ["T11 depth", `{"smithy":"2.0","shapes":${'{"a":'.repeat(200)}1${"}".repeat(200)}}`, "nested deeper than 100"],
  ["T11 size", `"${"x".repeat(10_000_000)}"`, "10 MB"],
  [
    "a member without a target",
    JSON.stringify({ smithy: "2.0", shapes: { "a#A": { type: "structure", members: { m: {} } } } }),
    "a#A$m in the model has no target",
  ],
])("%s is refused with the reason", (_, text, reason) => {
  expect(() => readModel(text)).toThrow(reason);
});

test("a shape that isn't there is named", () => {
  expect(() => readModel(shopModel({})).shape("shop#Gone")).toThrow("the shape shop#Gone, which it doesn't have");
});

test("traits are applied to shapes and members from elsewhere", () => {
  const model = readModel(
    shopModel({
      "shop#Input": { type: "structure", members: { a: { target: "smithy.api#String" } } },
      "shop#Input$a": { type: "apply", traits: { "smithy.api#required": {} } },
    }),
  );
  expect(model.shape("shop#Input").members[0]?.traits).toEqual({ "smithy.api#required": {} });
});
