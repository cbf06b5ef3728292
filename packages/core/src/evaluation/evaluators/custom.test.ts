import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { roughTokens } from "../../model/tokens.ts";
import type { EvaluatorLevel, Reference } from "../evaluator.ts";
import { customEvaluator, type LlmAsAJudge } from "./custom.ts";
import { sectionsAt } from "./sections.ts";
import { anyConversation, anyText, conversation, lastOf, linesOf, refund, scriptedJudge, turn } from "./testing.ts";

const numerical = [
  { label: "Bad", value: 1, definition: "It is bad." },
  { label: "Good", value: 5, definition: "It is good." },
];

function create(level: EvaluatorLevel, instructions: string, ratingScale: LlmAsAJudge["ratingScale"] = { numerical }) {
  const id = "tone-0123456789";
  return customEvaluator({ id, arn: `arn:${id}`, name: "tone", level, config: { instructions, ratingScale } });
}

describe("a custom evaluator", () => {
  test("asks for its labels, and gives their values", async () => {
    const { tools, questions } = scriptedJudge(() => ({ label: "Good" }));
    const verdict = await create("TRACE", "Rate {assistant_turn}.").evaluate(lastOf("TRACE", refund()), {}, tools);
    expect(verdict).toMatchObject({ label: "Good", value: 5 });
    expect(questions[0]?.labels).toEqual(["Bad", "Good"]);
    expect(questions[0]?.instructions).toContain('- "Good": It is good.');
  });

  test("has labels alone on a categorical scale", async () => {
    const { tools } = scriptedJudge(() => ({ label: "B" }));
    const categorical = [
      { label: "A", definition: "a" },
      { label: "B", definition: "b" },
    ];
    const evaluator = create("SESSION", "Rate {context}.", { categorical });
    const verdict = await evaluator.evaluate(lastOf("SESSION", refund()), {}, tools);
    expect(verdict).not.toHaveProperty("value");
    expect(verdict.label).toBe("B");
  });

  test("has placeholders for each part of what is judged, and is shown those that it names", async () => {
    const reference: Reference = { expectedResponse: "r", assertions: ["a"], expectedTrajectory: ["t"] };
    for (const level of ["SESSION", "TRACE", "TOOL_CALL"] as const) {
      for (const section of sectionsAt[level]) {
        const { tools, questions } = scriptedJudge(() => ({}));
        await create(level, `Look at {${section}}.`).evaluate(lastOf(level, refund()), reference, tools);
        const { instructions = "", material = "" } = questions[0] ?? {};
        expect(instructions).toContain(`Look at (the lines of the record in the section "${section}").`);
        expect(new Set(linesOf(material).map((line) => line.section))).toEqual(new Set([section]));
      }
    }
  });

  test("T17 keeps what is judged out of its instructions, whatever it is", async () => {
    await fc.assert(
      fc.asyncProperty(anyConversation, anyText, async (whole, expectedResponse) => {
        const { tools, questions } = scriptedJudge(() => ({}));
        const evaluator = create("SESSION", "{context} {available_tools} {assertions} {actual_tool_trajectory}");
        await evaluator.evaluate(lastOf("SESSION", whole), { assertions: [expectedResponse] }, tools);
        const boundary = /material-[0-9a-f]{32}/g;
        const other = scriptedJudge(() => ({}));
        await evaluator.evaluate(lastOf("SESSION", refund()), { assertions: ["x"] }, other.tools);
        expect(questions[0]?.instructions.replaceAll(boundary, "")).toBe(
          other.questions[0]?.instructions.replaceAll(boundary, ""),
        );
      }),
      { numRuns: 50 },
    );
  });

  test.for<[EvaluatorLevel, string, keyof Reference]>([
    ["SESSION", "{context} {assertions}", "assertions"],
    ["SESSION", "{expected_tool_trajectory}", "expectedTrajectory"],
    ["TRACE", "{assistant_turn} {expected_response}", "expectedResponse"],
  ])("of the level %s with %s needs %s", async ([level, instructions, field]) => {
    const evaluator = create(level, instructions);
    expect(evaluator).toMatchObject({ needsReference: true, usesReference: [field] });
    const { tools, questions } = scriptedJudge(() => ({}));
    await expect(evaluator.evaluate(lastOf(level, refund()), {}, tools)).rejects.toMatchObject({
      code: "MissingData",
      message: expect.stringContaining(field),
    });
    expect(questions).toEqual([]);
  });

  test("needs no reference inputs where it names nothing but the spans", () => {
    const evaluator = create("SESSION", "{context} {actual_tool_trajectory}");
    expect(evaluator.needsReference).toBe(false);
  });

  test("with long instructions leaves as much less room for the material", async () => {
    const turns = Array.from({ length: 30 }, (_, index) => turn(`trace-${index}`, { request: "x".repeat(900) }));
    for (const instructions of ["{context}", `${"Mind this. ".repeat(500)} {context}`]) {
      const { tools, questions } = scriptedJudge(() => ({}), 4_000);
      await create("SESSION", instructions).evaluate(lastOf("SESSION", conversation(...turns)), {}, tools);
      const [{ instructions: asked = "", material = "" } = {}] = questions;
      const room = 4_000 - Math.max(0, roughTokens(asked) - 1_500);
      expect(roughTokens(material)).toBeLessThanOrEqual(room);
      // A turn of this session has about 340 tokens.
      expect(roughTokens(material)).toBeGreaterThan(room - 400);
    }
  });
});
