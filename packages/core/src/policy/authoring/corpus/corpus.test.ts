import { describe, expect, test } from "vitest";
import { corpus } from "./corpus.ts";
import { countVerdicts, judge } from "./score.ts";

const verdicts = corpus.map((entry) => ({ entry, ...judge(entry) }));

// Each sentence is decided by the real engine.
describe("the corpus", { timeout: 120_000 }, () => {
  test("has enough sentences, a third of which must be refused", () => {
    const refused = corpus.filter((entry) => "refused" in entry).length;
    expect(corpus.length).toBeGreaterThanOrEqual(170);
    expect(refused * 3).toBeGreaterThanOrEqual(corpus.length);
    expect(new Set(corpus.map(({ gateway, text }) => `${gateway} ${text}`)).size).toBe(corpus.length);
  });

  test("decides about a call on each side of every sentence", () => {
    const onesided = corpus.flatMap((entry) =>
      "calls" in entry && new Set(entry.calls.map(({ expect }) => expect)).size < 2 ? [entry.text] : [],
    );
    expect(onesided).toEqual(["Allow all users to use all tools."]);
  });

  test("is translated without a mistake, and at least nine sentences of ten that can be", () => {
    expect(verdicts.filter(({ verdict }) => verdict === "translatedWrong")).toEqual([]);
    const { translatable, translatedRight } = countVerdicts(verdicts);
    expect(translatedRight / translatable).toBeGreaterThanOrEqual(0.9);
  });

  test("is refused with the words that are in the way", () => {
    const silent = verdicts.filter(({ entry, verdict }) => "refused" in entry && verdict !== "refusedRight");
    expect(silent).toEqual([]);
  });
});
