import { describe, expect, test } from "vitest";
import { evaluateSubjects, type ReferenceInput } from "./evaluate.ts";
import {
  EvaluationError,
  type EvaluationErrorCode,
  type Evaluator,
  type Reference,
  type Subject,
} from "./evaluator.ts";
import { builtinEvaluator } from "./evaluators/builtin.ts";
import { conversation, refund, scriptedJudge, toolCall, turn, withoutJudge } from "./evaluators/testing.ts";

function builtin(id: string): Evaluator {
  const found = builtinEvaluator(id);
  if (found === undefined) throw new Error(`There is no ${id}.`);
  return found;
}

const helpfulness = builtin("Builtin.Helpfulness");
const toolSelection = builtin("Builtin.ToolSelectionAccuracy");

/** An evaluator that keeps what it was given. */
function recording(level: Evaluator["level"], more: Partial<Evaluator> = {}) {
  const seen: { subject: Subject; reference: Reference }[] = [];
  const evaluator: Evaluator = {
    id: "seen-0123456789",
    arn: "arn:seen",
    name: "seen",
    level,
    needsReference: false,
    async evaluate(subject, reference) {
      seen.push({ subject, reference });
      return { label: "Seen", explanation: "" };
    },
    ...more,
  };
  return { evaluator, seen };
}

describe("the subjects of a conversation", () => {
  test("a session is one", async () => {
    const { evaluator, seen } = recording("SESSION");
    const whole = refund();
    const results = await evaluateSubjects({ evaluator, conversation: whole }, withoutJudge);
    expect(results).toEqual([
      {
        evaluatorId: "seen-0123456789",
        evaluatorArn: "arn:seen",
        evaluatorName: "seen",
        context: { spanContext: { sessionId: "session-1" } },
        label: "Seen",
        explanation: "",
      },
    ]);
    expect(seen[0]?.subject).toEqual({ level: "SESSION", conversation: whole });
  });

  test("turns are, each with what was before it", async () => {
    const { evaluator, seen } = recording("TRACE");
    const results = await evaluateSubjects({ evaluator, conversation: refund() }, withoutJudge);
    expect(results.map(({ context }) => context.spanContext.traceId)).toEqual(["trace-1", "trace-2"]);
    expect(seen.map(({ subject }) => subject.conversation.turns.length)).toEqual([1, 2]);
  });

  test("tool calls are, each without what came after it", async () => {
    const { evaluator, seen } = recording("TOOL_CALL");
    const results = await evaluateSubjects({ evaluator, conversation: refund() }, withoutJudge);
    expect(results.map(({ context }) => context.spanContext)).toEqual([
      { sessionId: "session-1", traceId: "trace-1", spanId: "call-1" },
      { sessionId: "session-1", traceId: "trace-2", spanId: "call-2" },
      { sessionId: "session-1", traceId: "trace-2", spanId: "call-3" },
    ]);
    const known = seen.map(({ subject }) =>
      subject.conversation.turns.map(({ steps, response }) => [steps.length, response]),
    );
    expect(known).toEqual([
      [[1, undefined]],
      [
        [1, "It was delivered on Monday."],
        [1, undefined],
      ],
      [
        [1, "It was delivered on Monday."],
        [2, undefined],
      ],
    ]);
  });

  test("a target chooses among them, in its order, and what isn't there is said", async () => {
    const { evaluator } = recording("TRACE");
    const target = { traceIds: ["trace-2", "trace-9", "trace-2", "trace-1"] };
    const results = await evaluateSubjects({ evaluator, conversation: refund(), target }, withoutJudge);
    expect(results.map(({ context, label, errorCode }) => [context.spanContext.traceId, label, errorCode])).toEqual([
      ["trace-2", "Seen", undefined],
      ["trace-9", undefined, "MissingData"],
      ["trace-1", "Seen", undefined],
    ]);
    const calls = recording("TOOL_CALL");
    const spans = {
      evaluator: calls.evaluator,
      conversation: refund(),
      target: { spanIds: ["call-3", "span-trace-1"] },
    };
    expect(await evaluateSubjects(spans, withoutJudge)).toMatchObject([
      { context: { spanContext: { spanId: "call-3" } }, label: "Seen" },
      { context: { spanContext: { spanId: "span-trace-1" } }, errorCode: "MissingData" },
    ]);
  });

  test.for<[Evaluator["level"], object, string]>([
    ["SESSION", { traceIds: ["trace-1"] }, "takes no evaluationTarget"],
    ["TRACE", { spanIds: ["call-1"] }, "takes traceIds"],
    ["TOOL_CALL", { traceIds: ["trace-1"] }, "takes spanIds"],
  ])("a target of another level than %s is refused", async ([level, target, message]) => {
    const { evaluator } = recording(level);
    await expect(evaluateSubjects({ evaluator, conversation: refund(), target }, withoutJudge)).rejects.toMatchObject({
      code: "validation",
      message: expect.stringContaining(message),
    });
  });

  test("of more than ten the last ten are evaluated", async () => {
    const turns = Array.from({ length: 25 }, (_, index) => turn(`trace-${index}`));
    const { evaluator } = recording("TRACE");
    const results = await evaluateSubjects({ evaluator, conversation: conversation(...turns) }, withoutJudge);
    expect(results.map(({ context }) => context.spanContext.traceId)).toEqual(
      turns.slice(15).map(({ traceId }) => traceId),
    );
    const all = await evaluateSubjects({ evaluator, conversation: conversation(...turns), most: 100 }, withoutJudge);
    expect(all).toHaveLength(25);
  });

  test("a conversation without tool calls has none of them; one without turns says what is missing", async () => {
    const quiet = { evaluator: toolSelection, conversation: conversation(turn("trace-1")) };
    expect(await evaluateSubjects(quiet, withoutJudge)).toEqual([]);
    const gaps = [{ traceId: "trace-1", message: "No span has session.id." }];
    const empty = { evaluator: toolSelection, conversation: { ...conversation(), gaps } };
    expect(await evaluateSubjects(empty, withoutJudge)).toMatchObject([
      {
        context: { spanContext: { sessionId: "session-1" } },
        errorCode: "MissingData",
        errorMessage: expect.stringContaining("No span has session.id."),
      },
    ]);
  });
});

