import { describe, expect, test } from "vitest";
import { compileArgumentsCheck } from "../../../arguments.ts";
import type { JsonObject } from "../../../json.ts";
import { compileJsonSchema } from "../../../jsonSchema.ts";
import { fixtureModel, shopModel, toolsIn } from "./testing.ts";

/** The input schema of an operation whose input has these members. */
function inputSchema(members: JsonObject, shapes: JsonObject = {}): JsonObject {
  const model = shopModel({ "shop#Input": { type: "structure", members }, ...shapes });
  return toolsIn(model).get("Ask")?.inputSchema ?? {};
}

const of = (target: string, traits: JsonObject = {}) => ({
  target: target.includes("#") ? target : `smithy.api#${target}`,
  traits,
});

test.each<[string, JsonObject, JsonObject]>([
  ["String", {}, { type: "string" }],
  ["Boolean", {}, { type: "boolean" }],
  ["Byte", {}, { type: "integer", minimum: -128, maximum: 127 }],
  ["Integer", { "smithy.api#range": { min: 1, max: 5 } }, { type: "integer", minimum: 1, maximum: 5 }],
  ["Long", {}, { type: "integer" }],
  ["BigInteger", {}, { type: "integer" }],
  ["Double", {}, { type: "number" }],
  ["BigDecimal", {}, { type: "number" }],
  ["Timestamp", { "smithy.api#timestampFormat": "epoch-seconds" }, { type: "string", format: "date-time" }],
  ["Blob", {}, { type: "string", format: "byte", contentEncoding: "base64" }],
  ["Document", {}, {}],
  ["String", { "smithy.api#length": { min: 1, max: 9 } }, { type: "string", minLength: 1, maxLength: 9 }],
  ["String", { "smithy.api#pattern": "^a\\_b$" }, { type: "string", pattern: "^a_b$" }],
  ["String", { "smithy.api#pattern": "(?<=)[" }, { type: "string" }],
  ["String", { "smithy.api#enum": [{ value: "A" }, { value: "B" }] }, { type: "string", enum: ["A", "B"] }],
  [
    "String",
    { "smithy.api#httpQuery": "q", "smithy.api#documentation": "<p>A &amp; <b>B</b>.</p>" },
    { type: "string", description: "A & B." },
  ],
])("%s with %j", (type, traits, schema) => {
  expect(inputSchema({ a: of(type, traits) }).properties).toEqual({ a: schema });
});

test("a shape's traits hold, unless the member has its own", () => {
  const shapes = {
    "shop#Name": { type: "string", traits: { "smithy.api#length": { max: 5 }, "smithy.api#documentation": "A name" } },
  };
  const members = {
    a: of("shop#Name"),
    b: of("shop#Name", { "smithy.api#length": { max: 9 }, "smithy.api#documentation": "Another" }),
  };
  expect(inputSchema(members, shapes).properties).toEqual({
    a: { type: "string", maxLength: 5, description: "A name" },
    b: { type: "string", maxLength: 9, description: "Another" },
  });
});

test("enums of Smithy 2.0, lists, sets, maps and what may hold null", () => {
  const shapes = {
    "shop#Colour": {
      type: "enum",
      members: { RED: { target: "smithy.api#Unit" }, BLUE: of("Unit", { "smithy.api#enumValue": "blue" }) },
    },
    "shop#Level": { type: "intEnum", members: { LOW: of("Unit", { "smithy.api#enumValue": 1 }) } },
    "shop#Colours": {
      type: "list",
      member: of("shop#Colour"),
      traits: { "smithy.api#length": { max: 3 }, "smithy.api#uniqueItems": {} },
    },
    "shop#Old": { type: "set", member: of("shop#Level") },
    "shop#Gaps": { type: "list", member: of("String"), traits: { "smithy.api#sparse": {} } },
    "shop#Tags": {
      type: "map",
      key: of("shop#Colour"),
      value: of("Integer"),
      traits: { "smithy.api#length": { min: 1 } },
    },
  };
  const members = { colours: of("shop#Colours"), old: of("shop#Old"), gaps: of("shop#Gaps"), tags: of("shop#Tags") };
  expect(inputSchema(members, shapes).properties).toEqual({
    colours: { type: "array", items: { type: "string", enum: ["RED", "blue"] }, maxItems: 3, uniqueItems: true },
    old: { type: "array", items: { type: "integer", enum: [1] }, uniqueItems: true },
    gaps: { type: "array", items: { anyOf: [{ type: "string" }, { type: "null" }] } },
    tags: {
      type: "object",
      additionalProperties: expect.objectContaining({ type: "integer" }),
      propertyNames: { enum: ["RED", "blue"] },
      minProperties: 1,
    },
  });
});

