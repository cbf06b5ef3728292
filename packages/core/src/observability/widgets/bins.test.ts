import fc from "fast-check";
import { expect, test } from "vitest";
import { binAt, binsOf } from "./bins.ts";

const minute = 60_000;
const lengths = { minute, hour: 60 * minute, day: 1_440 * minute };
const range = fc
  .tuple(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: 1, max: 500 * lengths.day }))
  .map(([from, length]) => ({ from, to: from + length }));

test("whatever the range, its pieces are few, whole and without a gap, and as coarse as what is read", () => {
  fc.assert(
    fc.property(range, fc.constantFrom("minute" as const, "hour" as const), ({ from, to }, finest) => {
      const bins = binsOf({ from, to }, finest);
      expect(bins.starts.length).toBeLessThanOrEqual(61);
      expect(bins.starts.every((start, index) => start === bins.from + index * bins.step)).toBe(true);
      expect(bins.from % bins.step).toBe(0);
      expect(bins.from).toBeLessThanOrEqual(Math.max(from, to - 400 * lengths.day));
      expect(bins.to).toBeGreaterThanOrEqual(to);
      expect(bins.to - to).toBeLessThan(bins.step);
      expect(bins.step % lengths[bins.resolution]).toBe(0);
      if (finest === "hour") expect(bins.resolution).not.toBe("minute");
    }),
  );
});

test("a moment is in the piece that it is in, and outside the range in none", () => {
  fc.assert(
    fc.property(range, fc.double({ min: -0.5, max: 1.5, noNaN: true }), (range, place) => {
      const bins = binsOf(range);
      const time = Math.floor(bins.from + place * (bins.to - bins.from));
      const found = bins.starts.findIndex((start) => start <= time && time < start + bins.step);
      expect(binAt(bins, time)).toBe(found === -1 ? undefined : found);
    }),
  );
});

test.each([
  ["an hour by the minute", 60, minute, "minute"],
  ["three hours by five minutes", 180, 5 * minute, "minute"],
  ["a day by the hour", 1_440, lengths.hour, "hour"],
  ["a week by three hours", 7 * 1_440, 3 * lengths.hour, "hour"],
  ["a month by the day", 30 * 1_440, lengths.day, "day"],
  ["a year by the week", 365 * 1_440, 7 * lengths.day, "day"],
])("%s", (_, minutes, step, resolution) => {
  const to = Date.UTC(2026, 10, 26, 14, 3);
  expect(binsOf({ from: to - minutes * minute, to })).toMatchObject({ step, resolution });
});
