import { describe, expect, test } from "vitest";
import { GatehouseError } from "../../errors.ts";
import { ModelRefusal } from "../../model/refusal.ts";
import type { StructuredAnswer, StructuredModel, StructuredRequest } from "../../model/structured.ts";
import { withinBudget } from "./budget.ts";
import { processBudget } from "./processBudget.ts";

describe("a model within a budget", () => {
  const request: StructuredRequest = {
    system: "s".repeat(30),
    messages: [{ role: "user", text: "m".repeat(30) }],
    maxTokens: 100,
    answer: { name: "verdict", description: "", schema: {} },
  };
  const answer: StructuredAnswer = {
    objects: [],
    text: "t".repeat(9),
    inputTokens: 20,
    outputTokens: 5,
    stopReason: "end",
  };

  /** What is taken and what of it is said to be used, for a model that does so. */
  async function uses(respond: () => Promise<StructuredAnswer>) {
    const taken: number[] = [];
    const used: number[] = [];
    const model: StructuredModel = { modelId: "small", answer: respond };
    const budgeted = withinBudget(model, {
      async take(tokens) {
        taken.push(tokens);
        return async (tokens) => void used.push(tokens);
      },
    });
    const outcome = await budgeted.answer(request).catch((error: unknown) => error);
    return { taken, used, outcome };
  }
  /** A third of the bytes of the system's text, the message, and `{"name":"verdict","description":"","schema":{}}`. */
  const read = 10 + 10 + 16;

  test("takes what a question may use, and says what it has used", async () => {
    expect(await uses(async () => answer)).toEqual({ taken: [read + 100], used: [25], outcome: answer });
  });

  test("guesses where the endpoint doesn't say", async () => {
    expect((await uses(async () => ({ ...answer, inputTokens: 0, outputTokens: 0 }))).used).toEqual([read + 3]);
  });

  test.each<[string, Error, number]>([
    ["was turned away", new ModelRefusal("small", "400", "400"), 0],
    ["found it busy", new GatehouseError("throttled", "busy"), 0],
    ["had no answer in time", new GatehouseError("internal", "no answer within 90 seconds"), read],
  ])("counts what a question may have cost that %s", async (_, error, used) => {
    expect(await uses(() => Promise.reject(error))).toEqual({ taken: [read + 100], used: [used], outcome: error });
  });

  test("isn't asked where there is no budget", async () => {
    let asked = 0;
    const model: StructuredModel = { modelId: "small", answer: async () => ({ ...answer, text: `${++asked}` }) };
    const budget = processBudget({ tokensPerDay: 10 });
    await expect(withinBudget(model, budget).answer(request)).rejects.toMatchObject({ code: "BudgetExceeded" });
    expect(asked).toBe(0);
  });
});
