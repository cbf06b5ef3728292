import type { Answered } from "@gatehouse/core/gateway/tracing/requestTrace.ts";
import type { ToolDecision } from "@gatehouse/core/observability/events.ts";
import { expect, test } from "vitest";
import { measurementsOf } from "./gatewayMetrics.ts";

/** A decision as far as it is counted. */
const decided = (
  outcome: ToolDecision["outcome"],
  decision: ToolDecision["decision"] = "ALLOW",
  determiningPolicies: string[] = [],
  logOnly?: ToolDecision["logOnly"],
): ToolDecision =>
  ({
    outcome,
    decision,
    determiningPolicies,
    logOnly,
    gateway: { arn: "arn:gateway" },
    policyEngine: { arn: "arn:engine", mode: "ENFORCE" },
    target: "Up",
    tool: "Up___echo",
    durationMicroseconds: 1_500,
  }) as unknown as ToolDecision;
const answered = (more: Partial<Answered> = {}): Answered => ({
  gatewayArn: "arn:gateway",
  method: "tools/call",
  decisions: [],
  status: 200,
  latency: 5,
  duration: 7,
  targetTimes: [],
  spans: () => [],
  ...more,
});
const logOnly = { decision: "DENY" as const, determiningPolicies: ["q"], flips: true, flippingPolicies: ["q"] };

/** What is counted of an answered request with these decisions, without dimensions. */
function countsOf(...decisions: ToolDecision[]) {
  const counts: Record<string, number> = {};
  for (const { dimensions, counts: its = {}, of } of measurementsOf(answered({ decisions }))) {
    if (of !== "policy" || !dimensions.some((set) => Object.keys(set).length === 0)) continue;
    for (const [name, value] of Object.entries(its)) counts[name] = (counts[name] ?? 0) + value;
  }
  return counts;
}

test("decisions about calls are counted under AgentCore's names", () => {
  const events = [
    decided("allowed", "ALLOW", ["p"]),
    decided("allowed", "ALLOW", ["p", "q"]),
    decided("denied", "DENY"),
    decided("denied", "DENY", ["r"]),
  ];
  expect(countsOf(...events)).toEqual({
    AllowDecisions: 2,
    DenyDecisions: 2,
    DeterminingPolicies: 4,
    NoDeterminingPolicies: 1,
  });
});

test("what LOG_ONLY lets through, and policies in LOG_ONLY that hold or would decide otherwise, are counted", () => {
  const events = [
    decided("would-deny", "DENY", [], { ...logOnly, matchedPolicies: [] }),
    decided("allowed", "ALLOW", ["p"], { ...logOnly, matchedPolicies: ["q", "r"] }),
    decided("allowed", "ALLOW", ["p"], { ...logOnly, decision: "ALLOW", flips: false, matchedPolicies: ["s"] }),
  ];
  expect(countsOf(...events)).toEqual({
    AllowDecisions: 2,
    DeterminingPolicies: 2,
    NoDeterminingPolicies: 1,
    LogOnlyMatches: 3,
    LogOnlyDecisionFlips: 2,
  });
});

test("a list and a rejected request are no decisions of a policy", () => {
  expect(countsOf(decided("listed"), decided("rejected"))).toEqual({});
});

const failure = { type: "internal", error: "5xx", isSystem: true } as const;

test.each<[string, Partial<Answered>, Record<string, number>]>([
  ["that went well", {}, {}],
  ["that its caller has got wrong", { status: 400 }, { UserErrors: 1 }],
  ["too many", { status: 429 }, { Throttles: 1 }],
  ["too many of one tool", { failure: { ...failure, type: "toolRateLimited", isSystem: false } }, { Throttles: 1 }],
  ["that failed here", { status: 503 }, { SystemErrors: 1 }],
  ["that failed here, within a stream", { failure }, { SystemErrors: 1 }],
])("a request %s is counted as such", (_, more, counts) => {
  const [request] = measurementsOf(answered(more));
  expect(request).toMatchObject({ of: "gateway", dimensions: [{}, { Resource: "arn:gateway", Method: "tools/call" }] });
  expect(request?.counts).toEqual({ Invocations: 1, ...counts });
  expect(request?.milliseconds).toEqual({ Latency: 5, Duration: 7 });
});

test("how long targets took is measured of each", () => {
  expect(measurementsOf(answered({ targetTimes: [3, 4] }))[0]?.milliseconds?.TargetExecutionTime).toEqual([3, 4]);
});

test("a decision is told apart by engine, mode, gateway and tool, and policies one by one", () => {
  const measurements = measurementsOf(answered({ decisions: [decided("allowed", "ALLOW", ["p", "q"])] }));
  const engine = { PolicyEngine: "arn:engine" };
  const all = { ...engine, TargetResource: "arn:gateway", ToolName: "Up___echo", Mode: "ENFORCE" };
  expect(measurements.slice(1)).toEqual([
    { of: "policy", dimensions: [{}, engine, all], counts: { AllowDecisions: 1, DeterminingPolicies: 2 } },
    { of: "policy", dimensions: [engine, all], counts: { Invocations: 1 }, milliseconds: { Latency: 1.5 } },
    { of: "single_policy", dimensions: [{ ...engine, Policy: "p" }], counts: { DeterminingPolicies: 1 } },
    { of: "single_policy", dimensions: [{ ...engine, Policy: "q" }], counts: { DeterminingPolicies: 1 } },
  ]);
});

test("what a caller makes up is no dimension", () => {
  const { target: _, ...unknown } = decided("rejected", "DENY");
  const madeUp = { method: "made/up", decisions: [{ ...unknown, tool: "made-up" }] };
  expect(JSON.stringify(measurementsOf(answered(madeUp)))).not.toMatch(/made.up/);
});
