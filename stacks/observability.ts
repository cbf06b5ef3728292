/// <reference path="../.sst/platform/config.d.ts" />
import { alarmsOf, type ExpressionAlarmDefinition, type MetricAlarmDefinition, type MetricNames } from "./alarms.ts";
import { dashboardOf } from "./dashboard.ts";
import type { Functions } from "./functions.ts";
import { physicalName, serviceName } from "./names.ts";
import type { Place } from "./place.ts";
import type { Stage } from "./stages.ts";

/** The dashboard, and the alarms where the stage has any. */
export function observability(
  { alarms }: Stage,
  api: sst.aws.ApiGatewayV1,
  { widget }: Functions,
  { region }: Place,
): void {
  const resolved = $resolve({ api: api.nodes.api.name, widget: widget.arn, region });
  new aws.cloudwatch.Dashboard("Dashboard", {
    // Dashboards are of the whole account, whatever the region.
    dashboardName: $interpolate`${physicalName("overview")}-${region}`,
    dashboardBody: resolved.apply(({ api, widget, region }) =>
      JSON.stringify(dashboardOf(namesOf(api), region, widget)),
    ),
  });
  if (alarms === undefined) return;
  // The API's name is the one that isn't known before it is there; which alarms there are doesn't depend on it.
  for (const [name, definition] of Object.entries(alarmsOf(namesOf(""), alarms))) {
    const { description, threshold, periods } = definition;
    const actions = alarms.topic === undefined ? [] : [alarms.topic];
    new aws.cloudwatch.MetricAlarm(`Alarm-${name}`, {
      name: physicalName(name),
      alarmDescription: description,
      ...("expression" in definition ? queriesOf(definition) : metricOf(name, definition, alarms, api)),
      comparisonOperator: "GreaterThanOrEqualToThreshold",
      threshold,
      evaluationPeriods: periods,
      // Where nothing happens, nothing is wrong.
      treatMissingData: "notBreaching",
      alarmActions: actions,
      okActions: actions,
    });
  }
}

function metricOf(
  name: string,
  { namespace, name: metricName, statistic, periodSeconds }: MetricAlarmDefinition,
  alarms: NonNullable<Stage["alarms"]>,
  api: sst.aws.ApiGatewayV1,
) {
  const dimensions = api.nodes.api.name.apply((apiName) => {
    const definition = alarmsOf(namesOf(apiName), alarms)[name];
    return definition !== undefined && "dimensions" in definition ? { ...definition.dimensions } : {};
  });
  return {
    namespace,
    metricName,
    dimensions,
    ...(statistic === "p99" ? { extendedStatistic: statistic } : { statistic }),
    period: periodSeconds,
  };
}

function queriesOf({ expression, sums, periodSeconds }: ExpressionAlarmDefinition) {
  const metrics = Object.entries(sums).map(([id, { namespace, name: metricName, dimensions }]) => ({
    id,
    metric: { namespace, metricName, dimensions: { ...dimensions }, stat: "Sum", period: periodSeconds },
  }));
  return { metricQueries: [{ id: "result", expression, returnData: true }, ...metrics] };
}

function namesOf(api: string): MetricNames {
  return { physical: physicalName, service: serviceName(), api, stage: $app.stage };
}
