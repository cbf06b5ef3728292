import fc from "fast-check";
import { expect, test } from "vitest";
import { isSampled } from "./sampling.ts";

const sessions = Array.from({ length: 10_000 }, (_, index) => `session-${index}`);

test("the sample is what was worked out once, so that no change of the code changes it", () => {
  // Those of which `printf session-19 | sha256sum` begins with less than a tenth of ffffffffffff: 199999999999.
  const sampled = sessions.slice(0, 40).filter((id) => isSampled(id, 10));
  expect(sampled).toEqual(["session-19", "session-29", "session-31"]);
});

test.each([0.01, 1, 10, 50])("about %d percent of many sessions are in it", (percentage) => {
  const expected = (sessions.length * percentage) / 100;
  const found = sessions.filter((id) => isSampled(id, percentage)).length;
  // Nothing here is random: the numbers are those of these ten thousand ids.
  expect(Math.abs(found - expected)).toBeLessThan(4 * Math.sqrt(expected));
});

test("all is in it at 100 percent, nothing at 0, and more percent leave nothing out", () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.double({ min: 0, max: 100, noNaN: true }),
      fc.double({ min: 0, max: 100, noNaN: true }),
      (id, a, b) => {
        expect(isSampled(id, 100)).toBe(true);
        expect(isSampled(id, 0)).toBe(false);
        if (isSampled(id, Math.min(a, b))) expect(isSampled(id, Math.max(a, b))).toBe(true);
      },
    ),
  );
});
