import { freshMilliseconds } from "@gatehouse/core/gateway/snapshot.ts";
import type { TableName } from "@gatehouse/core/storage/tables.ts";
import type { Topology } from "@gatehouse/functions/topology.ts";
import { type Batching, batch, batchSeconds } from "./batching.ts";
import { type Flow, flowOf } from "./flow.ts";
import type { Footprint } from "./footprint.ts";
import type { LoadModel } from "./model.ts";
import { quantile } from "./poisson.ts";
import { type TableDemand, tableDemands } from "./tableDemand.ts";

/** What a function is asked for. */
export interface FunctionDemand {
  readonly memoryMegabytes: number;
  readonly invocationsPerSecond: number;
  readonly durationSeconds: number;
  /** Executions at a time, on average and in all but one moment of a thousand. */
  readonly concurrency: { readonly mean: number; readonly peak: number };
}

/** What a load asks of every service, a second. */
export interface Demand {
  readonly callsPerSecond: number;
  readonly requestsPerSecond: number;
  /** The function that answers; the others drain queues. */
  readonly entry: string;
  readonly functions: Readonly<Record<string, FunctionDemand>>;
  /** Looks for changes of the configuration. */
  readonly looksPerSecond: number;
  readonly putEventsPerSecond: number;
  /** Events times the rules that match them. */
  readonly deliveriesPerSecond: number;
  readonly queues: Readonly<Record<string, Batching>>;
  readonly tables: Readonly<Partial<Record<TableName, TableDemand>>>;
  readonly tracesPerSecond: number;
  readonly segmentsPerSecond: number;
}

/** Where a request of an agent begins, and the event it causes. */
export const governedCall = {
  method: "POST",
  path: "/gateways/claims-a1b2c3d4e5/mcp",
  event: { source: "gatehouse.gateway", "detail-type": "ToolDecision" },
} as const;

/** How much of a vCPU comes with so much memory: all of one with 1,769 MB (`sources.lambdaMemory`). */
export function cpuShare(memoryMegabytes: number): number {
  return Math.min(1, memoryMegabytes / 1_769);
}

const peakShare = 0.999;

/** What so many tool calls a second ask of a deployment of that topology. */
export function demandOf(topology: Topology, footprint: Footprint, model: LoadModel, callsPerSecond: number): Demand {
  const flow = flowOf(topology, governedCall);
  const requestsPerSecond = callsPerSecond * (1 + model.listsPerCall);
  const entry = entryDemand(flow, footprint, model, requestsPerSecond);
  const events = flow.entry.definition.publishes ? requestsPerSecond : 0;
  const queues = queueDemands(flow, model, events);
  const consumers = consumerDemands(flow, queues, model);
  const invocations = Object.values(consumers).reduce((sum, { invocationsPerSecond }) => sum + invocationsPerSecond, 0);
  // Batches begin traces of their own, and share the reservoir of X-Ray's rule with requests.
  const tracesPerSecond = sampled(requestsPerSecond + invocations, model);
  return {
    callsPerSecond,
    requestsPerSecond,
    entry: flow.entry.name,
    functions: { [flow.entry.name]: entry.demand, ...consumers },
    looksPerSecond: entry.looksPerSecond,
    // Lambda gives an environment one request at a time, so that no event finds another to share a PutEvents with.
    putEventsPerSecond: events,
    deliveriesPerSecond: events * flow.deliveries.length,
    queues,
    tables: tableDemands({
      topology,
      flow,
      footprint,
      model,
      callsPerSecond,
      looksPerSecond: entry.looksPerSecond,
      batches: flow.deliveries.flatMap(({ queue, consumer }) => {
        const batching = consumer.definition.writes.includes("aggregates") ? queues[queue] : undefined;
        return batching === undefined ? [] : [batching];
      }),
    }),
    tracesPerSecond,
    segmentsPerSecond: tracesPerSecond * model.segmentsPerTrace,
  };
}

/** The function that answers, and how often its environments look for changes. */
function entryDemand(flow: Flow, footprint: Footprint, model: LoadModel, requestsPerSecond: number) {
  const { memoryMegabytes, publishes, reads } = flow.entry.definition;
  const ownSeconds = model.cpuMilliseconds / 1_000 / cpuShare(memoryMegabytes);
  const publishing = publishes ? model.putEventsMilliseconds : 0;
  // The event is on its way while the target works; a list has no target.
  const waiting = Math.max(model.targetMilliseconds, publishing) + model.listsPerCall * publishing;
  const withoutLooks = ownSeconds + waiting / 1_000 / (1 + model.listsPerCall);
  const environments = Math.max(1, quantile(requestsPerSecond * withoutLooks, peakShare));
  const looksPerSecond = reads.includes("config") ? looks(requestsPerSecond, environments, model.gateways) : 0;
  const lookSeconds = (footprint.versionReads.length * model.getItemMilliseconds) / 1_000;
  const durationSeconds = withoutLooks + (looksPerSecond / requestsPerSecond) * lookSeconds;
  return { looksPerSecond, demand: functionDemand(memoryMegabytes, requestsPerSecond, durationSeconds) };
}

/**
 * Looks for changes a second. An environment that holds a gateway's snapshot uses it unasked for `freshMilliseconds`, and
 * looks at the first call thereafter: a renewal of that time and the mean time until the next call of that gateway there.
 */
function looks(requestsPerSecond: number, environments: number, gateways: number): number {
  const holders = environments * gateways;
  return holders / (freshMilliseconds / 1_000 + holders / requestsPerSecond);
}

function functionDemand(
  memoryMegabytes: number,
  invocationsPerSecond: number,
  durationSeconds: number,
): FunctionDemand {
  const mean = invocationsPerSecond * durationSeconds;
  return {
    memoryMegabytes,
    invocationsPerSecond,
    durationSeconds,
    concurrency: { mean, peak: quantile(mean, peakShare) },
  };
}

function queueDemands({ deliveries }: Flow, model: LoadModel, events: number): Record<string, Batching> {
  const byQueue = Map.groupBy(deliveries, ({ queue }) => queue);
  const demands = [...byQueue].flatMap(([queue, [first, ...others]]): [string, Batching][] =>
    first === undefined ? [] : [[queue, batch(first.queueDefinition, events * (1 + others.length), model)]],
  );
  return Object.fromEntries(demands);
}

function consumerDemands(
  { deliveries }: Flow,
  queues: Readonly<Record<string, Batching>>,
  model: LoadModel,
): Record<string, FunctionDemand> {
  const consumers: Record<string, FunctionDemand> = {};
  for (const [queue, { batchSize, batchesPerSecond }] of Object.entries(queues)) {
    const consumer = deliveries.find((delivery) => delivery.queue === queue)?.consumer;
    if (consumer === undefined) continue;
    const { memoryMegabytes } = consumer.definition;
    const before = consumers[consumer.name]?.invocationsPerSecond ?? 0;
    const seconds = batchSeconds(batchSize, model);
    consumers[consumer.name] = functionDemand(memoryMegabytes, before + batchesPerSecond, seconds);
  }
  return consumers;
}

/** How many of so many a second X-Ray's default rule records. */
function sampled(perSecond: number, { sampling: { reservoir, rate } }: LoadModel): number {
  return Math.min(perSecond, reservoir + rate * Math.max(0, perSecond - reservoir));
}
