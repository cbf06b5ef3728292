import { describe, expect, test } from "vitest";
import { expectedAtMost, quantile } from "./poisson.ts";

describe("the Poisson distribution", () => {
  test("of few arrivals under a bound", () => {
    // min(1, N) is 1 unless nothing arrives.
    expect(expectedAtMost(1, 2)).toBeCloseTo(1 - Math.exp(-2), 12);
    expect(expectedAtMost(0, 5)).toBe(0);
  });

  test("of arrivals far from a bound is their mean, or the bound", () => {
    expect(expectedAtMost(1_000, 3)).toBeCloseTo(3, 9);
    expect(expectedAtMost(24, 300)).toBeCloseTo(24, 9);
    expect(expectedAtMost(24, 1e9)).toBe(24);
  });

  test("has the quantiles of tables", () => {
    expect(quantile(0.2, 0.999)).toBe(3);
    expect(quantile(10, 0.95)).toBe(15);
    expect(quantile(0, 0.999)).toBe(0);
  });

  test("has quantiles that go on where it is taken for normal", () => {
    expect(quantile(400.001, 0.999) - quantile(399.999, 0.999)).toBeLessThanOrEqual(1);
    expect(quantile(1e6, 0.999)).toBeCloseTo(1e6 + 3.09 * 1e3, -2);
  });
});
