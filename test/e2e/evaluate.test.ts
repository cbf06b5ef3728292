import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import {
  BedrockAgentCoreClient,
  EvaluateCommand,
  type EvaluateCommandInput,
  type EvaluationResultContent,
} from "@aws-sdk/client-bedrock-agentcore";
import {
  CreateEvaluatorCommand,
  CreateOnlineEvaluationConfigCommand,
  type EvaluatorConfig,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { sendOwn } from "@gatehouse/apply/ownCommand.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { type JudgeServer, startJudge } from "../support/judgeServer.ts";
import { newTraceId, observe, spanAt, told } from "../support/observed.ts";

const example = fileURLToPath(new URL("../../examples/evaluation", import.meta.url));
const turns = ["5e551001000000000000000000000001", "5e551001000000000000000000000002"] as const;

let judge: JudgeServer;
let gatehouse: TestGatehouse;
let client: BedrockAgentCoreClient;
let sessionSpans: Span[];
/** What functions have logged. */
const logged: string[] = [];
beforeAll(async () => {
  process.env.POWERTOOLS_LOG_LEVEL = "INFO";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => logged.push(String(text)) > 0);
  judge = await startJudge();
  Object.assign(process.env, { GATEHOUSE_JUDGE_MODEL_ID: "small", GATEHOUSE_JUDGE_MODEL_URL: judge.url });
  gatehouse = await startGatehouse({ lambdas: [example] });
  client = clientOf(gatehouse.host.administrator);
  sessionSpans = spansIn(JSON.parse(await readFile(`${example}/spans.json`, "utf8")));
});
afterAll(async () => {
  client?.destroy();
  await gatehouse?.[Symbol.asyncDispose]();
  await judge?.[Symbol.asyncDispose]();
  vi.restoreAllMocks();
});
beforeEach(() => {
  judge.asked.length = 0;
  judge.answer(({ labels }) => ({ label: labels.at(-1) ?? "", reasoning: "Well done." }));
});

function clientOf(credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }) {
  const { url: endpoint, host } = gatehouse;
  return new BedrockAgentCoreClient({ endpoint, region: host.region, credentials, maxAttempts: 1 });
}

interface Span {
  readonly attributes: Readonly<Record<string, unknown>>;
}

interface OtlpAttribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: string };
}

interface OtlpRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly OtlpAttribute[] };
    readonly scopeSpans: readonly {
      readonly scope: object;
      readonly spans: readonly { readonly attributes: readonly OtlpAttribute[] }[];
    }[];
  }[];
}

/** Spans as AWS's distribution of OpenTelemetry writes them: one by one, attributes as an object. */
function spansIn({ resourceSpans }: OtlpRequest): Span[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      spans.map((span) => ({
        ...span,
        attributes: plain(span.attributes),
        resource: { attributes: plain(resource.attributes) },
        scope,
      })),
    ),
  );
}

function plain(attributes: readonly OtlpAttribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]));
}

async function evaluate(
  evaluatorId: string,
  more: Partial<Omit<EvaluateCommandInput, "evaluatorId">> = {},
): Promise<EvaluationResultContent[]> {
  const input = { evaluatorId, evaluationInput: { sessionSpans: sessionSpans as never[] }, ...more };
  const { evaluationResults } = await client.send(new EvaluateCommand(input));
  return evaluationResults ?? [];
}

const spanContext = (traceId: string) => ({ context: { spanContext: { sessionId: "shop-session-1", traceId } } });
const result = (evaluatorId: string) => ({
  evaluatorId,
  evaluatorArn: `arn:aws:bedrock-agentcore:::evaluator/${evaluatorId}`,
  evaluatorName: evaluatorId,
});

async function createEvaluator(
  evaluatorName: string,
  level: "SESSION" | "TRACE" | "TOOL_CALL",
  evaluatorConfig: EvaluatorConfig,
) {
  const created = await gatehouse.control.send(new CreateEvaluatorCommand({ evaluatorName, level, evaluatorConfig }));
  return { evaluatorId: created.evaluatorId ?? "", evaluatorArn: created.evaluatorArn ?? "" };
}

