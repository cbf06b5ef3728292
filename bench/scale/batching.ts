import type { QueueDefinition } from "@gatehouse/functions/topology.ts";
import type { LoadModel } from "./model.ts";
import { expectedAtMost } from "./poisson.ts";

/** Pollers that Lambda keeps for a queue that has something in it (`sources.lambdaQueues`). */
export const leastPollers = 5;
/** Messages that SQS hands out, or deletes, in one request (`sources.sqsQuotas`). */
export const messagesPerRequest = 10;

/** How a queue's messages become batches, on average. */
export interface Batching {
  readonly pollers: number;
  /** Messages in a batch, which is one invocation and one request to the ledger. */
  readonly batchSize: number;
  readonly batchesPerSecond: number;
  /** Requests to SQS a second, besides those that put messages in. */
  readonly receivesPerSecond: number;
  readonly deletesPerSecond: number;
  /** How long a message waits at most for others, in seconds. */
  readonly waitSeconds: number;
  /** Messages that are received and not yet deleted. */
  readonly inFlight: number;
}

/**
 * Poisson arrivals shared by pollers, each of which collects from its first message on until its batch is full or its
 * window is over. A batch so has 1 + E[min(size - 1, N)] messages, where N is what arrives at a poller in a window: by
 * renewal, exactly. What arrives while a poller waits for its function joins the next batch, so that batches are no smaller
 * than this (`queueSimulation.ts` is the check).
 */
export function batch(
  { batchSize, batchWindowSeconds }: Pick<QueueDefinition, "batchSize" | "batchWindowSeconds">,
  messagesPerSecond: number,
  model: Pick<LoadModel, "receiveMilliseconds" | "recordMilliseconds" | "pollerUtilisation">,
): Batching {
  const receiveSeconds = model.receiveMilliseconds / 1_000;
  const pollers = pollersFor(batchSize, messagesPerSecond, model);
  const perPoller = messagesPerSecond / pollers;
  const size = 1 + expectedAtMost(batchSize - 1, perPoller * batchWindowSeconds);
  const perReceive = Math.min(size, 1 + expectedAtMost(messagesPerRequest - 1, perPoller * receiveSeconds));
  const batchesPerSecond = messagesPerSecond / size;
  // A batch that is full goes before its window is over.
  const waitSeconds = Math.min(batchWindowSeconds, (batchSize - 1) / perPoller);
  return {
    pollers,
    batchSize: size,
    batchesPerSecond,
    receivesPerSecond: messagesPerSecond / perReceive,
    deletesPerSecond: batchesPerSecond * Math.ceil(size / messagesPerRequest),
    waitSeconds,
    inFlight: messagesPerSecond * (waitSeconds + batchSeconds(size, model)),
  };
}

/** How long the function takes for a batch, in seconds. */
export function batchSeconds(size: number, { recordMilliseconds }: Pick<LoadModel, "recordMilliseconds">): number {
  return (recordMilliseconds.batch + size * recordMilliseconds.event) / 1_000;
}

/** As many as full batches need, if a poller receives one, hands it over and waits for its end. */
function pollersFor(
  batchSize: number,
  messagesPerSecond: number,
  model: Pick<LoadModel, "receiveMilliseconds" | "recordMilliseconds" | "pollerUtilisation">,
): number {
  const receiving = (Math.ceil(batchSize / messagesPerRequest) * model.receiveMilliseconds) / 1_000;
  const perPoller = batchSize / (receiving + batchSeconds(batchSize, model));
  return Math.max(leastPollers, Math.ceil(messagesPerSecond / (perPoller * model.pollerUtilisation)));
}
