import { expect, test } from "vitest";
import { needsGroundTruth, placeholders, placeholdersOf } from "./placeholders.ts";

test.each([
  ["Judge {assistant_turn} after {context}.", ["assistant_turn", "context"]],
  ["{context} and {context} again", ["context"]],
  ["{{context}}", ["context"]],
  ["{typo_1}{Other}", ["typo_1", "Other"]],
  ['As in {"label": "Yes"}, { context }, {a-b}, {}, {1}, {', []],
  ["", []],
])("%j has the placeholders %j", (text, expected) => {
  expect(placeholdersOf(text)).toEqual(expected);
});

test("what needs ground truth is what only a reference can say", () => {
  const all = [...new Set(Object.values(placeholders).flat())];
  expect(all.filter((name) => needsGroundTruth(`Judge by {${name}}.`)).sort()).toEqual([
    "assertions",
    "expected_response",
    "expected_tool_trajectory",
  ]);
  expect(needsGroundTruth("The word expected_response is no placeholder.")).toBe(false);
});

test("a long text of braces takes no long time", () => {
  expect(placeholdersOf("{a".repeat(200_000))).toEqual([]);
  expect(placeholdersOf(`{${"a".repeat(200_000)}`)).toEqual([]);
});
