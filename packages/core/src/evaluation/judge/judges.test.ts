import { afterAll, beforeAll, expect, test } from "vitest";
import { openAiStructured } from "../../model/openAiStructured.ts";
import { openAiReply, type Reply, scriptedServer } from "../../model/testing.ts";
import type { JudgeQuestion } from "../evaluator.ts";
import { type Judges, type JudgesOptions, judgesOf } from "./judges.ts";

let server: Awaited<ReturnType<typeof scriptedServer>>;
beforeAll(async () => {
  server = await scriptedServer();
});
afterAll(() => server.close());

const question: JudgeQuestion = {
  instructions: "Was it good?",
  material: "{}",
  labels: ["Yes", "No"],
  signal: new AbortController().signal,
};

function judges(options: Omit<JudgesOptions, "model">): Judges {
  server.script(sayNo);
  return judgesOf({ ...options, model: (modelId) => openAiStructured({ url: server.url, modelId }) });
}

/** A small model says no, any other yes. */
const sayNo: Reply = (response, request) => {
  const label = JSON.parse(request.body).model === "small" ? "No" : "Yes";
  openAiReply(JSON.stringify({ reasoning: "So.", label }))(response, request);
};

const asked = () =>
  server.requests
    .map(({ body }) => JSON.parse(body))
    .map(({ model, temperature }) => [model, temperature])
    .sort();

test("one model is asked once, at temperature 0, and the same question never again", async () => {
  const { judge } = judges({ modelIds: ["small"] });
  expect(await judge.ask(question)).toMatchObject({ label: "No" });
  expect(await judge.ask(question)).toMatchObject({ label: "No", tokenUsage: { inputTokens: 0 } });
  expect([judge.modelId, asked()]).toEqual(["small", [["small", 0]]]);
});

test("a panel of models asks each, and knows what all of them said", async () => {
  const { judge } = judges({ modelIds: ["small", "large", "larger"], contextTokens: 10_000 });
  expect(await judge.ask(question)).toMatchObject({ label: "Yes", agreement: 2 / 3 });
  expect([judge.modelId, judge.materialTokens]).toEqual(["small, large, larger", 10_000 - 6_144]);
  expect(asked()).toEqual([
    ["large", 0],
    ["larger", 0],
    ["small", 0],
  ]);
});

test("samples of a model differ in temperature, and are asked for one by one", async () => {
  const { judge } = judges({ modelIds: ["small"], samples: 3 });
  expect(await judge.ask(question)).toMatchObject({ label: "No", agreement: 1, tokenUsage: { inputTokens: 33 } });
  expect([judge.modelId, asked()]).toEqual([
    "small ×3",
    [
      ["small", 0],
      ["small", 0.7],
      ["small", 0.7],
    ],
  ]);
  expect(await judge.ask(question)).toMatchObject({ agreement: 1, tokenUsage: { inputTokens: 0 } });
});

test("a model that somebody names judges in place of the deployment's", async () => {
  const { of } = judges({ modelIds: ["small"] });
  expect((await of("large").ask(question)).label).toBe("Yes");
  expect(of("large")).toBe(of("large"));
  expect(asked()).toEqual([["large", 0]]);
});

test("all share one budget", async () => {
  const { judge, of } = judges({ modelIds: ["small"], tokensPerDay: 3_000 });
  await judge.ask(question);
  // An answer has used 18, and one may use 2,048 beside what it reads: there is room for no second one at the same time.
  const other = { ...question, material: "m".repeat(3_000) };
  await expect(of("large").ask(other)).rejects.toMatchObject({ code: "BudgetExceeded" });
  expect(asked()).toEqual([["small", 0]]);
});
