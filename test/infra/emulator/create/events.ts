import {
  CreateArchiveCommand,
  CreateEventBusCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { CreateScheduleCommand, CreateScheduleGroupCommand } from "@aws-sdk/client-scheduler";
import { CreateQueueCommand, SetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import type { Create } from "./creator.ts";

export const bus: Create = async ({ name }, { aws }) => {
  const { EventBusArn } = await aws.eventBridge.send(new CreateEventBusCommand({ Name: name }));
  return { arn: EventBusArn };
};

export const archive: Create = async ({ name, eventSourceArn, retentionDays }, { aws }) => {
  const wanted = { ArchiveName: name, EventSourceArn: eventSourceArn, RetentionDays: retentionDays };
  await aws.eventBridge.send(new CreateArchiveCommand(wanted));
  return {};
};

export const rule: Create = async ({ name, eventBusName, eventPattern }, { aws }) => {
  const wanted = { Name: name, EventBusName: eventBusName, EventPattern: eventPattern };
  const { RuleArn } = await aws.eventBridge.send(new PutRuleCommand(wanted));
  return { arn: RuleArn };
};

export const ruleTarget: Create = async ({ rule, eventBusName, arn, deadLetterConfig, retryPolicy }, { aws }) => {
  const target = {
    // The provider makes one up as well.
    Id: "target",
    Arn: arn,
    DeadLetterConfig: { Arn: deadLetterConfig.arn },
    RetryPolicy: {
      MaximumEventAgeInSeconds: retryPolicy.maximumEventAgeInSeconds,
      MaximumRetryAttempts: retryPolicy.maximumRetryAttempts,
    },
  };
  const wanted = { Rule: rule, EventBusName: eventBusName, Targets: [target] };
  const { FailedEntries = [] } = await aws.eventBridge.send(new PutTargetsCommand(wanted));
  if (FailedEntries.length > 0) throw new Error(`${rule} has no target: ${JSON.stringify(FailedEntries)}`);
  return {};
};

export const queue: Create = async (inputs, { aws }) => {
  const { name, messageRetentionSeconds, sqsManagedSseEnabled, visibilityTimeoutSeconds, redrivePolicy } = inputs;
  const attributes = {
    MessageRetentionPeriod: messageRetentionSeconds,
    SqsManagedSseEnabled: sqsManagedSseEnabled,
    VisibilityTimeout: visibilityTimeoutSeconds,
    RedrivePolicy: redrivePolicy,
  };
  const given = Object.entries(attributes).filter(([, value]) => value !== undefined);
  const Attributes = Object.fromEntries(given.map(([attribute, value]) => [attribute, String(value)]));
  const { QueueUrl } = await aws.sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  return { url: QueueUrl };
};

export const queuePolicy: Create = async ({ queueUrl, policy }, { aws }) => {
  await aws.sqs.send(new SetQueueAttributesCommand({ QueueUrl: queueUrl, Attributes: { Policy: policy } }));
  return {};
};

export const redriveAllowPolicy: Create = async ({ queueUrl, redriveAllowPolicy }, { aws }) => {
  const Attributes = { RedriveAllowPolicy: redriveAllowPolicy };
  await aws.sqs.send(new SetQueueAttributesCommand({ QueueUrl: queueUrl, Attributes }));
  return {};
};

export const scheduleGroup: Create = async ({ name }, { aws }) => {
  const { ScheduleGroupArn } = await aws.scheduler.send(new CreateScheduleGroupCommand({ Name: name }));
  return { arn: ScheduleGroupArn };
};

export const schedule: Create = async (inputs, { aws }) => {
  const { name, groupName, scheduleExpression, flexibleTimeWindow, target } = inputs;
  const { maximumRetryAttempts, maximumEventAgeInSeconds } = target.retryPolicy;
  const { ScheduleArn } = await aws.scheduler.send(
    new CreateScheduleCommand({
      Name: name,
      GroupName: groupName,
      ScheduleExpression: scheduleExpression,
      FlexibleTimeWindow: { Mode: flexibleTimeWindow.mode },
      Target: {
        Arn: target.arn,
        RoleArn: target.roleArn,
        RetryPolicy: {
          MaximumRetryAttempts: maximumRetryAttempts,
          MaximumEventAgeInSeconds: maximumEventAgeInSeconds,
        },
      },
    }),
  );
  return { arn: ScheduleArn };
};
