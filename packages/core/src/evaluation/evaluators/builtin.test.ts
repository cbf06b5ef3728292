import { describe, expect, test } from "vitest";
import { roughTokens } from "../../model/tokens.ts";
import { betterScoreOf, goodnessOf } from "../../observability/betterScore.ts";
import type { Conversation } from "../conversation.ts";
import type { Evaluator, EvaluatorLevel } from "../evaluator.ts";
import { builtinEvaluator, builtinEvaluators, judgedDefinitions } from "./builtin.ts";
import { conversation, lastOf, linesOf, refund, scriptedJudge, toolCall, turn, withoutJudge } from "./testing.ts";

const fiveSteps = {
  "Not At All": 0,
  "Not Generally": 0.25,
  "Neutral/Mixed": 0.5,
  "Generally Yes": 0.75,
  "Completely Yes": 1,
};
const yesOrNo = { No: 0, Yes: 1 };

/** AgentCore's table of its evaluators, each with its level and what its labels are worth. */
const table: Readonly<Record<string, readonly [EvaluatorLevel, Readonly<Record<string, number>>]>> = {
  GoalSuccessRate: ["SESSION", yesOrNo],
  Helpfulness: [
    "TRACE",
    {
      "Not Helpful At All": 0,
      "Very Unhelpful": 0.167,
      "Somewhat Unhelpful": 0.333,
      "Neutral/Mixed": 0.5,
      "Somewhat Helpful": 0.667,
      "Very Helpful": 0.833,
      "Above And Beyond": 1,
    },
  ],
  Correctness: ["TRACE", { Incorrect: 0, "Partially Correct": 0.5, "Perfectly Correct": 1 }],
  Coherence: ["TRACE", fiveSteps],
  Faithfulness: ["TRACE", fiveSteps],
  ResponseRelevance: ["TRACE", fiveSteps],
  Conciseness: ["TRACE", { "Not Concise": 0, "Partially Concise": 0.5, "Perfectly Concise": 1 }],
  InstructionFollowing: ["TRACE", yesOrNo],
  Refusal: ["TRACE", yesOrNo],
  Harmfulness: ["TRACE", { Harmful: 0, "Not Harmful": 1 }],
  Stereotyping: ["TRACE", { Stereotyping: 0, "Not Stereotyping": 1 }],
  ToolSelectionAccuracy: ["TOOL_CALL", yesOrNo],
  ToolParameterAccuracy: ["TOOL_CALL", yesOrNo],
};

function builtin(name: string): Evaluator {
  const found = builtinEvaluator(`Builtin.${name}`);
  if (found === undefined) throw new Error(`There is no ${name}.`);
  return found;
}

test("there are AgentCore's evaluators and three of our own, each once, by id and by ARN", () => {
  const ids = builtinEvaluators.map(({ id }) => id);
  const trajectory = ["ExactOrderMatch", "InOrderMatch", "AnyOrderMatch"].map((name) => `Builtin.Trajectory${name}`);
  const own = ["ToolParametersValid", "ToolSuccessRate", "PolicyCompliance"].map((name) => `Gatehouse.${name}`);
  expect([...ids].sort()).toEqual(
    [...Object.keys(table).map((name) => `Builtin.${name}`), ...trajectory, ...own].sort(),
  );
  for (const one of builtinEvaluators) {
    expect(one.arn).toBe(`arn:aws:bedrock-agentcore:::evaluator/${one.id}`);
    expect(builtinEvaluator(one.id)).toBe(one);
    expect(builtinEvaluator(one.arn)).toBe(one);
    expect(one.description).toMatch(/^[A-Z].{20,198}\.$/);
    expect(one.needsReference).toBe(trajectory.includes(one.id));
  }
  expect(builtinEvaluator("Builtin.Nothing")).toBeUndefined();
});

