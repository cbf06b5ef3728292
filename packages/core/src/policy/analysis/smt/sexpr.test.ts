import { describe, expect, test } from "vitest";
import { elementsOf, integerOf, parseSexprs } from "./sexpr.ts";

const all = new Set([1n, 2n, 3n]);
const elements = (text: string) => elementsOf(parseSexprs(text)[0], all);
const none = "((as const (Array Int Bool)) false)";
const every = "((as const (Array Int Bool)) true)";

describe("what the solver writes", () => {
  test("verdicts, values and errors", () => {
    expect(parseSexprs(`sat ((v0 5) (v1 (- 7)))\nunsat (error "line 1: ""what"" (") unknown`)).toEqual([
      "sat",
      [
        ["v0", "5"],
        ["v1", ["-", "7"]],
      ],
      "unsat",
      ["error", `"line 1: ""what"" ("`],
      "unknown",
    ]);
    expect([integerOf("9223372036854775808"), integerOf(["-", "7"]), integerOf("v0")]).toEqual([
      9223372036854775808n,
      -7n,
      undefined,
    ]);
  });

  test("sets", () => {
    expect(elements(none)).toEqual(new Set());
    expect(elements(every)).toEqual(all);
    expect(elements(`(store (store ${none} 5 true) (- 6) true)`)).toEqual(new Set([5n, -6n]));
    expect(elements(`(store ${every} 2 false)`)).toEqual(new Set([1n, 3n]));
    // The last one written counts.
    expect(elements(`(store (store ${none} 5 true) 5 false)`)).toEqual(new Set());
    // So the solver writes a chain that is too long for a line.
    expect(elements(`(let ((a!1 (store ${none} 5 true))) (store a!1 6 true))`)).toEqual(new Set([5n, 6n]));
    expect(elements("(lambda ((x Int)) (> x 3))")).toBeUndefined();
    expect(elements("unheard-of")).toBeUndefined();
  });
});
