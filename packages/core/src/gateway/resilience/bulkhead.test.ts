import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Bulkhead } from "./bulkhead.ts";

test("there are never more under way than there are places, and a place is given back once", () => {
  const steps = fc.array(fc.oneof(fc.constant("enter" as const), fc.nat(30)), { maxLength: 200 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 }), steps, (places, history) => {
      const bulkhead = new Bulkhead();
      const leave: (() => void)[] = [];
      const inside = new Set<() => void>();
      for (const step of history) {
        if (step === "enter") {
          const left = bulkhead.enter(places);
          expect(left === undefined).toBe(inside.size >= places);
          if (left === undefined) continue;
          leave.push(left);
          inside.add(left);
        } else {
          // Also of one that has left already.
          const left = leave[step % Math.max(1, leave.length)];
          left?.();
          if (left !== undefined) inside.delete(left);
        }
        expect(bulkhead.underWay).toBe(inside.size);
      }
    }),
  );
});
