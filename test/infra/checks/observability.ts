import { widgets as drawnWidgets } from "../../../packages/core/src/observability/widgets/widgets.ts";
import { topology } from "../../../packages/functions/src/topology.ts";
import type { Graph, Resource } from "../synth/graph.ts";
import { all, type Check, differing, functionOf, named, physical } from "./find.ts";

/** What Gatehouse counts itself, and never should: one is enough to tell somebody. */
const ownFailures = [
  "UnrecordedDecisions",
  "UnrecordedSpans",
  "RejectedSpans",
  "PolicyFailures",
  "InterceptorFailures",
  "ToolDrift",
  "EvaluationScoreFalls",
];

/** What somebody has to be told of, by the metric and what it is of. */
function watched(graph: Graph): string[] {
  return [
    ...Object.keys(topology.queues).flatMap((queue) => [
      `ApproximateNumberOfMessagesVisible QueueName=${physical(graph, `${queue}-dead-letters`)} >= 1`,
      `ApproximateAgeOfOldestMessage QueueName=${physical(graph, queue)} >= 900`,
    ]),
    ...Object.keys(topology.functions).map((name) => `Errors FunctionName=${physical(graph, name)} >= 1`),
    ...topology.byHand.map((name) => `Invocations FunctionName=${physical(graph, name)} >= 1`),
    ...ownFailures.map((name) => `${name} service=${graph.app.name}-${graph.app.stage} >= 1`),
    `DenyDecisions,AllowDecisions service=${graph.app.name}-${graph.app.stage} >= 50`,
    `Duration FunctionName=${physical(graph, "gateway")} >= 30000`,
    `5XXError ApiName=${apiName(graph)},Stage=${graph.app.stage} >= 5`,
  ];
}

function apiName(graph: Graph): string {
  return all(graph, "apigateway/restApi")[0]?.inputs.name ?? "";
}

/** Whatever has to be looked at wakes somebody, where the stage has alarms; quiet is no alarm. */
export const alarms: Check = (graph, stage) => {
  const found = all(graph, "cloudwatch/metricAlarm").map(({ inputs }) => inputs);
  const due = stage.alarms === undefined ? [] : watched(graph);
  const topics = stage.alarms?.topic === undefined ? [] : [stage.alarms.topic];
  return [
    ...differing("What is watched", found.map(lineOf).sort(), [...due].sort()),
    ...found.flatMap(({ name, treatMissingData, alarmActions, comparisonOperator }) =>
      differing(
        `The alarm ${name}`,
        { treatMissingData, alarmActions, comparisonOperator },
        {
          treatMissingData: "notBreaching",
          alarmActions: topics,
          comparisonOperator: "GreaterThanOrEqualToThreshold",
        },
      ),
    ),
  ];
};

function lineOf({ metricName, dimensions, threshold, metricQueries = [] }: Resource["inputs"]): string {
  const measured = metricQueries.flatMap(({ metric }: Resource["inputs"]) => (metric ? [metric] : []));
  const metrics = measured.length > 0 ? measured : [{ metricName, dimensions }];
  const names = metrics.map((metric: Resource["inputs"]) => metric.metricName);
  const of = metrics.flatMap((metric: Resource["inputs"]) =>
    Object.entries(metric.dimensions).map(([name, value]) => `${name}=${value}`),
  );
  return `${names.join()} ${[...new Set(of)].join()} >= ${threshold}`;
}

/** The dashboard shows nothing that isn't there, whatever fails, and everything that Gatehouse draws, once and by its own function. */
export const dashboard: Check = (graph) => {
  const boards = all(graph, "cloudwatch/dashboard");
  const { widgets = [] } = JSON.parse(boards[0]?.inputs.dashboardBody ?? "{}") as { widgets?: Resource["inputs"][] };
  const custom = widgets.filter(({ type }) => type === "custom").map(({ properties }) => properties);
  const lines = widgets.flatMap(({ type, properties }) =>
    type === "metric" ? (properties.metrics as string[][]) : [],
  );
  return [
    ...differing(
      "What the dashboard has drawn",
      custom.map(({ params }) => params),
      Object.keys(drawnWidgets).map((widget) => ({ widget })),
    ),
    ...custom.flatMap(({ endpoint }) =>
      differing("Who draws it", functionOf(graph, endpoint), topology.customWidgets[0]),
    ),
    ...overlapping(widgets),
    ...(boards.length === 1 && lines.length > 0 ? [] : ["There is no dashboard"]),
    ...ownFailures.flatMap((name) =>
      lines.some(([namespace, metric]) => namespace === "Gatehouse" && metric === name)
        ? []
        : [`${name} is not on the dashboard`],
    ),
    ...lines.flatMap(([, metric, ...rest]) => {
      const pairs = rest.filter((part) => typeof part === "string");
      const dimensions = Object.fromEntries(
        pairs.map((part, at) => [part, pairs[at + 1]]).filter((_, at) => at % 2 === 0),
      );
      return missing(graph, dimensions).map((what) => `${metric} is of ${what}, which isn't there`);
    }),
  ];
};

/** No two widgets are in one place. */
function overlapping(widgets: readonly Resource["inputs"][]): string[] {
  return widgets.flatMap((one, index) =>
    widgets
      .slice(index + 1)
      .filter(
        (other) =>
          one.x < other.x + other.width &&
          other.x < one.x + one.width &&
          one.y < other.y + other.height &&
          other.y < one.y + one.height,
      )
      .map((other) => `${one.properties.title} is where ${other.properties.title} is`),
  );
}

function missing(graph: Graph, dimensions: Record<string, string>): string[] {
  const { FunctionName, QueueName, ApiName, service } = dimensions;
  const there = [
    [FunctionName, FunctionName && named(graph, "lambda/function", FunctionName)],
    [QueueName, QueueName && named(graph, "sqs/queue", QueueName)],
    [ApiName, ApiName === apiName(graph)],
    [service, service === `${graph.app.name}-${graph.app.stage}`],
  ] as const;
  return there.flatMap(([name, found]) => (name !== undefined && !found ? [name] : []));
}
