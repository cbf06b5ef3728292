import { describe, expect, test } from "vitest";
import {
  inputWith,
  insideOf,
  outsideOf,
  placesOf,
  requiredOf,
  textsInside,
} from "../../control/constraints/testing.ts";
import { decode } from "../../control/decode.ts";
import { model } from "../../control/model.ts";
import { matchOperation, type Operation } from "../../control/operations.ts";
import type { FieldError } from "../../errors.ts";
import type { JsonObject } from "../../json.ts";
import { dataPlaneOperations } from "./operations.ts";

function problemsOf({ input }: Operation, value: unknown): FieldError[] {
  const problems: FieldError[] = [];
  decode(input, value as JsonObject, "", problems);
  return problems;
}

test("no structure is in both planes, so that its name says which constraints it has", () => {
  expect(Object.keys(model.data.structures).filter((name) => name in model.control.structures)).toEqual([]);
});

test("paths and methods are those of the model", () => {
  for (const { name } of dataPlaneOperations) {
    const { method = "", uri = "" } = model.data.operations[name] ?? {};
    expect(matchOperation(method, uri, dataPlaneOperations)?.operation.name).toBe(name);
    expect(matchOperation("GET", uri, dataPlaneOperations)).toBeUndefined();
  }
  expect(dataPlaneOperations).toHaveLength(6);
});

test("every member that the model constrains has a constraint", () => {
  const covered = new Set(dataPlaneOperations.flatMap(({ input }) => placesOf(input)).map(({ owner }) => owner));
  const structures = [...dataPlaneOperations.map(({ input }) => input.getName() ?? ""), "UserIdentifier"];
  const due = structures.flatMap((structure) =>
    Object.keys(model.data.structures[structure] ?? {}).map((member) => `${structure}.${member}`),
  );
  expect(due.filter((member) => !covered.has(member))).toEqual([]);
  expect(due.length).toBeGreaterThan(15);
});

describe("every constraint of every operation's input", () => {
  const cases = dataPlaneOperations.flatMap((operation) =>
    placesOf(operation.input).map((place) => [`${operation.name} ${place.path}`, operation, place] as const),
  );

  test.each(cases)("%s: just inside is accepted, just outside is refused", (_, operation, place) => {
    const at = (leaf: never) => inputWith(operation.input, {}, place.steps, leaf);
    const inside = place.ofKeys
      ? textsInside(place.constraint).map((key) => ({ [key]: "v" }))
      : insideOf(place.schema, place.constraint);
    for (const leaf of inside) expect([leaf, problemsOf(operation, at(leaf as never))]).toEqual([leaf, []]);
    if (place.ofKeys) return;
    for (const leaf of outsideOf(place.schema, place.constraint)) {
      expect(problemsOf(operation, at(leaf as never)).map(({ name }) => name)).toContain(place.path);
    }
  });

  test("T11: no pattern sees text without bounds, and none takes long", () => {
    for (const [, , { constraint }] of cases) {
      if (constraint.pattern === undefined) continue;
      expect(constraint.maxLength ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(10_000);
      for (const { input } of dataPlaneOperations) expect(requiredOf(input)).toBeDefined();
    }
    const [operation] = dataPlaneOperations.filter(({ name }) => name === "GetWorkloadAccessTokenForJWT");
    if (operation === undefined) throw new Error("There is no such operation.");
    // The model's own pattern takes hours for this one.
    const userToken = "a".repeat(16_384);
    expect(problemsOf(operation, { workloadName: "travel", userToken })).toEqual([]);
    expect(problemsOf(operation, { workloadName: "travel", userToken: `${userToken}a` })).toHaveLength(1);
  });
});