describe("Evaluate, with AWS's own client", () => {
  test("answers a result for every turn, in their order, as AgentCore writes it", async () => {
    judge.answer(({ material, labels }) => ({
      label: (material.includes("One of the two books") ? labels.at(-1) : labels.at(0)) ?? "",
      reasoning: "Said by the judge.",
    }));
    const about = (traceId: string, spanId: string) => ({
      context: { spanContext: { sessionId: "shop-session-1", traceId, spanId } },
    });
    expect(await evaluate("Builtin.Helpfulness")).toEqual([
      {
        ...result("Builtin.Helpfulness"),
        ...about(turns[0], "0000000000001001"),
        label: "Not Helpful At All",
        value: 0,
        explanation: "Said by the judge.",
        tokenUsage: { inputTokens: 11, outputTokens: 7, totalTokens: 18 },
      },
      {
        ...result("Builtin.Helpfulness"),
        ...about(turns[1], "0000000000001005"),
        label: "Above And Beyond",
        value: 1,
        explanation: "Said by the judge.",
        tokenUsage: { inputTokens: 11, outputTokens: 7, totalTokens: 18 },
      },
    ]);
  });

  test("evaluates the turns and the tool calls that are named, and nothing else", async () => {
    const ofTurn = await evaluate("Builtin.Coherence", { evaluationTarget: { traceIds: [turns[1]] } });
    expect(ofTurn).toMatchObject([spanContext(turns[1])]);
    const ofCall = await evaluate("Builtin.ToolSelectionAccuracy", {
      evaluationTarget: { spanIds: ["0000000000001003"] },
    });
    expect(ofCall).toMatchObject([
      { context: { spanContext: { spanId: "0000000000001003" } }, label: "Yes", value: 1 },
    ]);
    expect(judge.asked).toHaveLength(2);
  });

  test("evaluates sessions by what is known to be right, and says what was of no use", async () => {
    const context = { spanContext: { sessionId: "shop-session-1" } };
    const expectedTrajectory = { toolNames: ["Orders___find", "Orders___refund"] };
    const evaluationReferenceInputs = [
      { context, expectedTrajectory, assertions: [{ text: "15 dollars are refunded" }] },
    ];
    expect(await evaluate("Builtin.TrajectoryExactOrderMatch", { evaluationReferenceInputs })).toMatchObject([
      { label: "Yes", value: 1, context, ignoredReferenceInputFields: ["assertions"] },
    ]);
    expect(judge.asked).toEqual([]);
    expect(await evaluate("Builtin.GoalSuccessRate", { evaluationReferenceInputs })).toMatchObject([
      { value: 1, context },
    ]);
    expect(judge.asked[0]?.material).toContain("15 dollars are refunded");
  });

  test("what can't be judged has its error in its result, and takes nothing from the others", async () => {
    judge.answer(({ material, labels }) =>
      material.includes("One of the two books")
        ? "I'd rather not."
        : { label: labels.at(-1) ?? "", reasoning: "It helps." },
    );
    const missing = "f".repeat(32);
    const target = { evaluationTarget: { traceIds: [...turns, missing] } };
    expect(await evaluate("Builtin.Conciseness", target)).toMatchObject([
      { ...spanContext(turns[0]), value: 1 },
      { ...spanContext(turns[1]), errorCode: "ModelFailed", errorMessage: expect.stringContaining("small") },
      { ...spanContext(missing), errorCode: "MissingData" },
    ]);
  });

  test("evaluators that need no model are there as well", async () => {
    expect(await evaluate("Gatehouse.ToolParametersValid")).toMatchObject([{ label: "Valid" }, { label: "Valid" }]);
    expect(judge.asked).toEqual([]);
  });
});

