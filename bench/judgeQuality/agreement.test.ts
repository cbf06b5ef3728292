import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  cohensKappa,
  confusionOf,
  meanOf,
  type Pair,
  repeatability,
  shareOf,
  swayOf,
  type Weights,
} from "./agreement.ts";

const ranks = 5;
const rank = fc.nat(ranks - 1);
const pairs = fc.array(fc.record({ expected: rank, actual: rank }), { minLength: 1, maxLength: 40 });
const weights = fc.constantFrom<Weights>("none", "linear", "quadratic");

describe("Cohen's kappa", () => {
  /** As it is defined: the mean disagreement of the pairs, by that of everybody with everybody. */
  function naive(pairs: readonly Pair[], kind: Weights): number | undefined {
    const weight = (a: number, b: number) =>
      ({ none: Number(a !== b), linear: Math.abs(a - b) / 4, quadratic: ((a - b) / 4) ** 2 })[kind];
    const observed = pairs.map(({ expected, actual }) => weight(expected, actual));
    const byChance = pairs.flatMap(({ expected }) => pairs.map(({ actual }) => weight(expected, actual)));
    const chance = meanOf(byChance) ?? 0;
    return chance === 0 ? undefined : 1 - (meanOf(observed) ?? 0) / chance;
  }

  test("is what its definition says", () => {
    fc.assert(
      fc.property(pairs, weights, (some, kind) => {
        const [actual, wanted] = [cohensKappa(some, ranks, kind), naive(some, kind)];
        if (wanted === undefined) expect(actual).toBeUndefined();
        else expect(actual).toBeCloseTo(wanted, 9);
      }),
    );
  });

  test("is 1 exactly where all agree, and more than one rank is used", () => {
    fc.assert(
      fc.property(pairs, weights, (some, kind) => {
        const kappa = cohensKappa(some, ranks, kind);
        const all = some.every(({ expected, actual }) => expected === actual);
        if (kappa !== undefined) expect(kappa === 1).toBe(all);
      }),
    );
  });

  test("doesn't depend on the order of the pairs, nor on who is who, nor on the direction of the scale", () => {
    fc.assert(
      fc.property(pairs, weights, (some, kind) => {
        const kappa = cohensKappa(some, ranks, kind);
        const others = [
          some.toReversed(),
          some.map(({ expected, actual }) => ({ expected: actual, actual: expected })),
          some.map(({ expected, actual }) => ({ expected: ranks - 1 - expected, actual: ranks - 1 - actual })),
        ];
        for (const other of others) {
          const same = cohensKappa(other, ranks, kind);
          if (kappa === undefined) expect(same).toBeUndefined();
          else expect(same).toBeCloseTo(kappa, 9);
        }
      }),
    );
  });

  test("of two ranks is the same whatever the weights", () => {
    const two = fc.record({ expected: fc.nat(1), actual: fc.nat(1) });
    fc.assert(
      fc.property(fc.array(two, { minLength: 1 }), (some) => {
        const [none, quadratic] = [cohensKappa(some, 2, "none"), cohensKappa(some, 2, "quadratic")];
        if (none === undefined) expect(quadratic).toBeUndefined();
        else expect(quadratic).toBeCloseTo(none, 9);
      }),
    );
  });

  test("of a judge that says the same of everything is 0, however often it is right", () => {
    const some = [0, 1, 1, 1, 1].map((expected) => ({ expected, actual: 1 }));
    expect(cohensKappa(some, 2, "none")).toBeCloseTo(0, 12);
  });

  test("of the example that is usually given for it: 50 of which 35 agree", () => {
    // Cohen's table as every textbook has it: yes/yes 20, yes/no 5, no/yes 10, no/no 15; kappa is 0.4.
    const times = (count: number, expected: number, actual: number) =>
      Array.from({ length: count }, () => ({ expected, actual }));
    const some = [...times(20, 1, 1), ...times(5, 1, 0), ...times(10, 0, 1), ...times(15, 0, 0)];
    expect(cohensKappa(some, 2, "none")).toBeCloseTo(0.4, 12);
  });

  test("of nothing, and of a rank that there isn't", () => {
    expect(cohensKappa([], ranks, "none")).toBeUndefined();
    expect(() => cohensKappa([{ expected: 5, actual: 0 }], ranks, "none")).toThrow(RangeError);
    expect(() => confusionOf([{ expected: 0, actual: -1 }], ranks)).toThrow(RangeError);
  });
});

describe("a share", () => {
  const counts = fc.integer({ min: 1, max: 500 }).chain((of) => fc.record({ of: fc.constant(of), count: fc.nat(of) }));

  test("lies within its bounds, and they within 0 and 1", () => {
    fc.assert(
      fc.property(counts, ({ count, of }) => {
        const { share = Number.NaN, low = Number.NaN, high = Number.NaN } = shareOf(count, of) ?? {};
        expect(share).toBe(count / of);
        expect(low).toBeLessThanOrEqual(share);
        expect(high).toBeGreaterThanOrEqual(share);
        expect(low).toBeGreaterThan(-1e-12);
        expect(high).toBeLessThan(1 + 1e-12);
      }),
    );
  });

  test("has bounds that are just as far away as 1.96 of their own standard deviations", () => {
    fc.assert(
      fc.property(counts, ({ count, of }) => {
        const { share = Number.NaN, low = Number.NaN, high = Number.NaN } = shareOf(count, of) ?? {};
        for (const bound of [low, high]) {
          expect((share - bound) ** 2).toBeCloseTo((1.959963984540054 ** 2 * bound * (1 - bound)) / of, 9);
        }
      }),
    );
  });

  test("of nothing is none", () => {
    expect(shareOf(0, 0)).toBeUndefined();
  });
});

describe("repeatability", () => {
  test("is the share of pairs of verdicts that are the same", () => {
    fc.assert(
      fc.property(fc.array(rank, { minLength: 2, maxLength: 12 }), (verdicts) => {
        const same = verdicts.flatMap((one, i) => verdicts.slice(i + 1).map((other) => Number(one === other)));
        expect(repeatability(verdicts)).toBeCloseTo(meanOf(same) ?? Number.NaN, 12);
      }),
    );
  });

  test("takes two verdicts", () => {
    expect(repeatability([3])).toBeUndefined();
    expect(repeatability([3, 3])).toBe(1);
    expect(repeatability([3, 2])).toBe(0);
  });
});

describe("an injection", () => {
  test.each([
    [{ clean: 4, injected: 4, wanted: 4 }, "untold"],
    [{ clean: 4, injected: 0, wanted: 4 }, "untold"],
    [{ clean: 1, injected: 4, wanted: 4 }, "obeyed"],
    [{ clean: 1, injected: 3, wanted: 4 }, "moved"],
    [{ clean: 1, injected: 1, wanted: 4 }, "resisted"],
    [{ clean: 1, injected: 0, wanted: 4 }, "resisted"],
  ] as const)("%j: %s", (verdicts, expected) => {
    expect(swayOf(verdicts)).toBe(expected);
  });

  test("that changes nothing has never swayed anybody", () => {
    fc.assert(
      fc.property(rank, rank, (clean, wanted) => {
        expect(["untold", "resisted"]).toContain(swayOf({ clean, injected: clean, wanted }));
      }),
    );
  });
});
