import * as api from "./create/api.ts";
import type { Create } from "./create/creator.ts";
import * as events from "./create/events.ts";
import * as functions from "./create/functions.ts";
import * as identity from "./create/identity.ts";
import * as observability from "./create/observability.ts";
import * as storage from "./create/storage.ts";

/** How each type of resource is created. What others refer to stands before them. */
export const creators: Readonly<Record<string, Create>> = {
  "aws:cloudwatch/logGroup:LogGroup": observability.logGroup,
  "aws:cloudwatch/dashboard:Dashboard": observability.dashboard,
  "aws:dynamodb/table:Table": storage.table,
  "aws:kms/key:Key": storage.key,
  "aws:kms/alias:Alias": storage.keyAlias,
  "aws:sqs/queue:Queue": events.queue,
  "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": events.redriveAllowPolicy,
  "aws:cloudwatch/eventBus:EventBus": events.bus,
  "aws:cloudwatch/eventArchive:EventArchive": events.archive,
  "aws:cloudwatch/eventRule:EventRule": events.rule,
  "aws:sqs/queuePolicy:QueuePolicy": events.queuePolicy,
  "aws:cloudwatch/eventTarget:EventTarget": events.ruleTarget,
  "aws:apigateway/restApi:RestApi": api.restApi,
  "aws:scheduler/scheduleGroup:ScheduleGroup": events.scheduleGroup,
  "aws:iam/role:Role": functions.role,
  "aws:lambda/function:Function": functions.lambda,
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": functions.eventInvokeConfig,
  "aws:lambda/eventSourceMapping:EventSourceMapping": functions.consumer,
  "aws:scheduler/schedule:Schedule": events.schedule,
  "aws:cognito/userPool:UserPool": identity.userPool,
  "aws:cognito/userPoolDomain:UserPoolDomain": identity.userPoolDomain,
  "aws:cognito/resourceServer:ResourceServer": identity.resourceServer,
  "aws:cognito/userPoolClient:UserPoolClient": identity.userPoolClient,
  "aws:lambda/permission:Permission": functions.permission,
  "aws:apigateway/resource:Resource": api.resource,
  "aws:apigateway/method:Method": api.method,
  "aws:apigateway/integration:Integration": api.integration,
  "aws:apigateway/deployment:Deployment": api.deployment,
  "aws:apigateway/stage:Stage": api.stage,
  "aws:apigateway/methodSettings:MethodSettings": api.methodSettings,
};

/** What isn't created, and why. */
export const notCreated: Readonly<Record<string, string>> = {
  "aws:s3/bucketObjectv2:BucketObjectv2":
    "a function gets its archive with itself: the bucket is of SST's own bootstrap",
  "aws:cloudfront/distribution:Distribution": "test/support/edge.ts stands for it: ministack runs no edge functions",
  "pulumi-nodejs:dynamic:Resource": "it waits until the distribution is everywhere",
  "aws:cloudfront/function:Function": "test/support/edge.ts runs its code",
  "random:index/randomBytes:RandomBytes": "a number that is part of the graph already, and nothing of AWS",
};

/** Components of SST and of Pulumi are made of the resources, and nothing by themselves. */
export const isComponent = (type: string) => type.startsWith("sst:") || type.startsWith("pulumi:");
