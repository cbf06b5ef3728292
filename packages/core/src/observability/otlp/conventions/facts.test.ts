import { describe, expect, test } from "vitest";
import type { Span } from "../../spans/span.ts";
import { testSpan } from "../testing.ts";
import { factsOf } from "./facts.ts";
import { sessionOf } from "./session.ts";

const facts = (attributes: Span["attributes"], parts: Partial<Span> = {}) =>
  factsOf(testSpan({ attributes, ...parts }));
const modelCall = {
  type: "modelCall",
  agent: "shipments",
  provider: "openai",
  model: "gpt-4o-mini",
  inputTokens: 100,
  outputTokens: 10,
  costNanoDollars: 100 * 150 + 10 * 600,
  durationMicroseconds: 1_500_000,
};

describe("a model call says the same in every convention", () => {
  test.each([
    [
      "gen_ai, as it is now",
      {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 10,
      },
    ],
    [
      "gen_ai, as it was",
      {
        "gen_ai.operation.name": "text_completion",
        "gen_ai.system": "openai",
        "gen_ai.response.model": "gpt-4o-mini",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.usage.prompt_tokens": 100,
        "gen_ai.usage.completion_tokens": 10,
      },
    ],
    [
      "OpenInference",
      {
        "openinference.span.kind": "LLM",
        "llm.provider": "openai",
        "llm.system": "openai",
        "llm.model_name": "gpt-4o-mini",
        "llm.token_count.prompt": 100,
        "llm.token_count.completion": 10,
      },
    ],
    [
      "Traceloop",
      {
        "llm.request.type": "chat",
        "gen_ai.system": "openai",
        "gen_ai.response.model": "gpt-4o-mini",
        "gen_ai.usage.prompt_tokens": 100,
        "gen_ai.usage.completion_tokens": "10",
      },
    ],
  ])("%s", (_name, attributes) => {
    expect(facts(attributes)).toEqual(modelCall);
  });

  test("Strands, which names itself where the provider would be", () => {
    const attributes = {
      "gen_ai.operation.name": "chat",
      "gen_ai.system": "strands-agents",
      "gen_ai.request.model": "us.anthropic.claude-sonnet-4-20250514-v1:0",
      "gen_ai.usage.input_tokens": 1_000,
      "gen_ai.usage.output_tokens": 100,
      "gen_ai.usage.cache_read_input_tokens": 600,
      "gen_ai.usage.cache_write_input_tokens": 200,
    };
    const { provider: _, ...rest } = modelCall;
    expect(facts(attributes)).toEqual({
      ...rest,
      model: "us.anthropic.claude-sonnet-4-20250514-v1:0",
      inputTokens: 1_000,
      outputTokens: 100,
      // Dollars a million: 3 for input, 0.30 read from and 3.75 written to the cache, 15 for output.
      costNanoDollars: 200 * 3_000 + 600 * 300 + 200 * 3_750 + 100 * 15_000,
    });
  });
});

test.each([
  ["gen_ai", { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "track" }],
  ["OpenInference", { "openinference.span.kind": "TOOL", "tool.name": "track" }],
  ["Traceloop", { "traceloop.span.kind": "tool", "traceloop.entity.name": "track" }],
])("a tool call says the same in every convention: %s", (_name, attributes) => {
  const call = { type: "agentToolCall", agent: "shipments", tool: "track", durationMicroseconds: 1_500_000 };
  expect(facts(attributes)).toEqual(call);
  expect(facts(attributes, { status: { code: "ERROR" } })).toEqual({ ...call, error: "tool" });
});

test.each([
  [
    "a run of an agent, whose model calls are counted by themselves",
    { "gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 5 },
  ],
  ["a chain", { "openinference.span.kind": "CHAIN" }],
  ["a workflow", { "traceloop.span.kind": "workflow" }],
  ["anything else", { "http.request.method": "GET" }],
])("%s is not counted", (_what, attributes) => {
  expect(facts(attributes)).toBeUndefined();
});

test("a model without a price has none, and one without a name is called unknown", () => {
  const attributes = { "gen_ai.operation.name": "chat", "gen_ai.request.model": "my-own-model" };
  expect(facts(attributes)).toEqual({
    type: "modelCall",
    agent: "shipments",
    model: "my-own-model",
    inputTokens: 0,
    outputTokens: 0,
    durationMicroseconds: 1_500_000,
  });
  expect(facts({ "gen_ai.operation.name": "chat" })).toMatchObject({ model: "unknown" });
});

test("the agent is the service, or where nobody has named it the agent that the span names", () => {
  const attributes = { "gen_ai.operation.name": "chat", "gen_ai.agent.name": "Shipment agent" };
  expect(facts(attributes)).toMatchObject({ agent: "shipments" });
  expect(facts(attributes, { resource: { "service.name": "unknown_service:node" } })).toMatchObject({
    agent: "Shipment agent",
  });
  expect(facts({ "gen_ai.operation.name": "chat" }, { resource: {} })).toMatchObject({ agent: "unknown" });
});

test.each([
  ["4xx", { "error.type": "429" }],
  ["4xx", { "error.type": "openai.RateLimitError" }],
  ["4xx", { "http.response.status_code": 400, "error.type": "x" }],
  ["5xx", { "error.type": "503" }],
  ["5xx", { "error.type": "_OTHER" }],
  ["timeout", { "error.type": "APITimeoutError" }],
  ["timeout", { "error.type": "timeout" }],
])("a model call that failed is %s by %j", (error, attributes) => {
  const chat = { "gen_ai.operation.name": "chat" };
  expect(facts({ ...chat, ...attributes }, { status: { code: "ERROR" } })).toMatchObject({ error });
});

test("an exception says what went wrong where no attribute does", () => {
  const events = [{ name: "exception", timeUnixNano: "1", attributes: { "exception.type": "ThrottlingException" } }];
  const failed = { status: { code: "ERROR" as const }, events };
  expect(facts({ "gen_ai.operation.name": "chat" }, failed)).toMatchObject({ error: "4xx" });
});

test("names that become keys are cut", () => {
  const name = "é".repeat(5_000);
  const attributes = { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name, "session.id": name };
  expect(facts(attributes)).toMatchObject({ tool: "é".repeat(256) });
  expect(sessionOf(testSpan({ attributes }))).toBe("é".repeat(256));
});

test.each([
  "session.id",
  "gen_ai.conversation.id",
  "traceloop.association.properties.session_id",
  "http.request.header.x-amzn-bedrock-agentcore-runtime-session-id",
])("the session is found by %s", (name) => {
  expect(sessionOf(testSpan({ attributes: { [name]: name.startsWith("http") ? ["s-1"] : "s-1" } }))).toBe("s-1");
  expect(sessionOf(testSpan())).toBeUndefined();
});
