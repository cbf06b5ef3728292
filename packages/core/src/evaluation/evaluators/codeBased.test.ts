import { LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startServer, type TestServer } from "../../gateway/targets/http/testing.ts";
import { accessKey } from "../../identity/sigv4/testing.ts";
import type { Conversation, ToolCall, Turn } from "../conversation.ts";
import type { EvaluationTools, EvaluatorLevel, SentReferenceInput, Subject } from "../evaluator.ts";
import { codeBasedEvaluator, type InvokeCode } from "./codeBased.ts";
import { lambdaCode } from "./lambdaCode.ts";

const functionName = "arn:aws:lambda:us-east-1:123456789012:function:judge";
const toolCall: ToolCall = { type: "toolCall", spanId: "b".repeat(16), startedAt: 1, tool: "search" };
const turn: Turn = {
  traceId: "a".repeat(32),
  spanId: "a".repeat(16),
  startedAt: 0,
  endedAt: 2,
  systemInstructions: [],
  availableTools: [],
  steps: [toolCall],
};
const conversation: Conversation = { sessionId: "s", turns: [turn], gaps: [] };
const subjects = {
  SESSION: { level: "SESSION", conversation },
  TRACE: { level: "TRACE", conversation, turn },
  TOOL_CALL: { level: "TOOL_CALL", conversation, turn, toolCall },
} as const satisfies Record<EvaluatorLevel, Subject>;

const about = (spanContext: SentReferenceInput["context"]["spanContext"], text: string): SentReferenceInput => ({
  context: { spanContext },
  expectedResponse: { text },
});
const referenceInputs = [
  about({ sessionId: "s" }, "of the session"),
  about({ sessionId: "s", traceId: turn.traceId }, "of the turn"),
  about({ sessionId: "s", traceId: "c".repeat(32) }, "of another turn"),
  about({ sessionId: "s", traceId: turn.traceId, spanId: toolCall.spanId }, "of the tool call"),
  about({ sessionId: "another" }, "of another session"),
];

interface Asked {
  readonly level?: EvaluatorLevel;
  readonly tools?: Partial<EvaluationTools>;
  readonly timeoutSeconds?: number;
}

function evaluate(invoke: InvokeCode, { level = "TRACE", tools = {}, timeoutSeconds }: Asked = {}) {
  const evaluator = codeBasedEvaluator(
    { id: "Judge-0123456789", arn: "arn", name: "Judge", level, functionName, timeoutSeconds },
    invoke,
  );
  const sent = { sessionSpans: [{ spanId: "x" }], referenceInputs };
  return evaluator.evaluate(subjects[level], {}, { sent, signal: new AbortController().signal, ...tools });
}

const answering = (answer: unknown) => async () => JSON.stringify(answer);

describe("what a function is sent", () => {
  test.each([
    ["SESSION", [], [], ["of the session", "of the turn", "of another turn", "of the tool call"]],
    ["TRACE", [turn.traceId], [], ["of the session", "of the turn"]],
    ["TOOL_CALL", [], [toolCall.spanId], ["of the session", "of the turn", "of the tool call"]],
  ] as const)("at the level %s is AgentCore's event", async (level, traceIds, spanIds, texts) => {
    const events: string[] = [];
    const invoke: InvokeCode = async (name, payload) => {
      expect(name).toBe(functionName);
      events.push(payload);
      return '{"label":"good"}';
    };
    await evaluate(invoke, { level });
    expect(events.map((event) => JSON.parse(event))).toEqual([
      {
        schemaVersion: "1.0",
        evaluatorId: "Judge-0123456789",
        evaluatorName: "Judge",
        evaluationLevel: level,
        evaluationInput: { sessionSpans: [{ spanId: "x" }] },
        evaluationReferenceInputs: referenceInputs.filter(({ expectedResponse }) =>
          (texts as readonly string[]).includes(expectedResponse?.text ?? ""),
        ),
        evaluationTarget: { traceIds, spanIds },
      },
    ]);
  });

  test("is nothing where it would be too large", async () => {
    let called = 0;
    const invoke = async () => String(++called);
    const sent = { sessionSpans: ["x".repeat(6 * 1024 * 1024)], referenceInputs: [] };
    await expect(evaluate(invoke, { tools: { sent } })).rejects.toMatchObject({
      code: "EvaluatorFailed",
      message: `${functionName} was not invoked: the session takes more than 6291456 bytes as JSON.`,
    });
    expect(called).toBe(0);
  });
});

