import type { Occurrence } from "@gatehouse/core/observability/cubes.ts";
import { aggregatesOf } from "@gatehouse/core/observability/widgets/testing.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sharedAggregates } from "./shared.ts";

const occurrence = fc.record({
  cube: fc.constant("decisions" as const),
  scope: fc.constantFrom("a", "b"),
  dimensions: fc.record({ outcome: fc.constantFrom("allowed", "denied"), tool: fc.constantFrom("x", "y") }),
  time: fc.integer({ min: 0, max: 7_200_000 }),
  durationMicroseconds: fc.constant(1),
  measures: fc.constant({}),
});
const query = fc.record({
  cube: fc.constant("decisions" as const),
  scope: fc.constantFrom("a", "b"),
  from: fc.constant(new Date(0)),
  to: fc.constantFrom(new Date(3_600_000), new Date(7_200_000)),
  resolution: fc.constantFrom("minute" as const, "hour" as const),
  where: fc.constantFrom(
    {},
    { outcome: ["denied"] },
    { outcome: ["denied"], tool: ["x"] },
    { tool: [] },
    { no: ["x"] },
  ),
});

test("what is read once says the same as what is read each time", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(occurrence),
      fc.array(query, { maxLength: 6 }),
      async (happened: Occurrence[], queries) => {
        const aggregates = aggregatesOf(happened);
        let reads = 0;
        const counted = {
          ...aggregates,
          cells: (query: Parameters<typeof aggregates.cells>[0]) => {
            reads++;
            return aggregates.cells(query);
          },
        };
        const shared = sharedAggregates(counted);
        for (const query of queries) {
          expect(await Array.fromAsync(shared.cells(query))).toEqual(await Array.fromAsync(aggregates.cells(query)));
        }
        const different = new Set(queries.map(({ scope, to, resolution }) => JSON.stringify([scope, to, resolution])));
        expect(reads).toBe(different.size);
      },
    ),
  );
});
