import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FieldError } from "../../errors.ts";
import type { Json, JsonObject } from "../../json.ts";
import { decode } from "../decode.ts";
import { model } from "../model.ts";
import { matchOperation, type Operation, operations } from "../operations.ts";
import { namesInModel } from "./deviations.ts";
import { inputWith, insideOf, outsideOf, type Place, placesOf, requiredOf, textsInside } from "./testing.ts";

const known = operations.map((operation) => ({ operation, places: placesOf(operation.input) }));

function problemsOf({ input }: Operation, value: Json): FieldError[] {
  const problems: FieldError[] = [];
  decode(input, value, "", problems);
  return problems;
}

/** Inputs that are right but for one place, with the name of that place. */
function casesOf({ input }: Operation, place: Place, side: "inside" | "outside") {
  const at = (leaf: Json) => inputWith(input, {}, place.steps, leaf);
  if (place.ofKeys) {
    const value = insideOf(place.schema.getValueSchema(), place.values)[0] ?? "v";
    const texts = side === "inside" ? textsInside(place.constraint) : outsideOf(keySchema, place.constraint);
    return texts.map((key) => ({
      value: at({ [String(key)]: value }),
      name: `${place.path}.${String(key).slice(0, 128)}`,
    }));
  }
  const leaves = (side === "inside" ? insideOf : outsideOf)(place.schema, place.constraint);
  return leaves.map((leaf) => ({ value: at(leaf), name: place.path }));
}
const keySchema = named("CreateGateway").input.getMemberSchema("name"); // A text, as all keys are.

function named(name: string): Operation {
  const operation = operations.find((one) => one.name === name);
  if (operation === undefined) throw new Error(`There is no operation ${name}.`);
  return operation;
}

describe("every constraint of every operation's input", () => {
  test.each(known.filter(({ places }) => places.length > 0).map((one) => [one.operation.name, one] as const))(
    "%s: just inside is accepted, just outside is refused by the name of the field alone",
    (_, { operation, places }) => {
      for (const place of places) {
        for (const { value } of casesOf(operation, place, "inside")) {
          expect([place.path, problemsOf(operation, value)]).toEqual([place.path, []]);
        }
        for (const { value, name } of casesOf(operation, place, "outside")) {
          expect([name, problemsOf(operation, value)]).toEqual([name, [{ name, message: expect.any(String) }]]);
        }
      }
    },
  );

  test("all members that the model constrains are among them", () => {
    const inSdk = new Map(Object.entries(namesInModel).map(([sdk, inModel]) => [inModel, sdk]));
    const covered = new Set(known.flatMap(({ places }) => places.map(({ owner }) => owner)));
    const members = Object.entries(model.control.structures).flatMap(([structure, of]) =>
      Object.keys(of).map((member) => `${inSdk.get(structure) ?? structure}.${member}`),
    );
    expect(members.filter((member) => !covered.has(member))).toEqual([]);
    expect(members.length).toBeGreaterThan(300);
  });

  test("whichever members are wrong, all are named at once", () => {
    const property = fc.property(
      fc.constantFrom(...known.filter(({ places }) => places.length > 0)).chain(({ operation, places }) => {
        const direct = places.filter(({ steps, ofKeys }) => steps.length === 1 && !ofKeys);
        return fc.record({ operation: fc.constant(operation), wrong: fc.subarray(direct) });
      }),
      ({ operation, wrong }) => {
        const members = wrong.map((place) => {
          const { value } = casesOf(operation, place, "outside")[0] ?? {};
          return [place.path, (value as JsonObject | undefined)?.[place.path] ?? null];
        });
        const value = { ...requiredOf(operation.input), ...Object.fromEntries(members) };
        expect(new Set(problemsOf(operation, value).map(({ name }) => name))).toEqual(
          new Set(wrong.map(({ path }) => path)),
        );
      },
    );
    fc.assert(property, { numRuns: 500 });
  });
});

describe("what a problem says", () => {
  const createGateway = named("CreateGateway");
  const gateway = { name: "g", roleArn: "arn:aws:iam::123456789012:role/r", authorizerType: "CUSTOM_JWT" };
  const told = (members: JsonObject) => problemsOf(createGateway, { ...gateway, ...members });

  test("every bad member of a list is named by its index", () => {
    const claim = (inboundTokenClaimName: string, claimMatchOperator: string) => ({
      inboundTokenClaimName,
      inboundTokenClaimValueType: "STRING",
      authorizingClaimMatchValue: { claimMatchValue: { matchValueStringList: ["a", "b c"] }, claimMatchOperator },
    });
    const customClaims = [claim("a", "EQUALS"), claim("a b", "EQUALS"), claim("", "IS")];
    const problems = told({
      authorizerConfiguration: {
        customJWTAuthorizer: { discoveryUrl: "https://a.example/.well-known/openid-configuration", customClaims },
      },
    });
    const at = "authorizerConfiguration.customJWTAuthorizer.customClaims";
    const list = "authorizingClaimMatchValue.claimMatchValue.matchValueStringList[1]";
    expect(problems).toEqual(
      expect.arrayContaining([
        { name: `${at}[0].${list}`, message: "must match [A-Za-z0-9_.-]+" },
        { name: `${at}[1].inboundTokenClaimName`, message: "must match [A-Za-z0-9_.-:]+" },
        { name: `${at}[1].${list}`, message: "must match [A-Za-z0-9_.-]+" },
        { name: `${at}[2].inboundTokenClaimName`, message: "must have at least 1 character" },
        {
          name: `${at}[2].authorizingClaimMatchValue.claimMatchOperator`,
          message: "must be one of EQUALS, CONTAINS, CONTAINS_ANY",
        },
        { name: `${at}[2].${list}`, message: "must match [A-Za-z0-9_.-]+" },
      ]),
    );
    expect(problems).toHaveLength(6);
  });

  test("a map's count, keys and values are named", () => {
    const tags = Object.fromEntries(Array.from({ length: 49 }, (_, index) => [`k${index}`, "v"]));
    expect(told({ tags: { ...tags, "a!": "v", b: "!" } })).toEqual([
      { name: "tags.a!", message: "as a key must match [a-zA-Z0-9\\s._:/=+@-]*" },
      { name: "tags.b", message: "must match [a-zA-Z0-9\\s._:/=+@-]*" },
      { name: "tags", message: "must have at most 50 entries" },
    ]);
  });

  test("characters are counted as people count them: a code point is one", () => {
    expect(told({ description: "🦊".repeat(200) })).toEqual([]);
    expect(told({ description: "🦊".repeat(201) })).toEqual([
      { name: "description", message: "must have at most 200 characters" },
    ]);
  });

  test("whole numbers and fractions have bounds", () => {
    const list = (maxResults: number) => problemsOf(named("ListGateways"), { maxResults });
    expect([1, 1000].flatMap(list)).toEqual([]);
    for (const value of [0, 1.5, 1001]) {
      expect(list(value)).toEqual([{ name: "maxResults", message: "must be a whole number from 1 to 1000" }]);
    }
  });

  test("T11: a body full of mistakes gets an answer that can be read", () => {
    const allowedAudience = Array.from({ length: 100_000 }, () => 0);
    expect(told({ authorizerConfiguration: { customJWTAuthorizer: { allowedAudience } } })).toHaveLength(200);
  });
});

test("the model's routes are those of the SDK", () => {
  for (const [name, { method, uri }] of Object.entries(model.control.operations)) {
    expect(matchOperation(method, uri)?.operation.name).toBe(name);
  }
});
