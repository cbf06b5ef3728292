import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { conversation, toolCall, turn, withoutJudge } from "./testing.ts";
import { matchesExactly, matchesInAnyOrder, matchesInOrder, trajectoryEvaluators } from "./trajectory.ts";

const names = fc.array(fc.constantFrom("a", "b", "c", "A", ""), { maxLength: 6 });

/** The specification: whether some way of striking calls out leaves the expected ones. */
function subsequences(calls: readonly string[]): string[] {
  const [first, ...rest] = calls;
  if (first === undefined) return [JSON.stringify([])];
  return subsequences(rest).flatMap((tail) => [tail, JSON.stringify([first, ...(JSON.parse(tail) as string[])])]);
}

const sorted = (texts: readonly string[]) => JSON.stringify([...texts].sort());

describe("trajectories match as the specification says", () => {
  test("exactly: the two are the same", () => {
    fc.assert(
      fc.property(names, names, (expected, actual) => {
        expect(matchesExactly(expected, actual)).toBe(JSON.stringify(expected) === JSON.stringify(actual));
        expect(matchesExactly(expected, [...expected])).toBe(true);
      }),
    );
  });

  test("in order: striking out some calls leaves the expected ones", () => {
    fc.assert(
      fc.property(names, names, (expected, actual) => {
        expect(matchesInOrder(expected, actual)).toBe(subsequences(actual).includes(JSON.stringify(expected)));
      }),
    );
  });

  test("in any order: striking out some calls leaves the expected ones, whatever their order", () => {
    fc.assert(
      fc.property(names, names, (expected, actual) => {
        const found = subsequences(actual).some((left) => sorted(JSON.parse(left) as string[]) === sorted(expected));
        expect(matchesInAnyOrder(expected, actual)).toBe(found);
      }),
    );
  });

  test("each is wider than the one before it", () => {
    fc.assert(
      fc.property(names, names, (expected, actual) => {
        if (matchesExactly(expected, actual)) expect(matchesInOrder(expected, actual)).toBe(true);
        if (matchesInOrder(expected, actual)) expect(matchesInAnyOrder(expected, actual)).toBe(true);
      }),
    );
  });

  test("verdicts are those of the matchers, over the calls of all turns", async () => {
    const matchers = [matchesExactly, matchesInOrder, matchesInAnyOrder];
    await fc.assert(
      fc.asyncProperty(names, fc.array(names, { maxLength: 3 }), async (expectedTrajectory, turns) => {
        const whole = conversation(
          ...turns.map((tools, index) => turn(`trace-${index}`, { steps: tools.map((tool) => toolCall(tool)) })),
        );
        for (const [index, evaluator] of trajectoryEvaluators.entries()) {
          const verdict = await evaluator.evaluate(
            { level: "SESSION", conversation: whole },
            { expectedTrajectory },
            withoutJudge,
          );
          const matches = matchers[index]?.(expectedTrajectory, turns.flat());
          expect(verdict).toMatchObject({ label: matches ? "Yes" : "No", value: matches ? 1 : 0 });
          expect(verdict.explanation.length).toBeLessThanOrEqual(2_048);
        }
      }),
    );
  });
});