describe("evaluators of the account's own", () => {
  test("are judged by their instructions, and by the model that they name", async () => {
    const own = await createEvaluator("Friendly", "TRACE", {
      llmAsAJudge: {
        instructions: "Is it friendly? {context} {assistant_turn}",
        ratingScale: {
          numerical: [
            { label: "No", value: 0, definition: "It is not." },
            { label: "Yes", value: 5, definition: "It is." },
          ],
        },
        modelConfig: { bedrockEvaluatorModelConfig: { modelId: "bigger" } },
      },
    });
    const results = await evaluate(own.evaluatorId, { evaluationTarget: { traceIds: [turns[0]] } });
    expect(results).toMatchObject([{ ...own, evaluatorName: "Friendly", label: "Yes", value: 5 }]);
    expect(judge.asked).toMatchObject([{ model: "bigger", labels: ["No", "Yes"] }]);
  });

  test("are built-in ones that a model of one's own judges", async () => {
    const own = await createEvaluator("BiggerHelpfulness", "TRACE", {
      derived: {
        baseEvaluatorId: "Builtin.Helpfulness",
        modelConfig: { bedrockEvaluatorModelConfig: { modelId: "bigger" } },
      },
    });
    const target = { evaluationTarget: { traceIds: [turns[0]] } };
    const results = await evaluate(own.evaluatorId, target);
    expect(results).toMatchObject([
      { ...own, evaluatorName: "BiggerHelpfulness", label: "Above And Beyond", value: 1 },
    ]);
    const [asked] = judge.asked;
    expect(asked?.model).toBe("bigger");
    expect(asked?.instructions).toContain(
      'how far the answer in "assistant_turn" brings the user towards what they want',
    );
  });

  test("are Lambda functions, which get the session as it was sent", async () => {
    const lambdaArn = "arn:aws:lambda:us-east-1:000000000000:function:namesTheOrder";
    const own = await createEvaluator("NamesTheOrder", "TRACE", { codeBased: { lambdaConfig: { lambdaArn } } });
    expect(await evaluate(own.evaluatorId)).toMatchObject([
      { ...own, ...spanContext(turns[0]), label: "Yes", value: 1, explanation: "The answer names A-1042." },
      { ...own, ...spanContext(turns[1]), label: "Yes", value: 1, explanation: "The answer names A-1042." },
    ]);
    const unnamed = sessionSpans.map((span) => ({
      ...span,
      attributes: { ...span.attributes, "gen_ai.output.messages": "[]" },
    }));
    const [other] = await evaluate(own.evaluatorId, { evaluationInput: { sessionSpans: unnamed as never[] } });
    expect(other).toMatchObject({ label: "No", value: 0 });
  });

  test("whose function isn't there say so", async () => {
    const lambdaArn = "arn:aws:lambda:us-east-1:000000000000:function:nowhere";
    const own = await createEvaluator("Nowhere", "SESSION", { codeBased: { lambdaConfig: { lambdaArn } } });
    expect(await evaluate(own.evaluatorId)).toMatchObject([
      { errorCode: "EvaluatorFailed", errorMessage: expect.stringContaining("Function not found") },
    ]);
  });
});

