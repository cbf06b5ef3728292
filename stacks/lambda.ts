/// <reference path="../.sst/platform/config.d.ts" />
import { componentName, physicalName } from "./names.ts";
import type { Statement } from "./permissions.ts";
import type { Stage } from "./stages.ts";

/** What functions differ in. */
export interface LambdaOptions {
  /** The folder with its bundle. */
  readonly bundle: string;
  readonly memoryMegabytes: number;
  readonly timeoutSeconds: number;
  readonly environment: $util.Input<Record<string, string>>;
  /** What it may do besides to write its log and its traces. */
  readonly permissions: readonly Statement[];
}

/** A function with a role and a log group of its own. */
export function lambda(name: string, options: LambdaOptions, stage: Stage): sst.aws.Function {
  const { bundle, memoryMegabytes, timeoutSeconds, environment, permissions } = options;
  const logGroup = new aws.cloudwatch.LogGroup(`${componentName(name)}Log`, {
    name: `/${$app.name}/${$app.stage}/${name}`,
    retentionInDays: stage.logRetentionDays,
  });
  return new sst.aws.Function(componentName(name), {
    name: physicalName(name),
    bundle,
    handler: "index.handler",
    runtime: "nodejs24.x",
    architecture: "arm64",
    memory: `${memoryMegabytes} MB`,
    timeout: `${timeoutSeconds} seconds`,
    // Whatever calls one without waiting for its answer does so again itself.
    retries: 0,
    logging: { logGroup: logGroup.name },
    environment,
    permissions: [...permissions, ...ownPermissions(logGroup), ...(stage.network === undefined ? [] : [inNetwork])],
    ...(stage.network === undefined
      ? {}
      : {
          vpc: {
            privateSubnets: [...stage.network.privateSubnets],
            securityGroups: [...stage.network.securityGroups],
          },
        }),
    transform: {
      function: { tracingConfig: { mode: "Active" } },
      role: (args) => {
        // SST lets the account's root take a function's role as well, where it takes a deployment for a live one.
        args.assumeRolePolicy = aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" });
        // The managed policies reach every log group of the account; what is needed of them is among the permissions.
        args.managedPolicyArns = [];
      },
    },
  });
}

function ownPermissions(logGroup: aws.cloudwatch.LogGroup): Statement[] {
  return [
    // Lambda opens streams as it likes; the group is there already.
    {
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [$interpolate`${logGroup.arn}:log-stream:*`],
    },
    // X-Ray knows no resources for these two.
    { actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources: ["*"] },
  ];
}

/** Lambda makes a function's network interfaces in its name; EC2 can't say yet which these are. */
const inNetwork: Statement = {
  actions: [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
  ],
  resources: ["*"],
};
