import fc from "fast-check";
import { expect, test } from "vitest";
import { fuse } from "./fuse.ts";

const ranking = fc.uniqueArray(fc.nat(30), { maxLength: 20 });

test("what is in any ranking is in the fused one, once", () => {
  fc.assert(
    fc.property(fc.array(ranking, { maxLength: 4 }), (rankings) => {
      expect(fuse(rankings).toSorted()).toEqual([...new Set(rankings.flat())].toSorted());
    }),
  );
});

test("what is before another in all rankings is so in the fused one, and one ranking stays as it is", () => {
  fc.assert(
    fc.property(ranking, ranking, (one, other) => {
      expect(fuse([one])).toEqual(one);
      const fused = fuse([one, other]);
      const common = one.filter((item) => other.includes(item));
      for (const a of common) {
        for (const b of common) {
          if (one.indexOf(a) < one.indexOf(b) && other.indexOf(a) < other.indexOf(b)) {
            expect(fused.indexOf(a)).toBeLessThan(fused.indexOf(b));
          }
        }
      }
    }),
  );
});
