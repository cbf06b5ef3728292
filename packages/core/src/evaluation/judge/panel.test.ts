import fc from "fast-check";
import { expect, test } from "vitest";
import { EvaluationError, type Judge, type JudgeQuestion } from "../evaluator.ts";
import { panel } from "./panel.ts";

const question: JudgeQuestion = {
  instructions: "Was it good?",
  material: "{}",
  labels: ["a", "b", "c"],
  signal: new AbortController().signal,
};

/** A judge that says a label, or fails. */
function judgeOf(label: string | undefined, index: number): Judge {
  return {
    modelId: `model-${index}`,
    materialTokens: 1_000 + index,
    async ask() {
      if (label === undefined) throw new EvaluationError("ModelFailed", `model-${index} failed.`);
      const tokenUsage = { inputTokens: 10, outputTokens: 1 };
      return { label, explanation: `${index} says so`, tokenUsage, costNanoDollars: 5 };
    },
  };
}

const ask = (votes: readonly (string | undefined)[]) => panel(votes.map(judgeOf)).ask(question);
const countOf = (votes: readonly (string | undefined)[], label: string) =>
  votes.filter((vote) => vote === label).length;

const indexOf = (votes: readonly string[], label: string) => votes.indexOf(label);

const votes = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 2, maxLength: 9 });

test("the verdict is a label that nobody has more votes than, and agreement its share", async () => {
  await fc.assert(
    fc.asyncProperty(votes, async (cast) => {
      const { label, agreement, explanation } = await ask(cast);
      const most = Math.max(...question.labels.map((one) => countOf(cast, one)));
      expect(countOf(cast, label)).toBe(most);
      expect(agreement).toBe(most / cast.length);
      expect(explanation).toBe(`${indexOf(cast, label)} says so`);
    }),
  );
});

test("more than half of the votes win, whoever casts them", async () => {
  await fc.assert(
    fc.asyncProperty(votes, fc.constantFrom("a", "b", "c"), async (others, label) => {
      const majority = [...others, ...others, label].map((vote, index) => (index % 2 === 0 ? label : vote));
      expect((await ask(majority)).label).toBe(label);
      expect((await ask(majority.toReversed())).label).toBe(label);
    }),
  );
});

test("a tie is the first judge's who voted for one of the tied labels", async () => {
  await fc.assert(
    fc.asyncProperty(votes, async (cast) => {
      const most = Math.max(...question.labels.map((one) => countOf(cast, one)));
      expect((await ask(cast)).label).toBe(cast.find((vote) => countOf(cast, vote) === most));
    }),
  );
});

test("a vote more for the winner changes nothing but the agreement", async () => {
  await fc.assert(
    fc.asyncProperty(votes, async (cast) => {
      const before = await ask(cast);
      const after = await ask([...cast, before.label]);
      expect(after.label).toBe(before.label);
      expect(after.agreement).toBeGreaterThanOrEqual(before.agreement ?? 0);
    }),
  );
});

test("there is a verdict if and only if more than half of the judges answer", async () => {
  const some = fc.array(fc.constantFrom("a", "b", undefined), { minLength: 2, maxLength: 9 });
  await fc.assert(
    fc.asyncProperty(some, async (cast) => {
      const answers = cast.filter((vote) => vote !== undefined);
      const outcome = await ask(cast).catch((error: unknown) => error);
      if (2 * answers.length > cast.length) {
        const most = Math.max(countOf(cast, "a"), countOf(cast, "b"));
        expect(outcome).toMatchObject({ agreement: most / cast.length });
      } else {
        expect(outcome).toMatchObject({ code: "ModelFailed", message: `model-${cast.indexOf(undefined)} failed.` });
      }
    }),
  );
});

test("what all have used is added up", async () => {
  expect(await ask(["a", "a", "b"])).toMatchObject({
    tokenUsage: { inputTokens: 30, outputTokens: 3 },
    costNanoDollars: 15,
  });
});

test("costs are not told where those of one are unknown", async () => {
  const priceless: Judge = {
    ...judgeOf("a", 1),
    ask: async () => ({ label: "a", explanation: "", tokenUsage: { inputTokens: 1, outputTokens: 1 } }),
  };
  expect(await panel([judgeOf("a", 0), priceless]).ask(question)).not.toHaveProperty("costNanoDollars");
});

test("it is known by all of its models, and takes what fits each", () => {
  const first = judgeOf("a", 0);
  const both = panel([judgeOf("a", 1), first, first]);
  expect([both.modelId, both.materialTokens]).toEqual(["model-1, model-0 ×2", 1_000]);
  expect(panel([first])).toBe(first);
  expect(() => panel([])).toThrow("needs a judge");
});
