import type { JsonObject } from "@gatehouse/core/json.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compilePattern } from "./pattern.ts";

const event = {
  source: "gatehouse.gateway",
  "detail-type": "ToolDecision",
  resources: ["a", "b"],
  detail: { decision: "DENY", gateway: { version: 3 }, reason: null, steps: [{ name: "x" }, { name: "y" }] },
};

describe("an event pattern", () => {
  test.each([
    [{ source: ["gatehouse.gateway"] }, true],
    [{ source: ["other", "gatehouse.gateway"], "detail-type": ["ToolDecision"] }, true],
    [{ source: ["gatehouse.gateway"], "detail-type": ["Other"] }, false],
    [{ resources: ["b"] }, true],
    [{ resources: ["c"] }, false],
    [{ detail: { decision: ["DENY"], gateway: { version: [3] } } }, true],
    [{ detail: { gateway: { version: ["3"] } } }, false],
    [{ detail: { reason: [null] } }, true],
    [{ detail: { missing: [null] } }, false],
    [{ detail: { decision: { deeper: ["DENY"] } } }, false],
    [{ detail: { steps: { name: ["y"] } } }, true],
    [{ detail: { constructor: [null] } }, false],
  ])("%j matches: %s", (pattern, expected) => {
    expect(compilePattern(pattern, "rule")(event)).toBe(expected);
  });

  test.each([
    [[], "must be an object"],
    [{}, "must not be empty"],
    [{ source: [] }, '"source" must not be an empty list'],
    [{ source: "gatehouse.gateway" }, '"source" must be a list'],
    [{ source: [{ prefix: "gatehouse" }] }, '"source" may hold only'],
    [{ $or: [{ source: ["a"] }] }, '"$or" is no field of an event'],
    [{ detailType: ["a"] }, '"detailType" is no field of an event'],
    [{ detail: { amount: [{ numeric: [">", 5] }] } }, '"detail.amount" may hold only'],
    [{ detail: {} }, '"detail" must not be empty'],
    [{ source: { nested: ["a"] } }, '"source" must be a list'],
  ])("%j is refused", (pattern, reason) => {
    expect(() => compilePattern(pattern, "rule")).toThrow(reason);
  });

  test("matches every event that holds what it lists, and none in which one of these values differs", () => {
    const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
    const leaves = fc.dictionary(fc.string({ minLength: 1 }), scalar, {
      minKeys: 1,
      maxKeys: 5,
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(leaves, fc.dictionary(fc.string({ minLength: 1 }), scalar), fc.nat(), (listed, others, at) => {
        const detail: JsonObject = { ...others, ...listed };
        const pattern = Object.fromEntries(Object.entries(listed).map(([field, value]) => [field, [value]]));
        const matches = compilePattern({ detail: pattern }, "rule");
        expect(matches({ detail })).toBe(true);
        const changed = Object.keys(listed)[at % Object.keys(listed).length] ?? "";
        expect(matches({ detail: { ...detail, [changed]: "a value that none of the others is" } })).toBe(false);
      }),
    );
  });
});
