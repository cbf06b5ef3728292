import { MetricUnit } from "@aws-lambda-powertools/metrics";
import type { EventPublisher, ToolDecision } from "@gatehouse/core/observability/events.ts";

/** The metric that counts an outcome, by AgentCore's names. What never came to a policy (a list, a bad request) has none. */
const metricOf: Partial<Record<ToolDecision["outcome"], string>> = {
  allowed: "AllowDecisions",
  denied: "DenyDecisions",
  "would-deny": "LogOnlyDecisionFlips",
};

/** What counts: Powertools' metrics, or whatever stands for them. */
export interface Counter {
  addMetric(name: string, unit: typeof MetricUnit.Count, value: number): void;
}

/** Counts decisions about calls on their way to the bus. */
export function countingDecisions(publisher: EventPublisher, counter: Counter): EventPublisher {
  return {
    publish(event) {
      const name = event.type === "ToolDecision" ? metricOf[event.detail.outcome] : undefined;
      if (name !== undefined) counter.addMetric(name, MetricUnit.Count, 1);
      return publisher.publish(event);
    },
  };
}
