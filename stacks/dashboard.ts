import { widgets } from "@gatehouse/core/observability/widgets/widgets.ts";
import { topology } from "../packages/functions/src/topology.ts";
import { apiMetric, functionMetric, gatehouseMetric, type Metric, type MetricNames, queueMetric } from "./alarms.ts";

/** A line of a chart: a metric, how it is summed up, and what it is called. */
interface Line {
  readonly metric: Metric;
  readonly statistic: string;
  readonly label: string;
}

const columns = 2;
const width = 24 / columns;
const height = 6;
/** A list is longer than a chart is high. */
const customHeight = 9;

/**
 * The body of the dashboard: what agents do and what becomes of it, as Gatehouse has counted it; and, by metrics, what the
 * deployment does and what waits.
 * @param widgetFunction the ARN of the function that draws custom widgets.
 */
export function dashboardOf(names: MetricNames, region: string, widgetFunction: string) {
  const functionNames = Object.keys(topology.functions);
  const queueNames = Object.keys(topology.queues);
  const perFunction = (metric: string, statistic: string) =>
    functionNames.map((name) => ({ metric: functionMetric(names, metric, name), statistic, label: name }));
  const charts: readonly (readonly [string, readonly Line[]])[] = [
    ["Requests", ["Count", "4XXError", "5XXError"].map((name) => line(apiMetric(names, name), "Sum", name))],
    [
      "Decisions of policies",
      ["AllowDecisions", "DenyDecisions", "LogOnlyDecisionFlips"].map((name) =>
        line(gatehouseMetric(names, name), "Sum", name),
      ),
    ],
    [
      "Policies that decided, or would have",
      ["DeterminingPolicies", "NoDeterminingPolicies", "LogOnlyMatches"].map((name) =>
        line(gatehouseMetric(names, name), "Sum", name),
      ),
    ],
    [
      "Duration of tool calls (ms)",
      ["p50", "p90", "p99"].map((percentile) =>
        line(functionMetric(names, "Duration", "gateway"), percentile, percentile),
      ),
    ],
    [
      "Time that targets take (ms)",
      ["p50", "p90", "p99"].map((percentile) =>
        line(gatehouseMetric(names, "TargetExecutionTime"), percentile, percentile),
      ),
    ],
    [
      "What went wrong",
      [
        "PolicyFailures",
        "UnrecordedDecisions",
        "UnrecordedSpans",
        "RejectedSpans",
        "InterceptorFailures",
        "ToolDrift",
        "EvaluationScoreFalls",
        "TargetFailures",
        "CircuitsOpened",
        "Throttles",
        "SystemErrors",
      ].map((name) => line(gatehouseMetric(names, name), "Sum", name)),
    ],
    [
      "Evaluation",
      ["EndedSessions", "Evaluations", "EvaluationErrors", "OnDemandEvaluations", "OnDemandEvaluationErrors"].map(
        (name) => line(gatehouseMetric(names, name), "Sum", name),
      ),
    ],
    [
      "Tokens of judges",
      ["JudgeInputTokens", "JudgeOutputTokens"].map((name) => line(gatehouseMetric(names, name), "Sum", name)),
    ],
    ["Cost of judges (US dollars)", [line(gatehouseMetric(names, "JudgeCost"), "Sum", "JudgeCost")]],
    [
      "Dead letters",
      queueNames.map((name) =>
        line(queueMetric(names, "ApproximateNumberOfMessagesVisible", `${name}-dead-letters`), "Maximum", name),
      ),
    ],
    [
      "Oldest waiting event (s)",
      queueNames.map((name) => line(queueMetric(names, "ApproximateAgeOfOldestMessage", name), "Maximum", name)),
    ],
    ["Errors of functions", perFunction("Errors", "Sum")],
    ["Throttled invocations", perFunction("Throttles", "Sum")],
    ["Concurrent executions", perFunction("ConcurrentExecutions", "Maximum")],
  ];
  const drawn = Object.entries(widgets).map(([name, { title }], index) => custom(name, title, index, widgetFunction));
  const below = Math.ceil(drawn.length / columns) * customHeight;
  return { widgets: [...drawn, ...charts.map(([title, lines], index) => widget(title, lines, index, below, region))] };
}

function line(metric: Metric, statistic: string, label: string): Line {
  return { metric, statistic, label };
}

/** A custom widget, which CloudWatch has the function draw whenever something about it changes. */
function custom(name: string, title: string, index: number, endpoint: string) {
  return {
    type: "custom",
    x: (index % columns) * width,
    y: Math.floor(index / columns) * customHeight,
    width,
    height: customHeight,
    properties: {
      title,
      endpoint,
      params: { widget: name },
      updateOn: { refresh: true, resize: true, timeRange: true },
    },
  };
}

function widget(title: string, lines: readonly Line[], index: number, below: number, region: string) {
  return {
    type: "metric",
    x: (index % columns) * width,
    y: below + Math.floor(index / columns) * height,
    width,
    height,
    properties: {
      title,
      region,
      view: "timeSeries",
      period: 60,
      metrics: lines.map(({ metric: { namespace, name, dimensions }, statistic, label }) => [
        namespace,
        name,
        ...Object.entries(dimensions).flat(),
        { stat: statistic, label },
      ]),
    },
  };
}
