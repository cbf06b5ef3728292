import fc from "fast-check";
import { expect, test } from "vitest";
import { blocksOf, fullBytes, talliesIn } from "./blocks.ts";
import { addTallies, count, type Tallies, type Tally } from "./tallies.ts";

const number = fc.integer({ min: 0, max: 2 ** 40 });
const tally = (measures: number): fc.Arbitrary<Tally> =>
  fc.record({
    durations: fc
      .array(fc.tuple(fc.integer({ min: 0, max: 400 }), number), { minLength: 1, maxLength: 5 })
      .map((all) => new Map(all)),
    measures: fc.array(number, { minLength: measures, maxLength: measures }),
  });
const tallies = (measures: number): fc.Arbitrary<Tallies> =>
  fc
    .array(fc.tuple(fc.string({ unit: "binary" }), fc.array(fc.tuple(number, tally(measures)), { minLength: 1 })))
    .map((all) => new Map(all.map(([series, times]) => [series, new Map(times)])));

test("a block says what was put into it", () => {
  const example = fc
    .integer({ min: 0, max: 3 })
    .chain((measures) => fc.tuple(fc.constant(measures), tallies(measures)));
  fc.assert(
    fc.property(example, ([measures, all]) => {
      const read = blocksOf(all).flatMap((block) => [...talliesIn(block, measures)]);
      expect(new Map(read)).toEqual(all);
    }),
  );
});

test("what one item doesn't take is said by several blocks, of many series or of one, and nothing is lost", () => {
  // Numbers that can't be compressed much, from a generator of Lehmer's.
  let state = 1;
  const next = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state;
  };
  const times = (length: number) =>
    new Map(
      Array.from({ length }, (_, time): [number, Tally] => [
        time,
        { durations: new Map([[next() % 400, next()]]), measures: [next()] },
      ]),
    );
  for (const all of [
    new Map(Array.from({ length: 90 }, (_, series) => [`{"tool":"${series}"}`, times(600)])),
    new Map([["{}", times(60_000)]]),
  ]) {
    const blocks = blocksOf(all);
    expect(blocks.length).toBeGreaterThan(1);
    for (const block of blocks) expect(block.length).toBeLessThanOrEqual(2 * fullBytes);
    const read: Tallies = new Map();
    for (const block of blocks) addTallies(read, talliesIn(block, 1), "agentTools", { minutes: 1, wide: true });
    expect(read).toEqual(all);
  }
});

test("series that aren't wanted are left out", () => {
  const all: Tallies = new Map();
  for (const tool of ["a", "b"]) {
    count(all, {
      cube: "agentTools",
      scope: "agent",
      dimensions: { tool },
      time: 0,
      durationMicroseconds: 1,
      measures: {},
    });
  }
  const [block = new Uint8Array()] = blocksOf(all);
  expect([...talliesIn(block, 0, (series) => series === '{"tool":"b"}').keys()]).toEqual(['{"tool":"b"}']);
});