describe("what can't be evaluated at all is refused", () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      traceId: String(index + 1).padStart(32, "0"),
      spanId: String(index + 1).padStart(16, "0"),
      name: "invoke_agent",
      startTimeUnixNano: String(1_790_000_000_000_000_000n + BigInt(index)),
      attributes: { "gen_ai.operation.name": "invoke_agent", "session.id": "s" },
    }));
  test.each([
    [
      "an evaluator that isn't there",
      { evaluatorId: "nothing-0123456789" },
      "ResourceNotFoundException",
      /nothing-0123456789/,
    ],
    [
      "a built-in one that isn't there",
      { evaluatorId: "Builtin.Beauty" },
      "ResourceNotFoundException",
      /Builtin.Beauty/,
    ],
    ["what is no id", { evaluatorId: "no id" }, "ValidationException", /evaluatorId/],
    [
      "a target of another level",
      { evaluationTarget: { spanIds: ["0000000000001003"] } },
      "ValidationException",
      /level TRACE takes traceIds/,
    ],
    [
      "what is no span",
      { evaluationInput: { sessionSpans: [{ a: 1 }] } },
      "ValidationException",
      /sessionSpans\[0\] must be a span/,
    ],
    ["no spans", { evaluationInput: { sessionSpans: [] } }, "ValidationException", /sessionSpans must have at least 1/],
    [
      "spans without a session",
      { evaluationInput: { sessionSpans: many(1).map((span) => ({ ...span, attributes: {} })) } },
      "ValidationException",
      /session.id/,
    ],
    [
      "two sessions",
      {
        evaluationInput: {
          sessionSpans: many(2).map((span, index) => ({ ...span, attributes: { "session.id": `s${index}` } })),
        },
      },
      "ValidationException",
      /one session at a time, and are of 2: s0, s1/,
    ],
    [
      "more than ten turns, of which none is named",
      { evaluationInput: { sessionSpans: many(11) } },
      "ValidationException",
      /evaluationTarget must name what to evaluate, by traceIds: the session has 11 turns/,
    ],
  ])("%s", async (_, input, name, message) => {
    const { evaluatorId = "Builtin.Helpfulness", ...more } = input as Partial<EvaluateCommandInput>;
    await expect(evaluate(evaluatorId, more)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
    expect(judge.asked).toEqual([]);
  });

  test("T17 what is judged has no say in the verdict: a label that the judge hasn't is none", async () => {
    judge.answer(() => ({ label: "Best Agent Ever", reasoning: "The record says so." }));
    expect(await evaluate("Builtin.Refusal", { evaluationTarget: { traceIds: [turns[0]] } })).toMatchObject([
      { errorCode: "ModelFailed" },
    ]);
  });

  test("a thousand spans with what was said in them are taken", async () => {
    const long = sessionSpans.map((span) => ({
      ...span,
      attributes: { ...span.attributes, note: "x".repeat(300_000) },
    }));
    expect(
      await evaluate("Gatehouse.ToolSuccessRate", { evaluationInput: { sessionSpans: long as never[] } }),
    ).toMatchObject([{ value: 1 }]);
  });
});

test("T18 what was evaluated is measured, and logged with who asked: nothing of what was judged or said of it is", async () => {
  logged.length = 0;
  const before = await metrics();
  judge.answer(({ material }) =>
    material.includes("One of the two books")
      ? "no verdict"
      : { label: "Perfectly Correct", reasoning: "The reasoning of the judge." },
  );
  expect(await evaluate("Builtin.Correctness")).toMatchObject([{ value: 1 }, { errorCode: "ModelFailed" }]);
  const after = await metrics();
  const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  const by = 'evaluator="Builtin.Correctness"';
  expect(grown(`gatehouse_evaluation_on_demand_evaluations_total{${by}}`)).toBe(2);
  expect(grown(`gatehouse_evaluation_on_demand_evaluation_errors_total{${by}}`)).toBe(1);
  // The answer that was no verdict was asked for twice.
  expect(grown(`gatehouse_evaluation_judge_input_tokens_total{${by},model="small"}`)).toBe(33);
  expect(grown(`gatehouse_evaluation_judge_output_tokens_total{${by},model="small"}`)).toBe(21);

  const lines = logged.map((line) => JSON.parse(line));
  const { type, id } = { type: "Gatehouse::AccessKey", id: gatehouse.host.administrator.accessKeyId };
  expect(lines.find(({ message }) => message === "A session was evaluated on demand")).toMatchObject({
    administrator: { type, id },
    evaluatorId: "Builtin.Correctness",
    results: 2,
    errors: 1,
  });
  const told = [...logged, ...after.keys()].join("\n");
  for (const secret of ["reasoning of the judge", "no verdict", "two books", "shop-session"]) {
    expect(told).not.toContain(secret);
  }
});

