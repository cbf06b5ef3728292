/// <reference path="../.sst/platform/config.d.ts" />
import { topology } from "../packages/functions/src/topology.ts";
import type { Functions } from "./functions.ts";
import { componentName, physicalName } from "./names.ts";
import type { Place } from "./place.ts";

/** Calls functions at the topology's rates. */
export function schedules(functions: Functions, { accountId }: Place): void {
  const group = new aws.scheduler.ScheduleGroup("Schedules", { name: physicalName("schedules") });
  for (const [name, { rateMinutes, function: called }] of Object.entries(topology.schedules)) {
    const role = new aws.iam.Role(`${componentName(name)}ScheduleRole`, {
      assumeRolePolicy: $jsonStringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "scheduler.amazonaws.com" },
            Action: "sts:AssumeRole",
            // Not for a schedule of somebody else's account.
            Condition: { StringEquals: { "aws:SourceAccount": accountId, "aws:SourceArn": group.arn } },
          },
        ],
      }),
      inlinePolicies: [
        {
          name: "invoke",
          policy: $jsonStringify({
            Version: "2012-10-17",
            Statement: [{ Effect: "Allow", Action: ["lambda:InvokeFunction"], Resource: [functions[called].arn] }],
          }),
        },
      ],
    });
    new aws.scheduler.Schedule(`${componentName(name)}Schedule`, {
      name: physicalName(name),
      groupName: group.name,
      scheduleExpression: `rate(${rateMinutes} ${rateMinutes === 1 ? "minute" : "minutes"})`,
      flexibleTimeWindow: { mode: "OFF" },
      target: {
        arn: functions[called].arn,
        roleArn: role.arn,
        // The next call does what a failed one has left.
        retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
      },
    });
  }
}
