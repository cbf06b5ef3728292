import { describe, expect, test } from "vitest";
import type { Json } from "../../../json.ts";
import type { ToolCall } from "../../conversation.ts";
import { conversation, lastOf, refund, toolCall, turn, withoutJudge } from "../testing.ts";
import { policyCompliance } from "./policyCompliance.ts";
import { toolParametersValid } from "./toolParametersValid.ts";
import { toolSuccessRate } from "./toolSuccessRate.ts";

const sessionOf = (...steps: readonly ToolCall[]) => lastOf("SESSION", conversation(turn("trace-1", { steps })));

describe("Gatehouse.ToolParametersValid", () => {
  const inputSchema = {
    type: "object",
    properties: { amount: { type: "number", minimum: 1 }, note: { type: "string" } },
    required: ["amount"],
    additionalProperties: false,
  };
  const evaluate = (call: ToolCall, availableTools = [{ name: "pay", inputSchema: inputSchema as Json }]) =>
    toolParametersValid.evaluate(
      lastOf("TOOL_CALL", conversation(turn("trace-1", { availableTools, steps: [call] }))),
      {},
      withoutJudge,
    );

  test.for<[string, Json, object]>([
    ["that fit", { amount: 5 }, { label: "Valid", value: 1 }],
    [
      "of another type",
      { amount: "5" },
      { label: "Invalid", value: 0, explanation: expect.stringContaining("amount must be number") },
    ],
    ["that lack one", { note: "x" }, { label: "Invalid", value: 0, explanation: expect.stringContaining("'amount'") }],
    [
      "with one too many",
      { amount: 5, to: "Bob" },
      { label: "Invalid", value: 0, explanation: expect.stringContaining('"to"') },
    ],
    [
      "that are no object",
      [5],
      { label: "Invalid", value: 0, explanation: expect.stringContaining("must be an object") },
    ],
  ])("arguments %s", async ([, args, verdict]) => {
    expect(await evaluate(toolCall("pay", { arguments: args }))).toMatchObject(verdict);
  });

  test("a tool that wasn't available", async () => {
    expect(await evaluate(toolCall("steal"))).toMatchObject({
      label: "Unknown Tool",
      value: 0,
      explanation: '"steal" is none of the tools that were available; there was 1.',
    });
  });

  test("says what the spans don't say", async () => {
    const { arguments: _, ...bare } = toolCall("pay");
    for (const [evaluated, attribute] of [
      [evaluate(bare), "gen_ai.tool.call.arguments"],
      [evaluate(toolCall("pay"), []), "gen_ai.tool.definitions"],
      [evaluate(toolCall("pay"), [{ name: "pay" }] as never), "gen_ai.tool.definitions"],
    ] as const) {
      await expect(evaluated).rejects.toMatchObject({
        code: "MissingData",
        message: expect.stringContaining(attribute),
      });
    }
  });
});

describe("Gatehouse.ToolSuccessRate", () => {
  const evaluate = (subject = lastOf("SESSION", refund())) => toolSuccessRate.evaluate(subject, {}, withoutJudge);

  test("is the share of calls without an error, those denied aside", async () => {
    expect(await evaluate()).toEqual({
      label: "Errors",
      value: 0.5,
      explanation: "1 of 2 tool calls ended in an error: findOrder (1).",
    });
    expect(await evaluate(sessionOf(toolCall("a"), toolCall("b")))).toEqual({
      label: "No Errors",
      value: 1,
      explanation: "0 of 2 tool calls ended in an error.",
    });
  });

  test("has no value where nothing was called", async () => {
    expect(await evaluate(sessionOf())).toEqual({ label: "No Tool Calls", explanation: expect.any(String) });
    expect(await evaluate(sessionOf(toolCall("a", { decision: "DENY", error: "denied" })))).not.toHaveProperty("value");
  });

  test("names the tools that failed most often, and only so many", async () => {
    const failing = (tool: string, times: number) =>
      Array.from({ length: times }, () => toolCall(tool, { error: "x" }));
    const many = Array.from({ length: 20 }, (_, index) => failing(`${"t".repeat(500)}${index}`, 1)).flat();
    const { explanation } = await evaluate(sessionOf(...many, ...failing("worst", 3)));
    expect(explanation).toMatch(/^23 of 23 tool calls ended in an error: worst \(3\), /);
    expect(explanation).toMatch(/tools\.$/);
    expect(explanation.length).toBeLessThan(2_048);
  });
});

describe("Gatehouse.PolicyCompliance", () => {
  const evaluate = (subject = lastOf("SESSION", refund())) => policyCompliance.evaluate(subject, {}, withoutJudge);

  test("is the share of decided calls that were permitted, and says how many were denied", async () => {
    const steps = [toolCall("a", { decision: "ALLOW" }), toolCall("b", { decision: "DENY" }), toolCall("c")];
    expect(await evaluate(sessionOf(...steps))).toEqual({
      label: "Denials",
      value: 0.5,
      explanation: "1 of 2 tool calls was denied by a policy: b (1).",
    });
    expect(await evaluate(sessionOf(toolCall("a", { decision: "ALLOW" })))).toMatchObject({
      label: "No Denials",
      value: 1,
    });
  });

  test("has no value where no call went through a gateway", async () => {
    expect(await evaluate(sessionOf(toolCall("a")))).toEqual({
      label: "No Decisions",
      explanation: expect.any(String),
    });
  });
});
