import { MetricUnit } from "@aws-lambda-powertools/metrics";
import type { EventPublisher, ToolDecision } from "@gatehouse/core/observability/events.ts";

/** The metric that counts an outcome, by AgentCore's names. What never came to a policy (a list, a bad request) has none. */
const metricOf: Partial<Record<ToolDecision["outcome"], string>> = {
  allowed: "AllowDecisions",
  denied: "DenyDecisions",
};

/** What counts: Powertools' metrics, or whatever stands for them. */
export interface Counter {
  addMetric(name: string, unit: typeof MetricUnit.Count, value: number): void;
}

/** Counts decisions about calls on their way to the bus. */
export function countingDecisions(publisher: EventPublisher, counter: Counter): EventPublisher {
  return {
    publish(event) {
      if (event.type === "ToolDecision") {
        for (const [name, value] of Object.entries(countsOf(event.detail)))
          if (value > 0) counter.addMetric(name, MetricUnit.Count, value);
      }
      return publisher.publish(event);
    },
  };
}

/** A decision by AgentCore's metrics. */
function countsOf({ outcome, decision, determiningPolicies, logOnly }: ToolDecision): Record<string, number> {
  if (outcome === "listed" || outcome === "rejected") return {};
  const name = metricOf[outcome];
  const determining = determiningPolicies.length;
  return {
    ...(name === undefined ? {} : { [name]: 1 }),
    DeterminingPolicies: determining,
    NoDeterminingPolicies: decision === "DENY" && determining === 0 ? 1 : 0,
    LogOnlyMatches: logOnly?.matchedPolicies.length ?? 0,
    LogOnlyDecisionFlips: logOnly?.flips ? 1 : 0,
  };
}
