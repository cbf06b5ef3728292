import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { model } from "../model.ts";
import { type Constraint, longestMatched, violationOf } from "./constraint.ts";
import { deviations } from "./deviations.ts";
import { ownConstraints } from "./own.ts";
import { textsInside } from "./testing.ts";

const ofModel = Object.values(model.control.shapes).map(({ each: _, keys: __, values: ___, ...itself }) => itself);
const written = [deviations, ownConstraints].flatMap((table) =>
  Object.values(table).flatMap((members) => Object.values(members).flatMap(withInner)),
);
const patterns = Map.groupBy([...ofModel, ...written], ({ pattern }) => pattern ?? "");
patterns.delete("");

function withInner(constraint: Constraint): Constraint[] {
  const { each, keys, values } = constraint;
  return [constraint, ...[each, keys, values].flatMap((inner) => (inner ? withInner(inner) : []))];
}

/** Ten times what any pattern gets to see: where the time grows with the square of the length, this takes minutes. */
const length = longestMatched * 10;

/** Texts that begin as matching ones do, go on with a part of one over and over, and end as none does. */
function attacksOn(constraint: Constraint): string[] {
  const samples = textsInside(constraint).map((text) => text.slice(0, 80));
  const parts = fc.sample(
    fc.record({ sample: fc.constantFrom(...samples), at: fc.nat(80), size: fc.integer({ min: 1, max: 6 }) }),
    { numRuns: 60, seed: 7 },
  );
  return parts.flatMap(({ sample, at, size }) => {
    const start = at % (sample.length || 1);
    const part = sample.slice(start, start + size) || "a";
    const body = sample.slice(0, start) + part.repeat(Math.ceil(length / part.length));
    return [`${body}\n`, `${body}!`, body + sample.slice(start)];
  });
}

/** Matching can't be interrupted from within a test; a context of its own can be, so that the test fails by its name. */
function watch(pattern: string, texts: readonly string[], timeout: number): void {
  const expression = new RegExp(`^(?:${pattern})$`, "u");
  runInNewContext("for (const text of texts) expression.test(text)", { expression, texts }, { timeout });
}

describe("T11: patterns", () => {
  test.each([...patterns].map(([pattern, [constraint]]) => [pattern, constraint ?? {}] as const))(
    "%s answers for texts made to keep it busy",
    (pattern, constraint) => {
      watch(pattern, attacksOn(constraint), 15_000);
    },
  );

  test.each(["(a+)+", "([a-z]+-?)*", "[a-z]*[a-y]*[a-x]*", "(.*,)*x"])("the watch notices %s", (pattern) => {
    expect(() => watch(pattern, attacksOn({ pattern }), 1000)).toThrow(/timed out/);
  });

  test("no pattern sees text without bounds", () => {
    for (const [pattern, constraints] of patterns) {
      for (const { maxLength = longestMatched } of constraints) {
        expect([pattern, maxLength <= longestMatched]).toEqual([pattern, true]);
        expect(violationOf({ pattern }, "a".repeat(longestMatched + 1))).toBe("must have at most 10000 characters");
      }
    }
  });

  test("a pattern is for the whole of a text", () => {
    for (const text of ["xaby", "ab\n", "\nab", "xa", "by"])
      expect(violationOf({ pattern: "a|ab" }, text)).toBeDefined();
    for (const text of ["a", "ab"]) expect(violationOf({ pattern: "a|ab" }, text)).toBeUndefined();
  });
});