describe("failures", () => {
  test("are said in their result, and take nothing from the others", async () => {
    const { tools } = scriptedJudge(({ material }) => {
      if (material.includes("Then refund it.")) throw new EvaluationError("ModelFailed", "The model refused.");
      return { label: "Very Helpful" };
    });
    const results = await evaluateSubjects({ evaluator: helpfulness, conversation: refund() }, tools);
    expect(results).toMatchObject([
      { label: "Very Helpful", value: 0.833, tokenUsage: { inputTokens: 11, outputTokens: 7, totalTokens: 18 } },
      { errorCode: "ModelFailed", errorMessage: "The model refused." },
    ]);
    expect(results[1]).not.toHaveProperty("label");
  });

  test("without a judge each says what to configure", async () => {
    const results = await evaluateSubjects({ evaluator: helpfulness, conversation: refund() }, withoutJudge);
    expect(results).toHaveLength(2);
    for (const result of results) {
      expect(result).toMatchObject({ errorCode: "ModelNotConfigured" });
      expect(result.errorMessage).toContain("GATEHOUSE_JUDGE_MODEL_ID");
    }
  });

  test("T18 that nobody foresaw say nothing of what was judged", async () => {
    const { evaluator } = recording("TRACE", {
      evaluate: async ({ conversation: { turns } }) => {
        throw new TypeError(`Unexpected: ${turns.at(-1)?.request}`);
      },
    });
    const results = await evaluateSubjects({ evaluator, conversation: refund() }, withoutJudge);
    expect(results[0]).toMatchObject({
      errorCode: "EvaluatorFailed",
      errorMessage: "seen-0123456789 failed with an unforeseen TypeError.",
    });
    expect(JSON.stringify(results)).not.toMatch(/order 17|refund it/);
  });

  test("have messages of 2,048 characters at most", async () => {
    const code: EvaluationErrorCode = "EvaluatorFailed";
    const { evaluator } = recording("SESSION", {
      evaluate: async () => {
        throw new EvaluationError(code, "x".repeat(5_000));
      },
    });
    const [result] = await evaluateSubjects({ evaluator, conversation: refund() }, withoutJudge);
    expect(result?.errorMessage).toHaveLength(2_048);
  });

  test("an abort ends everything", async () => {
    const controller = new AbortController();
    const { evaluator } = recording("TRACE", {
      evaluate: async () => {
        controller.abort(new Error("enough"));
        throw new Error("aborted by the model's client");
      },
    });
    const tools = { signal: controller.signal };
    await expect(evaluateSubjects({ evaluator, conversation: refund() }, tools)).rejects.toThrow("enough");
  });
});