describe("what arguments fit", () => {
  const shapes = {
    "shop#Filter": {
      type: "union",
      members: { name: of("String"), any: of("shop#Filters"), not: of("shop#Filter"), all: of("Unit") },
    },
    "shop#Filters": { type: "list", member: of("shop#Filter") },
  };
  const check = compileArgumentsCheck(
    inputSchema(
      {
        id: of("String", { "smithy.api#required": {}, "smithy.api#httpLabel": {} }),
        token: of("String", { "smithy.api#required": {}, "smithy.api#idempotencyToken": {} }),
        filter: of("shop#Filter"),
        at: of("Timestamp"),
        data: of("Blob"),
      },
      shapes,
    ),
  );

  test.each<JsonObject>([
    { id: "1" },
    { id: "1", token: "t", filter: { name: "a" } },
    { id: "1", filter: { any: [{ not: { all: {} } }, { name: "b" }] } },
    { id: "1", at: "2026-11-22T10:00:00Z", data: "AP8=" },
  ])("%j does", (args) => {
    expect(check(args)).toBeUndefined();
  });

  test.each<[string, JsonObject]>([
    ["a required member is missing", {}],
    ["a label is empty", { id: "" }],
    ["a member is not known", { id: "1", ID: "2" }],
    ["a union has no member", { id: "1", filter: {} }],
    ["a union has two members", { id: "1", filter: { name: "a", all: {} } }],
    ["a union inside has two members", { id: "1", filter: { any: [{ name: "a", all: {} }] } }],
    ["a time has no zone", { id: "1", at: "2026-11-22T10:00:00" }],
    ["bytes are not base64", { id: "1", data: "%%" }],
  ])("where %s, they don't", (_, args) => {
    expect(check(args)).toBeDefined();
  });
});

test("what is used twice or recursive is defined once, and shapes of one name in two namespaces stay two", () => {
  const point = (name: string) => ({ type: "structure", members: { [name]: of("Integer") } });
  const schema = inputSchema(
    { a: of("shop#Point"), b: of("shop#Point"), c: of("other#Point"), d: of("other#Point"), once: of("shop#Once") },
    { "shop#Point": point("x"), "other#Point": point("y"), "shop#Once": point("z") },
  );
  expect(Object.keys(schema.$defs ?? {})).toEqual(["Point", "Point2"]);
  expect(schema.properties).toMatchObject({
    b: { $ref: "#/$defs/Point" },
    d: { $ref: "#/$defs/Point2" },
    once: { type: "object" },
  });
});

test("T11 a list that contains only itself, and structures without end, are left out with the reason", () => {
  const list = shopModel({
    "shop#Input": { type: "structure", members: { a: of("shop#L") } },
    "shop#L": { type: "list", member: of("shop#L") },
  });
  expect(() => toolsIn(list)).toThrow("L contains itself with no structure between");
  const chain = Object.fromEntries(
    Array.from({ length: 5_000 }, (_, index) => [
      `shop#S${index}`,
      { type: "structure", members: { a: of(`shop#S${index + 1}`) } },
    ]),
  );
  const deep = shopModel({
    ...chain,
    "shop#S5000": { type: "structure", members: {} },
    "shop#Input": { type: "structure", members: { a: of("shop#S0") } },
  });
  expect(() => toolsIn(deep)).toThrow("nested deeper than 100 structures");
});

test("an output promises types and nothing else", () => {
  const output = {
    name: of("String", { "smithy.api#required": {}, "smithy.api#length": { max: 3 } }),
    at: of("Timestamp"),
    size: of("Double"),
    other: of("Document"),
  };
  const tool = toolsIn(shopModel({ "shop#Output": { type: "structure", members: output } })).get("Ask");
  expect(tool?.outputSchema).toEqual({
    type: "object",
    properties: { name: { type: "string" }, at: { type: "string" }, size: { type: ["number", "string"] }, other: {} },
  });
});

test.each(["scheduler", "dynamodb"] as const)("every schema of %s compiles", (name) => {
  const tools = [...toolsIn(fixtureModel(name)).values()];
  for (const { inputSchema, outputSchema } of tools) {
    compileJsonSchema(inputSchema);
    if (outputSchema !== undefined) compileJsonSchema(outputSchema);
  }
  expect(tools.length).toBeGreaterThan(10);
});
