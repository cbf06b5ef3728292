import { expect, test } from "vitest";
import { placeholdersOf, referencesIn } from "./placeholders.ts";
import { sectionsAt } from "./sections.ts";

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

test.each([
  ["SESSION", ["expectedTrajectory", "assertions"]],
  ["TRACE", ["expectedResponse"]],
  ["TOOL_CALL", []],
] as const)("of the level %s only %j come from reference inputs", (level, expected) => {
  const all = sectionsAt[level].map((section) => `Judge by {${section}}.`).join(" ");
  expect(referencesIn(all, level)).toEqual(expected);
  expect(referencesIn("The words expected_response and assertions are no placeholders.", level)).toEqual([]);
});

test("a long text of braces takes no long time", () => {
  expect(placeholdersOf("{a".repeat(200_000))).toEqual([]);
  expect(placeholdersOf(`{${"a".repeat(200_000)}`)).toEqual([]);
});