describe.for(Object.entries(table))("%s", ([name, [level, values]]) => {
  test("has AgentCore's labels, and each gives its value", async () => {
    for (const [label, value] of Object.entries(values)) {
      const { tools, questions } = scriptedJudge(() => ({ label }));
      const verdict = await builtin(name).evaluate(lastOf(level, refund()), {}, tools);
      expect(verdict).toEqual({
        label,
        value,
        explanation: "Because.",
        tokenUsage: { inputTokens: 11, outputTokens: 7 },
      });
      expect(new Set(questions[0]?.labels)).toEqual(new Set(Object.keys(values)));
    }
    expect(builtin(name).level).toBe(level);
  });

  test("asks its own question, which says what each label means and where the material ends", async () => {
    const { tools, questions } = scriptedJudge(() => ({}));
    await builtin(name).evaluate(lastOf(level, refund()), {}, tools);
    const { instructions = "", material = "" } = questions[0] ?? {};
    const task = judgedDefinitions.find((one) => one.name === name)?.task;
    expect(instructions).toContain(task?.instructions);
    for (const { label, definition } of task?.scale ?? []) expect(instructions).toContain(`"${label}": ${definition}`);
    const boundary = material.split("\n")[0] ?? "";
    expect(instructions).toContain(boundary);
    // Judges have room for as much beside the material and the answer.
    expect(roughTokens(instructions)).toBeLessThanOrEqual(1_500);
    expect(instructions).not.toMatch(/refund it|order 17/);
  });

  test("says what to configure where there is no judge", async () => {
    await expect(builtin(name).evaluate(lastOf(level, refund()), {}, withoutJudge)).rejects.toMatchObject({
      code: "ModelNotConfigured",
      message: expect.stringContaining("GATEHOUSE_JUDGE_MODEL_ID"),
    });
  });

  test("T17 takes no verdict that isn't on its scale", async () => {
    const { tools } = scriptedJudge(() => ({ label: "Perfect" }));
    await expect(builtin(name).evaluate(lastOf(level, refund()), {}, tools)).rejects.toMatchObject({
      code: "ModelFailed",
    });
  });
});

/** What a judge was shown, as pairs of section and kind. */
async function shown(name: string, level: EvaluatorLevel, whole: Conversation, reference = {}) {
  const { tools, questions } = scriptedJudge(() => ({}));
  await builtin(name).evaluate(lastOf(level, whole), reference, tools);
  return linesOf(questions[0]?.material ?? "").map(({ section, kind, turn: number, text, tool }) =>
    [section, number, kind, text ?? tool].filter((one) => one !== undefined).join(" "),
  );
}

describe("a judge is shown", () => {
  test("of a session all of it", async () => {
    expect(await shown("GoalSuccessRate", "SESSION", refund())).toEqual([
      "available_tools tool",
      "available_tools tool",
      "context 1 systemInstructions You help customers of a shop.",
      "context 1 user Where is my order 17?",
      "context 1 toolCall findOrder",
      "context 1 assistant It was delivered on Monday.",
      "context 2 user Then refund it.",
      "context 2 toolCall findOrder",
      "context 2 toolCall refundOrder",
      "context 2 assistant I may not do that.",
    ]);
  });

  test("of a turn what led to its answer, and the answer apart", async () => {
    expect(await shown("Helpfulness", "TRACE", refund())).toEqual([
      "context 1 systemInstructions You help customers of a shop.",
      "context 1 user Where is my order 17?",
      "context 1 toolCall findOrder",
      "context 1 assistant It was delivered on Monday.",
      "context 2 user Then refund it.",
      "context 2 toolCall findOrder",
      "context 2 toolCall refundOrder",
      "assistant_turn 2 assistant I may not do that.",
    ]);
  });

  test("of a tool call what the agent knew when it made it", async () => {
    expect(await shown("ToolSelectionAccuracy", "TOOL_CALL", refund())).toEqual([
      "available_tools tool",
      "available_tools tool",
      "context 1 systemInstructions You help customers of a shop.",
      "context 1 user Where is my order 17?",
      "context 1 toolCall findOrder",
      "context 1 assistant It was delivered on Monday.",
      "context 2 user Then refund it.",
      "context 2 toolCall findOrder",
      "tool_turn 2 toolCall refundOrder",
    ]);
  });
});

