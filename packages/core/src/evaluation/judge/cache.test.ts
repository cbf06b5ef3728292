import { expect, test } from "vitest";
import type { Judge, JudgeQuestion } from "../evaluator.ts";
import { cachedJudge, memoryCache, type VerdictCache } from "./cache.ts";

const question: JudgeQuestion = {
  instructions: "Was it good?",
  material: "{}",
  labels: ["Yes", "No"],
  signal: new AbortController().signal,
};

/** A judge that counts how often it is asked, and says so. */
function countingJudge(modelId = "small"): Judge & { asked: number } {
  const judge = {
    modelId,
    materialTokens: 1_000,
    asked: 0,
    async ask() {
      judge.asked++;
      return { label: "Yes", explanation: `${judge.asked}`, tokenUsage: { inputTokens: 10, outputTokens: 1 } };
    },
  };
  return judge;
}

test("the same question is asked once, and its answer costs nothing from then on", async () => {
  const inner = countingJudge();
  const judge = cachedJudge(inner, memoryCache());
  expect(await judge.ask(question)).toMatchObject({ explanation: "1", tokenUsage: { inputTokens: 10 } });
  expect(await judge.ask({ ...question })).toEqual({
    label: "Yes",
    explanation: "1",
    tokenUsage: { inputTokens: 0, outputTokens: 0 },
    costNanoDollars: 0,
  });
  expect(inner.asked).toBe(1);
});

test.each([
  ["instructions", { instructions: "Was it bad?" }],
  ["material", { material: "{ }" }],
  ["labels", { labels: ["No", "Yes"] }],
])("other %s are another question", async (_, other) => {
  const inner = countingJudge();
  const judge = cachedJudge(inner, memoryCache());
  await judge.ask(question);
  await judge.ask({ ...question, ...other });
  expect(inner.asked).toBe(2);
});

test("another model, and another sample, is another question", async () => {
  const cache = memoryCache();
  const [small, large] = [countingJudge(), countingJudge("large")];
  for (const judge of [cachedJudge(small, cache), cachedJudge(small, cache, 1), cachedJudge(large, cache)]) {
    await judge.ask(question);
    await judge.ask(question);
  }
  expect([small.asked, large.asked]).toEqual([2, 1]);
});

test("a failure isn't kept", async () => {
  const inner = countingJudge();
  let failures = 0;
  const failing: Judge = {
    ...inner,
    ask: async (asked) => (failures++ === 0 ? Promise.reject(new Error("busy")) : inner.ask(asked)),
  };
  const judge = cachedJudge(failing, memoryCache());
  await expect(judge.ask(question)).rejects.toThrow("busy");
  expect((await judge.ask(question)).label).toBe("Yes");
});

test("memory is bounded: what was used longest ago is forgotten", async () => {
  const inner = countingJudge();
  const judge = cachedJudge(inner, memoryCache(2));
  for (const material of ["a", "b", "a", "c", "a", "b"]) await judge.ask({ ...question, material });
  expect(inner.asked).toBe(4);
});

test.each<[string, VerdictCache]>([
  ["can't be read", { get: () => Promise.reject(new Error("away")), set: async () => {} }],
  ["can't be written", { get: async () => undefined, set: () => Promise.reject(new Error("away")) }],
  ["holds something else", { get: async () => ({ label: 7 }), set: async () => {} }],
  ["holds another question's label", { get: async () => ({ label: "PWNED", explanation: "" }), set: async () => {} }],
])("where the cache %s, the judge is asked", async (_, cache) => {
  const inner = countingJudge();
  expect((await cachedJudge(inner, cache).ask(question)).label).toBe("Yes");
  expect(inner.asked).toBe(1);
});
