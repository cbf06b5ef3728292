import fc from "fast-check";
import { expect, test } from "vitest";
import { readVerdict } from "./verdict.ts";

const labels = ["Yes", "No", "Neutral/Mixed", "1", "true"];

test.each([
  ["Yes", "Yes"],
  [" yes. ", "Yes"],
  ["**NO**", "No"],
  ['"neutral/mixed"', "Neutral/Mixed"],
  [1, "1"],
  [true, "true"],
])("the label %j is %s", (said, label) => {
  expect(readVerdict({ reasoning: "So.", label: said }, labels)).toMatchObject({ value: { label } });
});

test.each(["", "Y", "Yes, no", "Neutral", "maybe", "yes\u0000", null, ["Yes"], { label: "Yes" }])(
  "%j is none of the labels",
  (label) => {
    expect(readVerdict({ reasoning: "So.", label }, labels)).toHaveProperty("problem");
  },
);

test("labels that differ by case alone must be met exactly", () => {
  expect(readVerdict({ reasoning: "So.", label: "A" }, ["a", "A"])).toMatchObject({ value: { label: "A" } });
  expect(readVerdict({ reasoning: "So.", label: "A." }, ["a", "A"])).toHaveProperty("problem");
});

test("T17: whatever a model says, its verdict is one of the labels or none", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom("reasoning", "label", "x"), fc.jsonValue()), (said) => {
      const object = JSON.parse(JSON.stringify(said));
      const reading = readVerdict(object, labels);
      if ("value" in reading) expect(labels).toContain(reading.value.label);
      else expect(reading.problem).not.toBe("");
    }),
  );
});

test("an explanation has no invisible characters, and is as long as one may be", () => {
  const reasoning = `\u001b[31mred\u202e\n${"\u{1f600}".repeat(2_000)}`;
  const reading = readVerdict({ reasoning, label: "Yes" }, labels);
  if (!("value" in reading)) throw new Error(reading.problem);
  const { explanation } = reading.value;
  expect(explanation.startsWith("[31mred\n")).toBe(true);
  expect(explanation).toHaveLength(2_048);
  expect(explanation.isWellFormed()).toBe(true);
});
