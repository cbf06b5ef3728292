import fc from "fast-check";
import { expect, test } from "vitest";
import { differences } from "./difference.ts";

test.each([
  ["absent and empty", { a: 1, b: {}, c: [], d: { e: null } }, { a: 1 }],
  ["the order of members", { a: 1, b: 2 }, { b: 2, a: 1 }],
  ["the order of a list", { a: ["x", "y"] }, { a: ["y", "x"] }],
  [
    "the order of tools and of what they require",
    { tools: [{ name: "a", required: ["x", "y"] }, { name: "b" }] },
    { tools: [{ name: "b" }, { required: ["y", "x"], name: "a" }] },
  ],
])("%s makes no difference", (_, before, after) => {
  expect(differences(before, after)).toEqual([]);
});

test("each member that differs is told, lists with names by name", () => {
  const before = { a: 1, gone: "x", tools: [{ name: "t", description: "old" }, { name: "u" }], list: [1, 2] };
  const after = { a: 2, tools: [{ name: "t", description: "new" }, { name: "v" }], list: [1, 2, 3], come: false };
  expect(differences(before, after).sort((x, y) => (x.path < y.path ? -1 : 1))).toEqual([
    { path: "a", before: 1, after: 2 },
    { path: "come", after: false },
    { path: "gone", before: "x" },
    { path: "list", before: [1, 2], after: [1, 2, 3] },
    { path: "tools[t].description", before: "old", after: "new" },
    { path: "tools[u]", before: { name: "u" } },
    { path: "tools[v]", after: { name: "v" } },
  ]);
});

test("there is no difference to oneself, and as many one way as the other", () => {
  const json = () => fc.jsonValue() as fc.Arbitrary<Parameters<typeof differences>[0]>;
  fc.assert(
    fc.property(json(), json(), (a, b) => {
      expect(differences(a, a)).toEqual([]);
      expect(differences(a, b).length).toBe(differences(b, a).length);
    }),
  );
});
