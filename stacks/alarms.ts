import { topology } from "../packages/functions/src/topology.ts";
import type { Stage } from "./stages.ts";

/** A metric of CloudWatch, of one thing. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** When to wake somebody, and what to say. */
interface Threshold {
  /** What has happened and where to look, for whoever is woken. */
  readonly description: string;
  readonly threshold: number;
  readonly periodSeconds: number;
  readonly periods: number;
}

/** An alarm on a metric. */
export interface MetricAlarmDefinition extends Threshold, Metric {
  readonly statistic: "Sum" | "Maximum" | "p99";
}

/** An alarm on what is worked out from the sums of several metrics, which it calls by the keys they have here. */
export interface ExpressionAlarmDefinition extends Threshold {
  readonly expression: string;
  readonly sums: Readonly<Record<string, Metric>>;
}

export type AlarmDefinition = MetricAlarmDefinition | ExpressionAlarmDefinition;

/** The names that metrics are told apart by. */
export interface MetricNames {
  /** The name of a function or queue in the account. */
  physical(name: string): string;
  readonly service: string;
  readonly api: string;
  readonly stage: string;
}

/** What Gatehouse's functions count, each under their service. */
export function gatehouseMetric(names: MetricNames, name: string): Metric {
  return { namespace: "Gatehouse", name, dimensions: { service: names.service } };
}

export function functionMetric(names: MetricNames, name: string, fn: string): Metric {
  return { namespace: "AWS/Lambda", name, dimensions: { FunctionName: names.physical(fn) } };
}

export function queueMetric(names: MetricNames, name: string, queue: string): Metric {
  return { namespace: "AWS/SQS", name, dimensions: { QueueName: names.physical(queue) } };
}

export function apiMetric({ api, stage }: MetricNames, name: string): Metric {
  return { namespace: "AWS/ApiGateway", name, dimensions: { ApiName: api, Stage: stage } };
}

const fewestDecisions = 20;
const anyInMinute = { statistic: "Sum", threshold: 1, periodSeconds: 60, periods: 1 } as const;
const minutes = (count: number) => ({ periodSeconds: 60, periods: count }) as const;

/** The alarms of a deployment, by name. */
export function alarmsOf(
  names: MetricNames,
  { gatewayP99Milliseconds, denyRatePercent }: NonNullable<Stage["alarms"]>,
): Readonly<Record<string, AlarmDefinition>> {
  return {
    ...queueAlarms(names),
    ...functionAlarms(names),
    "unrecorded-decisions": {
      ...gatehouseMetric(names, "UnrecordedDecisions"),
      description:
        "A call has failed because its decision could be recorded nowhere; its target may have acted. The log has it.",
      ...anyInMinute,
    },
    "unrecorded-spans": {
      ...gatehouseMetric(names, "UnrecordedSpans"),
      description:
        "The spans of a request that was answered are lost: neither the bus nor the outbox took them. Its decision is on record. The gateway's log says why.",
      ...anyInMinute,
    },
    "rejected-spans": {
      ...gatehouseMetric(names, "RejectedSpans"),
      description: "Spans of an agent are not kept. The log of traces says whose, how many and why.",
      ...anyInMinute,
    },
    "policy-failures": {
      ...gatehouseMetric(names, "PolicyFailures"),
      description: "A policy could not be evaluated, and so denied. The gateway's log says which.",
      ...anyInMinute,
    },
    "interceptor-failures": {
      ...gatehouseMetric(names, "InterceptorFailures"),
      description:
        "An interceptor failed: its gateway answers with errors, or lets pass what nobody has looked at. The gateway's log says which.",
      ...anyInMinute,
    },
    "tool-drift": {
      ...gatehouseMetric(names, "ToolDrift"),
      description:
        "Tools aren't what was approved, and are offered to nobody. The log of synchronize names them; npm run tools shows them.",
      ...anyInMinute,
    },
    "evaluation-score-falls": {
      ...gatehouseMetric(names, "EvaluationScoreFalls"),
      description:
        "The scores of an online evaluation are worse than in the week before. The log of watchScores says whose; the dashboard shows by which agent and version.",
      ...anyInMinute,
    },
    "deny-rate": {
      description: "Policies deny more of the calls than is usual: an agent goes astray, or a policy does.",
      // A handful of calls says nothing of a rate. Where nothing is counted there is no data, not zero.
      expression: `IF(FILL(denied, 0) + FILL(allowed, 0) >= ${fewestDecisions}, 100 * FILL(denied, 0) / (FILL(denied, 0) + FILL(allowed, 0)), 0)`,
      sums: {
        denied: gatehouseMetric(names, "DenyDecisions"),
        allowed: gatehouseMetric(names, "AllowDecisions"),
      },
      threshold: denyRatePercent,
      periodSeconds: 300,
      periods: 3,
    },
    "gateway-p99": {
      ...functionMetric(names, "Duration", "gateway"),
      description: "Tool calls are slow: one in a hundred takes longer than the stage allows.",
      statistic: "p99",
      threshold: gatewayP99Milliseconds,
      periodSeconds: 300,
      periods: 3,
    },
    "server-errors": {
      ...apiMetric(names, "5XXError"),
      description: "The API answers with 5xx: see the functions' logs, and the access log for the route.",
      statistic: "Sum",
      threshold: 5,
      ...minutes(3),
    },
  };
}

function queueAlarms(names: MetricNames): Record<string, AlarmDefinition> {
  return Object.fromEntries(
    Object.keys(topology.queues).flatMap((name): [string, AlarmDefinition][] => [
      [
        `${name}-dead-letters`,
        {
          ...queueMetric(names, "ApproximateNumberOfMessagesVisible", `${name}-dead-letters`),
          description: `Events of the queue ${name} have failed too often. Mend the cause, then redrive them.`,
          statistic: "Maximum",
          threshold: 1,
          ...minutes(1),
        },
      ],
      [
        `${name}-late`,
        {
          ...queueMetric(names, "ApproximateAgeOfOldestMessage", name),
          description: `Events wait in the queue ${name} for more than a quarter of an hour.`,
          statistic: "Maximum",
          threshold: 900,
          ...minutes(3),
        },
      ],
    ]),
  );
}

function functionAlarms(names: MetricNames): Record<string, AlarmDefinition> {
  const failing = Object.keys(topology.functions).map((name): [string, AlarmDefinition] => [
    `${name}-errors`,
    {
      ...functionMetric(names, "Errors", name),
      description: `The function ${name} fails, or takes longer than it may.`,
      statistic: "Sum",
      threshold: 1,
      ...minutes(3),
    },
  ]);
  const called = topology.byHand.map((name): [string, AlarmDefinition] => [
    `${name}-called`,
    {
      ...functionMetric(names, "Invocations", name),
      description: `Somebody has called the function ${name}, which is for a new deployment only.`,
      ...anyInMinute,
    },
  ]);
  return Object.fromEntries([...failing, ...called]);
}
