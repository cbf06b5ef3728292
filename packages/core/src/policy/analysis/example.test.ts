import { describe, expect, test } from "vitest";
import { user } from "../testing/configuration.ts";
import { describeRequest, type ExampleRequest, simplify } from "./example.ts";

const example: ExampleRequest = {
  principal: user({ department: "finance", role: "x" }),
  tool: "T___x",
  arguments: { amount: -912_345, list: [1, 2, 3], inner: { a: 1, b: 2 }, text: "t" },
  now: "0001-01-01T00:00:00.000Z",
};

describe("an example", () => {
  test("is told in words", () => {
    const { now: _, ...timeless } = example;
    expect(describeRequest({ ...timeless, arguments: { amount: 5 } })).toBe(
      `user "alice" with department "finance" and role "x" calls T___x with {"amount":5}`,
    );
    expect(
      describeRequest({
        principal: { type: "AgentCore::IamEntity", id: "arn:aws:iam::1:role/r", tags: {} },
        tool: "T___x",
        arguments: {},
        now: "2026-01-01T12:00:00.000Z",
      }),
    ).toBe(`IAM identity "arn:aws:iam::1:role/r" calls T___x without arguments at 2026-01-01T12:00:00.000Z`);
  });

  test("loses what doesn't matter, and keeps what does", () => {
    const simple = simplify(
      example,
      ({ principal, arguments: { amount, list, inner } }) =>
        principal.tags.role === "x" &&
        Number(amount) < -50 &&
        Array.isArray(list) &&
        list.includes(2) &&
        typeof inner === "object",
    );
    expect(simple).toEqual({
      principal: user({ role: "x" }),
      tool: "T___x",
      arguments: { amount: -912_345, list: [2], inner: {} },
      now: "2026-01-01T12:00:00.000Z",
    });
  });

  test("gets small numbers", () => {
    const simple = simplify(
      { ...example, arguments: { amount: 5_000_001 } },
      ({ arguments: { amount } }) => Number(amount) > 7,
    );
    expect(simple.arguments).toEqual({ amount: 10 });
  });
});
