import type { GatehouseEvent, ToolDecision } from "@gatehouse/core/observability/events.ts";
import { expect, test } from "vitest";
import { countingDecisions } from "./decisionMetrics.ts";

/** A decision as far as it is counted. */
const decided = (
  outcome: ToolDecision["outcome"],
  decision: ToolDecision["decision"] = "ALLOW",
  determiningPolicies: string[] = [],
  logOnly?: ToolDecision["logOnly"],
): GatehouseEvent => ({
  type: "ToolDecision",
  detail: { outcome, decision, determiningPolicies, logOnly } as ToolDecision,
});
const logOnly = { decision: "DENY" as const, determiningPolicies: ["q"], flips: true, flippingPolicies: ["q"] };

async function countsOf(...events: GatehouseEvent[]) {
  const counts: Record<string, number> = {};
  const published: GatehouseEvent[] = [];
  const publisher = countingDecisions(
    { publish: async (event) => void published.push(event) },
    {
      addMetric(name, _unit, value) {
        counts[name] = (counts[name] ?? 0) + value;
      },
    },
  );
  for (const event of events) await publisher.publish(event);
  expect(published).toEqual(events);
  return counts;
}

test("decisions about calls are counted under AgentCore's names", async () => {
  const events = [
    decided("allowed", "ALLOW", ["p"]),
    decided("allowed", "ALLOW", ["p", "q"]),
    decided("denied", "DENY"),
    decided("denied", "DENY", ["r"]),
  ];
  expect(await countsOf(...events)).toEqual({
    AllowDecisions: 2,
    DenyDecisions: 2,
    DeterminingPolicies: 4,
    NoDeterminingPolicies: 1,
  });
});

test("what LOG_ONLY lets through, and policies in LOG_ONLY that hold or would decide otherwise, are counted", async () => {
  const events = [
    decided("would-deny", "DENY", [], { ...logOnly, matchedPolicies: [] }),
    decided("allowed", "ALLOW", ["p"], { ...logOnly, matchedPolicies: ["q", "r"] }),
    decided("allowed", "ALLOW", ["p"], { ...logOnly, decision: "ALLOW", flips: false, matchedPolicies: ["s"] }),
  ];
  expect(await countsOf(...events)).toEqual({
    AllowDecisions: 2,
    DeterminingPolicies: 2,
    NoDeterminingPolicies: 1,
    LogOnlyMatches: 3,
    LogOnlyDecisionFlips: 2,
  });
});

test("a list, a rejected request and a change of the configuration are no decisions of a policy", async () => {
  const change = { type: "ConfigurationChanged", detail: {} } as GatehouseEvent;
  expect(await countsOf(decided("listed"), decided("rejected"), change)).toEqual({});
});
