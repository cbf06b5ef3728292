import fc from "fast-check";
import { expect, test } from "vitest";
import { isJsonObject, type Json } from "../../../json.ts";
import { compileJsonSchema } from "../../../jsonSchema.ts";
import { binding } from "../../../storage/records.ts";
import { TargetError } from "../target.ts";
import { discoverOperations } from "./discover.ts";
import { boundOperation } from "./operation.ts";
import { fixtureModel } from "./testing.ts";

const model: Json = JSON.parse(fixtureModel("scheduler"));

/** Every place in a value, as the keys that lead there. */
function placesIn(value: Json, path: readonly string[] = []): (readonly string[])[] {
  const inner = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return [path, ...inner.flatMap(([key, one]) => placesIn(one as Json, [...path, key]))];
}

/** The value with another one at a place; `undefined` takes away what is there. */
function changed(value: Json, [key, ...rest]: readonly string[], other: Json | undefined): Json | undefined {
  if (key === undefined) return other;
  if (Array.isArray(value)) {
    return value.flatMap((one, index) => (String(index) === key ? (changed(one, rest, other) ?? []) : [one]));
  }
  if (!isJsonObject(value)) return value;
  const { [key]: old, ...others } = value;
  const made = old === undefined ? undefined : changed(old, rest, other);
  return made === undefined ? others : { ...others, [key]: made };
}

// The traits of shapes and the endpoint rules are most of a model: the places are as likely as they are many.
const places = placesIn(model).filter((path) => !path.includes("smithy.api#documentation"));
const values: fc.Arbitrary<Json | undefined> = fc.oneof(
  fc.constantFrom<Json | undefined>(
    undefined,
    null,
    true,
    "",
    "shop",
    "constructor",
    "list",
    "map",
    "union",
    "blob",
    0,
    -1,
    [],
    {},
  ),
  fc.constantFrom<Json>(
    { target: "com.amazonaws.scheduler#Target" },
    { target: "smithy.api#Document" },
    { ref: "Region" },
  ),
  fc.jsonValue({ maxDepth: 2 }).map((value) => value as Json),
  // What is somewhere else in the model.
  fc.constantFrom(...places).map((path) => path.reduce<Json>((value, key) => Reflect.get(Object(value), key), model)),
);

test("T11 T23 whatever is wrong with a model, it gives tools that can be used, or says what is wrong", () => {
  let usable = 0;
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(...places), values), { minLength: 1, maxLength: 4 }), (changes) => {
      const other = changes.reduce<Json>((value, [path, one]) => changed(value, path, one) ?? null, model);
      try {
        const { tools } = discoverOperations(JSON.stringify(other), { region: "eu-west-1" });
        // One of them: the others differ in the same ways.
        const tool = tools[changes.length % tools.length];
        compileJsonSchema(tool?.inputSchema ?? {});
        boundOperation(tool?.[binding] ?? "");
        usable++;
      } catch (error) {
        if (!(error instanceof TargetError)) throw error;
        expect(error.message).not.toBe("");
      }
    }),
    { numRuns: 150 },
  );
  expect(usable).toBeGreaterThan(10);
});
