import fc from "fast-check";
import { expect, test } from "vitest";
import { summaryOf } from "./thresholds.ts";

const about = {
  evaluatorId: "Code",
  evaluatorArn: "Code",
  evaluatorName: "Code",
  context: { spanContext: { sessionId: "s" } },
};
const valued = (value: number) => ({ ...about, label: String(value), value });
const failed = { ...about, errorCode: "MissingData", errorMessage: "nothing there" };
const code = { id: "Code" };
const missedBy = (results: Parameters<typeof summaryOf>[1], atLeast: number) =>
  summaryOf(code, results, { atLeast }).missed;

test("a threshold is reached by the average, however its fractions add up", () => {
  expect(missedBy([valued(0.1), valued(0.2), valued(0.3)], 0.2)).toBeUndefined();
  expect(missedBy([valued(1), valued(0.5)], 0.75)).toBeUndefined();
  expect(missedBy([valued(1), valued(0.5)], 0.750001)).toBe("the average is 0.75");
});

test("where less is better, a threshold is what the average is at most, and the worst value is the highest", () => {
  const refusal = { id: "Builtin.Refusal" };
  const results = [valued(0), valued(0), valued(0), valued(1)];
  expect(summaryOf(refusal, results, { atMost: 0.25 })).toMatchObject({ worst: 1, threshold: { atMost: 0.25 } });
  expect(summaryOf(refusal, results, { atMost: 0.25 }).missed).toBeUndefined();
  expect(summaryOf(refusal, results, { atMost: 0.2 }).missed).toBe("the average is 0.25");
  expect(summaryOf(refusal, [valued(0.1), valued(0.2), valued(0.3)], { atMost: 0.2 }).missed).toBeUndefined();
  expect(summaryOf(code, results, undefined)).toMatchObject({ worst: 0 });
});

test("what could not be evaluated reaches no threshold, not even 0", () => {
  expect(missedBy([], 0)).toBe("there was nothing to evaluate");
  expect(missedBy([valued(1), failed], 0)).toBe("1 of 2 could not be evaluated");
  expect(missedBy([{ ...about, label: "Yes" }], 0)).toBe("its labels have no values");
});

test("adding a failure never reaches what was missed", () => {
  const result = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }).map(valued), fc.constant(failed));
  fc.assert(
    fc.property(fc.array(result), fc.double({ min: 0, max: 1, noNaN: true }), (results, atLeast) => {
      const { evaluated, failed: failures, missed } = summaryOf(code, results, { atLeast });
      expect(evaluated + failures).toBe(results.length);
      expect(missedBy([...results, failed], atLeast)).toBeDefined();
      if (missed === undefined) expect(results.every((one) => !("errorCode" in one))).toBe(true);
    }),
  );
});