describe("what a function answers", () => {
  test.each([
    [{ label: "good" }, { label: "good", explanation: "" }],
    [
      { label: "good", value: 0.5, explanation: "because" },
      { label: "good", value: 0.5, explanation: "because" },
    ],
    [
      { label: "bad", value: null, explanation: null, errorCode: null, errorMessage: null },
      { label: "bad", explanation: "" },
    ],
    [
      { label: "long", explanation: "x".repeat(3_000) },
      { label: "long", explanation: "x".repeat(2_048) },
    ],
  ])("%j is a verdict", async (answer, verdict) => {
    expect(await evaluate(answering(answer))).toEqual(verdict);
  });

  test("with an errorCode is its own error, also beside a label", async () => {
    const answer = { label: "n/a", errorCode: "NO_GROUND_TRUTH", errorMessage: "say what is right" };
    await expect(evaluate(answering(answer))).rejects.toMatchObject({
      code: "NO_GROUND_TRUTH",
      message: "say what is right",
    });
    await expect(evaluate(answering({ errorCode: "E" }))).rejects.toMatchObject({ code: "E", message: "" });
  });

  test.each([
    ["nothing", "null"],
    ["no JSON", "good"],
    ["no label", '{"value":1}'],
    ["an empty label", '{"label":""}'],
    ["a label that isn't text", '{"label":1}'],
    ["a value that isn't a number", '{"label":"good","value":"1"}'],
    ["a value that no number holds", '{"label":"good","value":1e999}'],
    ["a list", '[{"label":"good"}]'],
  ])("%s is no verdict", async (_, text) => {
    await expect(evaluate(async () => text)).rejects.toMatchObject({
      code: "EvaluatorFailed",
      message: expect.stringContaining("must answer an object with a label"),
    });
  });

  test("that is too large is no verdict", async () => {
    const text = JSON.stringify({ label: "good", more: "x".repeat(6 * 1024 * 1024) });
    await expect(evaluate(async () => text)).rejects.toMatchObject({ code: "EvaluatorFailed" });
  });
});

test("a function that doesn't answer in time is left behind, whether it hears of it or not", async () => {
  let heard: AbortSignal | undefined;
  const invoke: InvokeCode = (_, __, signal) => {
    heard = signal;
    return new Promise(() => {});
  };
  await expect(evaluate(invoke, { timeoutSeconds: 0.01 })).rejects.toMatchObject({
    code: "EvaluatorFailed",
    message: `${functionName} did not answer within 0.01 seconds.`,
  });
  expect(heard?.aborted).toBe(true);
});

test("nobody waits for a function once there is no more time for the evaluation", async () => {
  const late = new AbortController();
  const invoke: InvokeCode = () => {
    late.abort();
    return new Promise(() => {});
  };
  await expect(evaluate(invoke, { tools: { signal: late.signal } })).rejects.toMatchObject({
    code: "EvaluatorFailed",
    message: `${functionName} was given no more time.`,
  });
});

describe("a Lambda function", () => {
  let server: TestServer;
  let client: LambdaClient;
  let answer: { readonly body: string; readonly error?: string };
  beforeAll(async () => {
    server = await startServer((_, __, response) => {
      if (answer.error !== undefined) response.setHeader("x-amz-function-error", answer.error);
      response.end(answer.body);
    });
    client = new LambdaClient({ region: "us-east-1", endpoint: server.url, credentials: accessKey, maxAttempts: 1 });
  });
  afterAll(async () => {
    client.destroy();
    await server[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    server.received.length = 0;
  });

  test("is invoked by its ARN, with the event as its payload", async () => {
    answer = { body: '{"label":"good","value":1}' };
    expect(await evaluate(lambdaCode(client))).toEqual({ label: "good", value: 1, explanation: "" });
    const [{ path, body } = { path: "", body: "{}" }] = server.received;
    expect(decodeURIComponent(path)).toBe(`/2015-03-31/functions/${functionName}/invocations`);
    expect(JSON.parse(body)).toMatchObject({ schemaVersion: "1.0", evaluationLevel: "TRACE" });
  });

  test.each([
    ['{"errorType":"TypeError","errorMessage":"x is not a function"}', "x is not a function"],
    ["it broke", "it broke"],
  ])("that fails with %s has failed", async (body, message) => {
    answer = { body, error: "Unhandled" };
    await expect(evaluate(lambdaCode(client))).rejects.toMatchObject({
      code: "EvaluatorFailed",
      message: `${functionName} failed: ${message}.`,
    });
  });
});
