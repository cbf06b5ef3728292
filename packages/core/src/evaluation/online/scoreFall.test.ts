import fc from "fast-check";
import { expect, test } from "vitest";
import type { Occurrence } from "../../observability/cubes.ts";
import { aggregatesOf } from "../../observability/widgets/testing.ts";
import { builtinEvaluators } from "../evaluators/builtin.ts";
import { fallenScores, hasFallen, type Scores, summaryOf } from "./scoreFall.ts";

const yesNo = (yes: number, no: number): Scores =>
  new Map([
    [1, yes],
    [0, no],
  ]);

const mirrored = (scores: Scores): Scores => new Map([...scores].map(([value, count]) => [1 - value, count]));

test.each([
  ["fewer than thirty say nothing", yesNo(200, 0), yesNo(0, 29), false],
  ["nor do fewer before", yesNo(29, 0), yesNo(0, 200), false],
  ["thirty do", yesNo(30, 0), yesNo(0, 30), true],
  ["the same is no fall", yesNo(80, 20), yesNo(80, 20), false],
  ["nor is a rise", yesNo(20, 80), yesNo(80, 20), false],
  ["nor what is likely by chance", yesNo(80, 20), yesNo(72, 28), false],
  ["of many the same is one", yesNo(8_000, 2_000), yesNo(7_200, 2_800), true],
  ["a small one is none, however sure", yesNo(1_000_000, 0), yesNo(960_000, 40_000), false],
  ["where all scores are one and the same, nothing falls", new Map([[1, 100]]), new Map([[1, 100]]), false],
])("%s", (_, before, recent, expected) => {
  expect(hasFallen(before, recent, "higher")).toBe(expected);
  // Where less is better, all is the other way round.
  expect(hasFallen(mirrored(before), mirrored(recent), "lower")).toBe(expected);
});

test("a scale of one to five is as good as one of zero to one", () => {
  const scaled = (scores: Scores) => new Map([...scores].map(([value, count]) => [1 + 4 * value, count]));
  fc.assert(
    fc.property(fc.tuple(fc.nat(300), fc.nat(300), fc.nat(300), fc.nat(300)), ([a, b, c, d]) => {
      const [before, recent] = [yesNo(a, b), yesNo(c, d)];
      const [earlier, later] = [summaryOf(before), summaryOf(recent)];
      const fall = earlier.mean - later.mean;
      const error = Math.sqrt(earlier.variance / earlier.count + later.variance / later.count);
      // At the bounds themselves, the last bit decides.
      fc.pre(Math.abs(fall - 0.05) > 1e-9 && Math.abs(fall - 3 * error) > 1e-9);
      expect(hasFallen(scaled(before), scaled(recent), "higher")).toBe(hasFallen(before, recent, "higher"));
    }),
  );
});

test("the variance is that of the scores one by one", () => {
  const { count, mean, variance } = summaryOf(
    new Map([
      [0, 1],
      [0.5, 2],
      [1, 1],
    ]),
  );
  expect({ count, mean, variance }).toEqual({ count: 4, mean: 0.5, variance: 0.5 / 3 });
});

const now = new Date("2026-11-28T10:20:00Z");
const hour = 3_600_000;
const scored = (evaluator: string, value: number, hoursAgo: number): Occurrence => ({
  cube: "evaluations",
  scope: "config",
  dimensions: { evaluator, label: String(value) },
  time: Date.parse("2026-11-28T10:00:00Z") - hoursAgo * hour,
  durationMicroseconds: 1,
  measures: { scores: 1, scoreMillionths: value * 1e6 },
});

test("whose scores of the last day are lower than those of the week before is told with both", async () => {
  const happened = Array.from({ length: 40 }, (_, index) => [
    scored("Falls", 1, 24 + index * 4 + 1),
    scored("Falls", 0, (index % 24) + 1),
    scored("Stays", 1, 24 + index * 4 + 1),
    scored("Stays", 1, (index % 24) + 1),
    // Of the hour that isn't over.
    scored("Falls", 1, 0),
    scored("Falls", 0, 24 * 8 + 1),
  ]).flat();
  const found = await fallenScores(aggregatesOf(happened), { configId: "config", configArn: "arn", now });
  expect(found).toEqual([
    {
      schemaVersion: 1,
      config: { id: "config", arn: "arn" },
      evaluatorId: "Falls",
      better: "higher",
      recent: { from: "2026-11-27T10:00:00.000Z", to: "2026-11-28T10:00:00.000Z", scores: 40, mean: 0 },
      before: { from: "2026-11-20T10:00:00.000Z", to: "2026-11-27T10:00:00.000Z", scores: 40, mean: 1 },
    },
  ]);
});

test.each(builtinEvaluators.map(({ id }) => id))("%s: what is worse is told, and what is better isn't", async (id) => {
  const [good, bad] = id === "Builtin.Refusal" ? [0, 1] : [1, 0];
  const changed = (before: number, recent: number) =>
    Array.from({ length: 40 }, (_, index) => [
      scored(id, before, 24 + index * 4 + 1),
      scored(id, recent, (index % 24) + 1),
    ]).flat();
  const config = { configId: "config", configArn: "arn", now };
  const found = await fallenScores(aggregatesOf(changed(good, bad)), config);
  expect(found).toMatchObject([{ evaluatorId: id, recent: { mean: bad }, before: { mean: good } }]);
  expect(await fallenScores(aggregatesOf(changed(bad, good)), config)).toEqual([]);
});