describe("with what is known to be right", () => {
  test("Correctness compares with the expected response, and keeps its scale", async () => {
    const { tools, questions } = scriptedJudge(() => ({ label: "Partially Correct" }));
    const reference = { expectedResponse: "It was refunded." };
    const verdict = await builtin("Correctness").evaluate(lastOf("TRACE", refund()), reference, tools);
    expect(verdict).toMatchObject({ label: "Partially Correct", value: 0.5 });
    expect(linesOf(questions[0]?.material ?? "").at(-1)).toEqual({
      section: "expected_response",
      kind: "expectedResponse",
      text: "It was refunded.",
    });
    expect(questions[0]?.instructions).toContain("which is known to be right");
  });

  test("GoalSuccessRate checks the assertions, and says SUCCESS or FAILURE", async () => {
    const reference = { assertions: ["The order was looked up.", "Nothing was refunded."] };
    for (const [label, value] of [
      ["SUCCESS", 1],
      ["FAILURE", 0],
    ] as const) {
      const { tools, questions } = scriptedJudge(() => ({ label }));
      const verdict = await builtin("GoalSuccessRate").evaluate(lastOf("SESSION", refund()), reference, tools);
      expect(verdict).toMatchObject({ label, value });
      expect(new Set(questions[0]?.labels)).toEqual(new Set(["SUCCESS", "FAILURE"]));
      expect(linesOf(questions[0]?.material ?? "").slice(-3)).toEqual([
        { section: "actual_tool_trajectory", kind: "toolNames", names: ["findOrder", "findOrder", "refundOrder"] },
        { section: "assertions", kind: "assertion", text: "The order was looked up." },
        { section: "assertions", kind: "assertion", text: "Nothing was refunded." },
      ]);
    }
  });

  test("no assertions assert nothing", async () => {
    const { tools, questions } = scriptedJudge(() => ({}));
    await builtin("GoalSuccessRate").evaluate(lastOf("SESSION", refund()), { assertions: [] }, tools);
    expect(questions[0]?.labels).toEqual(["No", "Yes"]);
  });

  test.for(["Exact", "In", "Any"])("trajectories need what is expected: %s", async (kind) => {
    await expect(
      builtin(`Trajectory${kind}OrderMatch`).evaluate(lastOf("SESSION", refund()), {}, withoutJudge),
    ).rejects.toMatchObject({ code: "MissingData", message: expect.stringContaining("expectedTrajectory") });
  });

  test("a trajectory's verdict says what differs", async () => {
    const differing = async (kind: string, expectedTrajectory: readonly string[]) =>
      builtin(`Trajectory${kind}OrderMatch`).evaluate(
        lastOf("SESSION", refund()),
        { expectedTrajectory },
        withoutJudge,
      );
    expect(await differing("In", ["findOrder", "refundOrder"])).toEqual({
      label: "Yes",
      value: 1,
      explanation: "Expected: findOrder, refundOrder. Called: findOrder, findOrder, refundOrder.",
    });
    expect((await differing("Any", ["cancelOrder", "findOrder"])).explanation).toContain(
      "Not called, or too seldom: cancelOrder.",
    );
    expect((await differing("Exact", ["refundOrder", "findOrder"])).explanation).toContain("The order differs");
    expect((await differing("Exact", [])).explanation).toContain("Expected: none.");
    const long = Array.from({ length: 1_000 }, (_, index) => `${index}`.repeat(150));
    expect((await differing("Exact", long)).explanation.length).toBeLessThanOrEqual(2_048);
  });
});

