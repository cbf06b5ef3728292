/// <reference path="../.sst/platform/config.d.ts" />
import { topology } from "../packages/functions/src/topology.ts";
import { componentName, mapValues, physicalName } from "./names.ts";
import type { Stage } from "./stages.ts";

type QueueName = keyof typeof topology.queues;

/** A queue, and where its messages go that failed too often. */
export interface QueueWithDeadLetters {
  readonly queue: aws.sqs.Queue;
  readonly deadLetters: aws.sqs.Queue;
}

export type Queues = Readonly<Record<QueueName, QueueWithDeadLetters>>;

/** As long as SQS keeps messages: whoever has to look has a fortnight. */
const retentionSeconds = 14 * 24 * 3_600;

/** The bus with its archive, the queues with their dead letters, and the rules between them. */
export function events(stage: Stage) {
  const bus = new aws.cloudwatch.EventBus("Bus", { name: physicalName("bus") });
  new aws.cloudwatch.EventArchive("BusArchive", {
    name: physicalName("bus"),
    eventSourceArn: bus.arn,
    retentionDays: stage.archiveDays,
  });
  const queues = mapValues(topology.queues, (_, name) => queueNamed(name));
  const ruleArns = mapValues(topology.queues, () => [] as $util.Output<string>[]);
  for (const [name, { pattern, queue }] of Object.entries(topology.rules)) {
    ruleArns[queue].push(ruleTo(queues[queue], `${componentName(name)}Rule`, name, pattern, bus));
  }
  for (const [name, { queue, deadLetters }] of Object.entries(queues)) {
    // A rule puts into the dead letters what it can't put into the queue.
    const sources = ruleArns[name as QueueName]; // Both have the queues' names.
    allowRules(`${componentName(name)}Queue`, queue, sources);
    allowRules(`${componentName(name)}DeadLetters`, deadLetters, sources);
  }
  return { bus, queues };
}

function queueNamed(name: QueueName): QueueWithDeadLetters {
  const { maxReceiveCount, visibilityTimeoutSeconds } = topology.queues[name];
  const common = { messageRetentionSeconds: retentionSeconds, sqsManagedSseEnabled: true };
  const deadLetters = new aws.sqs.Queue(`${componentName(name)}DeadLetters`, {
    name: physicalName(`${name}-dead-letters`),
    ...common,
  });
  const queue = new aws.sqs.Queue(`${componentName(name)}Queue`, {
    name: physicalName(name),
    visibilityTimeoutSeconds,
    redrivePolicy: $jsonStringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount }),
    ...common,
  });
  new aws.sqs.RedriveAllowPolicy(`${componentName(name)}DeadLettersRedrive`, {
    queueUrl: deadLetters.url,
    redriveAllowPolicy: $jsonStringify({ redrivePermission: "byQueue", sourceQueueArns: [queue.arn] }),
  });
  return { queue, deadLetters };
}

/** @returns the rule's ARN. */
function ruleTo(
  { queue, deadLetters }: QueueWithDeadLetters,
  component: string,
  name: string,
  pattern: object,
  bus: aws.cloudwatch.EventBus,
): $util.Output<string> {
  const rule = new aws.cloudwatch.EventRule(component, {
    name: physicalName(name),
    eventBusName: bus.name,
    eventPattern: JSON.stringify(pattern),
  });
  new aws.cloudwatch.EventTarget(`${component}Target`, {
    rule: rule.name,
    eventBusName: bus.name,
    arn: queue.arn,
    deadLetterConfig: { arn: deadLetters.arn },
    // As long as EventBridge tries: nothing is lost as long as the queue is back within a day.
    retryPolicy: { maximumEventAgeInSeconds: 24 * 3_600, maximumRetryAttempts: 185 },
  });
  return rule.arn;
}

/** Lets these rules send to a queue, and nobody else who has no right of their own. */
function allowRules(component: string, queue: aws.sqs.Queue, ruleArns: readonly $util.Output<string>[]): void {
  new aws.sqs.QueuePolicy(`${component}Policy`, {
    queueUrl: queue.url,
    policy: $jsonStringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: "events.amazonaws.com" },
          Action: "sqs:SendMessage",
          Resource: queue.arn,
          Condition: { ArnEquals: { "aws:SourceArn": ruleArns } },
        },
      ],
    }),
  });
}