test("at most four are judged at once, and the results keep the order of their subjects", async () => {
  let running = 0;
  let most = 0;
  const waiting: (() => void)[] = [];
  const { evaluator } = recording("TRACE", {
    async evaluate(subject) {
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        // The last of those that run is let go first, so that they end in another order than they began.
        if (waiting.length === Math.min(4, 10 - ended)) release();
      });
      running--;
      return { label: subject.level === "TRACE" ? subject.turn.traceId : "", explanation: "" };
    },
  });
  let ended = 0;
  const release = () => {
    ended += 1;
    waiting.pop()?.();
  };
  const turns = Array.from({ length: 10 }, (_, index) => turn(`trace-${index}`));
  const evaluated = evaluateSubjects({ evaluator, conversation: conversation(...turns) }, withoutJudge);
  const drain = setInterval(release, 0);
  const results = await evaluated.finally(() => clearInterval(drain));
  expect(most).toBe(4);
  expect(results.map(({ label }) => label)).toEqual(turns.map(({ traceId }) => traceId));
});

describe("what is known to be right", () => {
  const references: ReferenceInput[] = [
    {
      context: { sessionId: "session-1" },
      assertions: ["one"],
      expectedTrajectory: ["findOrder"],
      expectedResponse: "last",
    },
    { context: { sessionId: "session-1", traceId: "trace-1" }, expectedResponse: "first", assertions: ["two"] },
    { context: { sessionId: "session-2" }, assertions: ["another session's"], expectedResponse: "another session's" },
  ];
  const given = async (level: Evaluator["level"], list = references) => {
    const { evaluator, seen } = recording(level);
    await evaluateSubjects({ evaluator, conversation: refund(), references: list }, withoutJudge);
    return seen.map(({ reference }) => reference);
  };

  test("of a session comes to it from all inputs of the session", async () => {
    expect(await given("SESSION")).toMatchObject([{ assertions: ["one", "two"], expectedTrajectory: ["findOrder"] }]);
  });

  test("of a turn is the expected response for its trace; one without a trace is for the last turn", async () => {
    expect((await given("TRACE")).map(({ expectedResponse }) => expectedResponse)).toEqual(["first", "last"]);
    expect((await given("TRACE", references.slice(0, 1))).map(({ expectedResponse }) => expectedResponse)).toEqual([
      undefined,
      "last",
    ]);
  });

  test("is nothing where no input is of the session", async () => {
    expect(await given("SESSION", references.slice(2))).toEqual([{}]);
  });

  test("and of no use to the evaluator is said", async () => {
    const ignored = async (id: string) => {
      const { tools } = scriptedJudge(() => ({}));
      const results = await evaluateSubjects({ evaluator: builtin(id), conversation: refund(), references }, tools);
      return results.map(({ ignoredReferenceInputFields }) => ignoredReferenceInputFields);
    };
    expect(await ignored("Builtin.Correctness")).toEqual([
      ["assertions", "expectedTrajectory"],
      ["assertions", "expectedTrajectory"],
    ]);
    expect(await ignored("Builtin.GoalSuccessRate")).toEqual([["expectedResponse", "expectedTrajectory"]]);
    expect(await ignored("Builtin.TrajectoryInOrderMatch")).toEqual([["expectedResponse", "assertions"]]);
    expect((await ignored("Builtin.Helpfulness"))[0]).toEqual(["expectedResponse", "assertions", "expectedTrajectory"]);
    const { evaluator } = recording("SESSION");
    const [result] = await evaluateSubjects({ evaluator, conversation: refund(), references }, withoutJudge);
    expect(result).not.toHaveProperty("ignoredReferenceInputFields");
  });
});

test("a verdict's cost and a panel's agreement are kept", async () => {
  const { tools } = scriptedJudge(() => ({ costNanoDollars: 1_234, agreement: 0.75 }));
  const whole = conversation(turn("trace-1", { steps: [toolCall("find")] }));
  const [result] = await evaluateSubjects({ evaluator: helpfulness, conversation: whole }, tools);
  expect(result).toMatchObject({ costNanoDollars: 1_234, agreement: 0.75 });
});