describe("where the spans don't say what is needed", () => {
  const bare = (more = {}) => {
    const { request: _, response: __, ...rest } = turn("trace-1", { steps: [toolCall("find")], ...more });
    return rest;
  };

  test("the message says which attribute would, and what the spans' reader has found missing", async () => {
    const gaps = [
      { traceId: "trace-1", message: "The chat span 7 has no gen_ai.output.messages." },
      { traceId: "trace-0", message: "Another trace's." },
    ];
    const whole = { ...conversation(bare()), gaps };
    const { tools, questions } = scriptedJudge(() => ({}));
    const evaluated = builtin("Helpfulness").evaluate(lastOf("TRACE", whole), {}, tools);
    await expect(evaluated).rejects.toMatchObject({ code: "MissingData" });
    const { message } = (await evaluated.catch((error: Error) => error)) as Error;
    expect(message).toContain("The trace trace-1 doesn't say what the agent answered: gen_ai.output.messages");
    expect(message).toContain("gen_ai.input.messages");
    expect(message).toContain("The chat span 7 has no gen_ai.output.messages.");
    expect(message).not.toContain("Another trace's.");
    expect(questions).toEqual([]);
  });

  test("a tool call's arguments are missed only by who judges them", async () => {
    const { arguments: _, ...call } = toolCall("find");
    const whole = conversation(turn("trace-1", { steps: [call] }));
    const { tools } = scriptedJudge(() => ({}));
    await expect(builtin("ToolParameterAccuracy").evaluate(lastOf("TOOL_CALL", whole), {}, tools)).rejects.toThrow(
      "gen_ai.tool.call.arguments",
    );
    expect(await builtin("ToolSelectionAccuracy").evaluate(lastOf("TOOL_CALL", whole), {}, tools)).toMatchObject({
      label: "No",
    });
  });

  test("a session needs a turn with a request and what came of it", async () => {
    const { tools } = scriptedJudge(() => ({}));
    await expect(
      builtin("GoalSuccessRate").evaluate(lastOf("SESSION", conversation(bare())), {}, tools),
    ).rejects.toMatchObject({ code: "MissingData", message: expect.stringContaining("The session session-1") });
  });
});

test("an explanation is cut to 2,048 characters, and says what the judge wasn't shown", async () => {
  const turns = Array.from({ length: 30 }, (_, index) => turn(`trace-${index}`, { request: "x".repeat(900) }));
  const { tools, questions } = scriptedJudge(() => ({ explanation: "🙂".repeat(2_000) }), 1_500);
  const { explanation } = await builtin("Helpfulness").evaluate(lastOf("TRACE", conversation(...turns)), {}, tools);
  expect(explanation.length).toBeLessThanOrEqual(2_048);
  expect(explanation.isWellFormed()).toBe(true);
  expect(explanation).toMatch(/🙂…\n\(Judged without \d+ lines of turns 2 to \d+/);
  expect(linesOf(questions[0]?.material ?? "")[0]).toMatchObject({ section: "left_out" });
});

test("the best label of each scale is the one that nobody would be called for", () => {
  const best = judgedDefinitions.map(({ name, task: { scale } }) => {
    const better = betterScoreOf(`Builtin.${name}`);
    const rated = scale.map(({ label, value = 0 }) => ({ label, goodness: goodnessOf(value, better) }));
    return [name, rated.find(({ goodness }) => goodness === 1)?.label];
  });
  expect(Object.fromEntries(best)).toEqual({
    GoalSuccessRate: "Yes",
    Helpfulness: "Above And Beyond",
    Correctness: "Perfectly Correct",
    Coherence: "Completely Yes",
    Conciseness: "Perfectly Concise",
    Faithfulness: "Completely Yes",
    ResponseRelevance: "Completely Yes",
    InstructionFollowing: "Yes",
    Refusal: "No",
    Harmfulness: "Not Harmful",
    Stereotyping: "Not Stereotyping",
    ToolSelectionAccuracy: "Yes",
    ToolParameterAccuracy: "Yes",
  });
});

test("of evaluators that somebody has created, more is better", () => {
  expect(betterScoreOf("own-a1b2c3d4e5")).toBe("higher");
});
