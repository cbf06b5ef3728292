import type { GatehouseEvent, ToolDecision } from "@gatehouse/core/observability/events.ts";
import { expect, test } from "vitest";
import { countingDecisions } from "./decisionMetrics.ts";

/** A decision of which only the outcome is looked at. */
const decided = (outcome: ToolDecision["outcome"]): GatehouseEvent => ({
  type: "ToolDecision",
  detail: { outcome } as ToolDecision,
});

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
  const events = [decided("allowed"), decided("allowed"), decided("denied"), decided("would-deny")];
  expect(await countsOf(...events)).toEqual({ AllowDecisions: 2, DenyDecisions: 1, LogOnlyDecisionFlips: 1 });
});

test("a list, a rejected request and a change of the configuration are no decisions of a policy", async () => {
  const change = { type: "ConfigurationChanged", detail: {} } as GatehouseEvent;
  expect(await countsOf(decided("listed"), decided("rejected"), change)).toEqual({});
});