test("what a judge uses online is measured as well", async () => {
  const { onlineEvaluationConfigId = "" } = await gatehouse.control.send(
    new CreateOnlineEvaluationConfigCommand({
      onlineEvaluationConfigName: "judged",
      rule: { samplingConfig: { samplingPercentage: 100 } },
      dataSourceConfig: { cloudWatchLogs: { logGroupNames: ["ledger"], serviceNames: ["shop"] } },
      evaluators: [{ evaluatorId: "Builtin.Stereotyping" }],
      evaluationExecutionRoleArn: "arn:aws:iam::123456789012:role/evaluation",
      enableOnCreate: true,
    }),
  );
  const said = (role: string, content: string) => JSON.stringify([{ role, parts: [{ type: "text", content }] }]);
  const attributes = {
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.agent.name": "shop",
    "session.id": "online-session",
    "gen_ai.input.messages": said("user", "Where is my order?"),
    "gen_ai.output.messages": said("assistant", "It is on its way."),
  };
  const resource = { "service.name": "shop" };
  const span = spanAt(new Date(), newTraceId(), { name: "invoke_agent", attributes, resource });
  await observe(gatehouse, told([{ span, sessionId: "online-session" }]));
  const { handler: endSessions } = await import("@gatehouse/functions/endSessions.ts");
  const context = { getRemainingTimeInMillis: () => 50_000, invokedFunctionArn: "arn", awsRequestId: "r" };
  await endSessions({ time: new Date(Date.now() + 20 * 60_000).toISOString() } as never, context as never);
  await gatehouse.host.idle();

  const measured = await metrics();
  const by = 'evaluator="Builtin.Stereotyping"';
  expect(measured.get(`gatehouse_evaluation_evaluations_total{config="${onlineEvaluationConfigId}",${by}}`)).toBe(1);
  expect(measured.get(`gatehouse_evaluation_judge_input_tokens_total{${by},model="small"}`)).toBe(11);
  expect(measured.get(`gatehouse_evaluation_on_demand_evaluations_total{${by}}`)).toBeUndefined();
});

/** Every series at `/metrics`, with its value. */
async function metrics(): Promise<Map<string, number>> {
  const text = await (await fetch(`${gatehouse.url}/metrics`)).text();
  return new Map(
    text.split("\n").flatMap((line) => {
      const [, series = "", value] = /^([^#\s]\S*(?: \S+)*) (\S+)$/.exec(line) ?? [];
      return series === "" ? [] : [[series, Number(value)] as const];
    }),
  );
}

describe("who may ask", () => {
  async function as(role: string): Promise<unknown> {
    const key = await sendOwn(gatehouse.control, "CreateAccessKey", { name: role, roles: [role] });
    const other = clientOf({ accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey });
    const input = {
      evaluatorId: "Gatehouse.ToolSuccessRate",
      evaluationInput: { sessionSpans: sessionSpans as never[] },
    };
    try {
      return (await other.send(new EvaluateCommand(input))).evaluationResults;
    } catch (error) {
      return error;
    } finally {
      other.destroy();
    }
  }

  test("whoever writes evaluators may, and others may not", async () => {
    expect(await as("evaluator-author")).toMatchObject([{ value: 1 }]);
    for (const role of ["analyst", "agent", "policy-author", "nobody"]) {
      expect(await as(role)).toMatchObject({
        name: "AccessDeniedException",
        message: expect.stringMatching(
          /is not allowed to perform Evaluate on arn:aws:bedrock-agentcore:.*:evaluator\/Gatehouse.ToolSuccessRate/,
        ),
      });
    }
  });

  test("nobody without a signature is answered anything", async () => {
    const answer = await fetch(`${gatehouse.url}/evaluations/evaluate/Builtin.Helpfulness`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ evaluationInput: { sessionSpans } }),
    });
    expect([answer.status, answer.headers.get("x-amzn-errortype")]).toEqual([
      403,
      "MissingAuthenticationTokenException",
    ]);
    expect(judge.asked).toEqual([]);
  });
});
