import { topology } from "../../../packages/functions/src/topology.ts";
import type { Graph } from "../synth/graph.ts";
import { all, type Check, differing, functionOf, named, nameOf, physical, statementsOf } from "./find.ts";

/** Every rule of the topology is there, on the bus, with its pattern and its queue, and no other is. */
export const rules: Check = (graph) => {
  const found = all(graph, "cloudwatch/eventRule").map(({ inputs }) => [
    inputs.name,
    { bus: inputs.eventBusName, pattern: JSON.parse(inputs.eventPattern), queues: queuesOf(graph, inputs.name) },
  ]);
  const due = Object.entries(topology.rules).map(([name, { pattern, queue }]) => [
    physical(graph, name),
    { bus: physical(graph, "bus"), pattern, queues: [physical(graph, queue)] },
  ]);
  return differing("The rules", Object.fromEntries(found), Object.fromEntries(due));
};

function queuesOf(graph: Graph, rule: string): string[] {
  const targets = all(graph, "cloudwatch/eventTarget").filter(({ inputs }) => inputs.rule === rule);
  return targets.map(({ inputs }) => nameOf(inputs.arn));
}

/** Nothing that was accepted is lost: every queue and every rule has dead letters, which are kept for a fortnight. */
export const deadLetters: Check = (graph) => [
  ...Object.entries(topology.queues).flatMap(([name, { maxReceiveCount }]) => {
    const { redrivePolicy = "null" } = named(graph, "sqs/queue", physical(graph, name)) ?? {};
    const dead = named(graph, "sqs/queue", physical(graph, `${name}-dead-letters`));
    const { deadLetterTargetArn, ...rest } = JSON.parse(redrivePolicy) ?? {};
    const redrive = { ...rest, to: nameOf(deadLetterTargetArn) };
    return [
      ...differing(`Where messages of ${name} go`, redrive, {
        maxReceiveCount,
        to: physical(graph, `${name}-dead-letters`),
      }),
      ...differing(`How long dead letters of ${name} stay`, dead?.messageRetentionSeconds, 14 * 24 * 3_600),
    ];
  }),
  ...all(graph, "cloudwatch/eventTarget").flatMap(({ name, inputs }) =>
    differing(`Dead letters of ${name}`, nameOf(inputs.deadLetterConfig?.arn), `${nameOf(inputs.arn)}-dead-letters`),
  ),
];

/** Queues are encrypted, hide a batch for six times as long as its function may work, and are written by their rules only. */
export const queues: Check = (graph) => [
  ...all(graph, "sqs/queue").flatMap(({ name, inputs }) =>
    differing(`Encryption of ${name}`, inputs.sqsManagedSseEnabled, true),
  ),
  ...Object.entries(topology.queues).flatMap(
    ([name, { visibilityTimeoutSeconds, batchWindowSeconds, function: consumer }]) => [
      ...differing(
        `How long ${name} hides a batch`,
        named(graph, "sqs/queue", physical(graph, name))?.visibilityTimeoutSeconds,
        visibilityTimeoutSeconds,
      ),
      ...(visibilityTimeoutSeconds >= 6 * topology.functions[consumer].timeoutSeconds + batchWindowSeconds
        ? []
        : [`${name} shows a batch again while ${consumer} may still work on it`]),
    ],
  ),
  ...all(graph, "sqs/queuePolicy").flatMap(({ name, inputs }) =>
    statementsOf(inputs.policy).flatMap((statement) => senders(graph, name, String(inputs.queueUrl), statement)),
  ),
];

function senders(graph: Graph, policy: string, url: string, statement: ReturnType<typeof statementsOf>[number]) {
  const { Principal, Action, Resource, Condition } = statement;
  const queue = nameOf(url);
  const rules = Object.entries(topology.rules).filter(
    ([, { queue: to }]) => physical(graph, to) === queue.replace(/-dead-letters$/, ""),
  );
  return differing(
    `Who may send by ${policy}`,
    { Principal, Action, queue: nameOf(Resource), from: Condition?.ArnEquals?.["aws:SourceArn"]?.map(nameOf) },
    {
      Principal: { Service: "events.amazonaws.com" },
      Action: "sqs:SendMessage",
      queue,
      from: rules.map(([name]) => physical(graph, name)),
    },
  );
}

/** Every queue is drained by its function, in batches of which each message may fail by itself. */
export const consumers: Check = (graph) =>
  differing(
    "The consumers",
    Object.fromEntries(
      all(graph, "lambda/eventSourceMapping").map(({ inputs }) => [
        nameOf(inputs.eventSourceArn),
        {
          function: functionOf(graph, inputs.functionName),
          batchSize: inputs.batchSize,
          batchWindowSeconds: inputs.maximumBatchingWindowInSeconds,
          answers: inputs.functionResponseTypes,
          atATime: inputs.scalingConfig?.maximumConcurrency,
        },
      ]),
    ),
    Object.fromEntries(
      Object.entries(topology.queues).map(([name, { function: consumer, maximumConcurrency: atATime, ...batch }]) => [
        physical(graph, name),
        {
          function: consumer,
          batchSize: batch.batchSize,
          batchWindowSeconds: batch.batchWindowSeconds,
          answers: ["ReportBatchItemFailures"],
          atATime,
        },
      ]),
    ),
  );

/** The archive keeps every event of the bus for as long as the stage says. */
export const archive: Check = (graph, { archiveDays }) =>
  differing(
    "The archive",
    all(graph, "cloudwatch/eventArchive").map(({ inputs }) => [
      nameOf(inputs.eventSourceArn),
      inputs.retentionDays,
      inputs.eventPattern ?? "every event",
    ]),
    [[physical(graph, "bus"), archiveDays, "every event"]],
  );

/** Functions are called at the topology's rates. */
export const schedules: Check = (graph) =>
  differing(
    "The schedules",
    Object.fromEntries(
      all(graph, "scheduler/schedule").map(({ inputs }) => [
        inputs.name,
        [inputs.scheduleExpression, functionOf(graph, inputs.target.arn)],
      ]),
    ),
    Object.fromEntries(
      Object.entries(topology.schedules).map(([name, { rateMinutes, function: called }]) => [
        physical(graph, name),
        [Number(rateMinutes) === 1 ? "rate(1 minute)" : `rate(${rateMinutes} minutes)`, called],
      ]),
    ),
  );
