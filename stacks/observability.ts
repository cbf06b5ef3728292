/// <reference path="../.sst/platform/config.d.ts" />
import { alarmsOf, type MetricNames } from "./alarms.ts";
import { dashboardOf } from "./dashboard.ts";
import { physicalName } from "./names.ts";
import type { Place } from "./place.ts";
import type { Stage } from "./stages.ts";

/** The dashboard, and the alarms where the stage has any. */
export function observability({ alarms }: Stage, api: sst.aws.ApiGatewayV1, { region }: Place): void {
  const resolved = $resolve({ api: api.nodes.api.name, region });
  new aws.cloudwatch.Dashboard("Dashboard", {
    dashboardName: physicalName("overview"),
    dashboardBody: resolved.apply(({ api, region }) => JSON.stringify(dashboardOf(namesOf(api), region))),
  });
  if (alarms === undefined) return;
  // The API's name is the one that isn't known before it is there; which alarms there are doesn't depend on it.
  for (const [name, definition] of Object.entries(alarmsOf(namesOf(""), alarms))) {
    const { description, namespace, name: metricName, statistic, threshold, periodSeconds, periods } = definition;
    new aws.cloudwatch.MetricAlarm(`Alarm-${name}`, {
      name: physicalName(name),
      alarmDescription: description,
      namespace,
      metricName,
      dimensions: api.nodes.api.name.apply((api) => ({ ...alarmsOf(namesOf(api), alarms)[name]?.dimensions })),
      ...(statistic === "p99" ? { extendedStatistic: statistic } : { statistic }),
      comparisonOperator: "GreaterThanOrEqualToThreshold",
      threshold,
      period: periodSeconds,
      evaluationPeriods: periods,
      // Where nothing happens, nothing is wrong.
      treatMissingData: "notBreaching",
      alarmActions: alarms.topic === undefined ? [] : [alarms.topic],
      okActions: alarms.topic === undefined ? [] : [alarms.topic],
    });
  }
}

function namesOf(api: string): MetricNames {
  return { physical: physicalName, service: `${$app.name}-${$app.stage}`, api, stage: $app.stage };
}
