import { expect, test } from "vitest";
import type { ToolDecision } from "../../observability/events.ts";
import { recordedCallOf, recordedCallsOf } from "./decisions.ts";

const decision: ToolDecision = {
  schemaVersion: 1,
  decisionId: "3d9f0c52-1b7e-4f7a-8a55-0c9b7d6e2f11",
  time: "2026-11-22T12:00:00.000Z",
  method: "tools/call",
  principal: { type: "AgentCore::OAuthUser", id: "alice" },
  gateway: { id: "orders", arn: "arn:orders", version: 1 },
  target: "Orders",
  tool: "Orders___cancel",
  decision: "DENY",
  outcome: "would-deny",
  determiningPolicies: ["nothing_huge-1"],
  reason: "because",
  durationMicroseconds: 50,
  request: { tags: { department: "finance" }, arguments: { amount: 5 } },
};

test("a decision of the ledger is a recorded call", () => {
  expect(recordedCallOf(decision)).toEqual({
    time: decision.time,
    principal: { type: "AgentCore::OAuthUser", id: "alice", tags: { department: "finance" } },
    tool: "Orders___cancel",
    arguments: { amount: 5 },
    decision: "DENY",
    determiningPolicies: ["nothing_huge-1"],
    decisionId: decision.decisionId,
  });
});

test("a decision without what a replay needs says why", () => {
  const { request: _, ...bare } = decision;
  const which = `the call of Orders___cancel at ${decision.time} (${decision.decisionId})`;
  expect(recordedCallOf(bare)).toEqual({ unreplayable: "notRecorded", detail: which });
  const detail = `${which}: too large`;
  expect(recordedCallOf({ ...bare, requestOmitted: "too large" })).toEqual({ unreplayable: "notRecorded", detail });
  expect(recordedCallOf({ ...bare, outcome: "rejected", reason: "Unknown tool" })).toEqual({
    unreplayable: "notDecided",
    detail: `${which}: Unknown tool`,
  });
});

test("lists of tools are no calls", async () => {
  async function* decisions(): AsyncGenerator<ToolDecision> {
    yield { ...decision, method: "tools/list", outcome: "listed" };
    yield decision;
  }
  expect(await Array.fromAsync(recordedCallsOf(decisions()))).toEqual([recordedCallOf(decision)]);
});
