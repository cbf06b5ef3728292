import { GatehouseError } from "@gatehouse/core/errors.ts";
import type { JsonObject } from "@gatehouse/core/json.ts";
import type { Topology } from "@gatehouse/functions/topology.ts";
import type { SQSEvent } from "aws-lambda";
import type { Place } from "../lambda/handler.ts";
import { type Clock, systemClock } from "./clock.ts";
import { compilePattern } from "./pattern.ts";
import { type Depth, Queue } from "./queue.ts";
import type { BusStore } from "./store.ts";

/** An event that its queue has given up on. */
export interface DeadLetter {
  readonly queue: string;
  readonly event: JsonObject;
  readonly receiveCount: number;
  readonly lastError: string;
  /** When the bus accepted it, ISO 8601. */
  readonly firstSeen: string;
}

/** EventBridge, its rules, the queues behind them and their dead-letter queues. */
export interface Bus {
  /** Takes events (EventBridge envelopes). When it resolves they are on disk and will be delivered at least once. */
  accept(events: readonly JsonObject[]): Promise<void>;
  start(): Promise<void>;
  /** Resolves as soon as every accepted event is delivered or a dead letter. */
  idle(): Promise<void>;
  /** Resolves as soon as nothing can be delivered right now: what failed may still wait for its next try. */
  quiet(): Promise<void>;
  depths(): Record<string, Depth>;
  deadLetters(): Promise<DeadLetter[]>;
  /** Queues the dead letters of one queue, or of all, again, and says how many they were. */
  redrive(queue?: string): Promise<number>;
  /** Starts no further delivery. */
  stop(): void;
}

export interface BusOptions {
  readonly topology: Topology;
  readonly store: BusStore;
  readonly place: Place;
  readonly deliver: (functionName: string, event: SQSEvent) => Promise<unknown>;
  readonly log: (line: string) => void;
  readonly clock?: Clock;
}

/** @throws GatehouseError `validation` when a rule's pattern isn't supported or names a queue that isn't there. */
export function createBus({ topology, store, place, deliver, log, clock = systemClock }: BusOptions): Bus {
  const waiting = new Set<() => void>();
  const queues = new Map(
    Object.entries(topology.queues).map(([name, definition]) => [
      name,
      new Queue({
        name,
        arn: `arn:aws:sqs:${place.region}:${place.accountId}:${name}`,
        definition,
        store,
        clock,
        deliver: (event) => deliver(definition.function, event),
        log,
        hurried: () => waiting.size > 0,
        onQuiet: () => {
          for (const look of waiting) look();
        },
      }),
    ]),
  );
  const rules = Object.entries(topology.rules).map(([name, { pattern, queue }]) => ({
    matches: compilePattern(pattern, name),
    queue: known(queues, queue, `The rule "${name}"`),
    name: queue,
  }));

  function when(holds: (depth: Depth) => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => {
      if (![...queues.values()].every((queue) => holds(queue.depth))) return;
      waiting.delete(look);
      resolve();
    };
    waiting.add(look);
    for (const queue of queues.values()) queue.hurry();
    look();
    return promise;
  }

  return {
    async accept(events) {
      const addressed = events.flatMap((event) => {
        const matching = rules.filter(({ matches }) => matches(event));
        const body = matching.length > 0 ? JSON.stringify(event) : "";
        return matching.map((rule) => ({ to: rule.queue, queue: rule.name, body }));
      });
      if (addressed.length === 0) return;
      const messages = await store.append(addressed);
      // All of a queue's messages at once, so that they can share a batch.
      for (const queue of queues.values()) queue.add(messages.filter((_, index) => addressed[index]?.to === queue));
    },
    start: async () => {
      for (const queue of queues.values()) await queue.start();
    },
    idle: () => when(({ ready, inFlight, delayed }) => ready + inFlight + delayed === 0),
    quiet: () => when(({ ready, inFlight }) => ready + inFlight === 0),
    depths: () => Object.fromEntries([...queues].map(([name, queue]) => [name, queue.depth])),
    deadLetters: async () => {
      const lists = await Promise.all([...queues.keys()].map((queue) => deadLettersOf(store, queue)));
      return lists.flat();
    },
    redrive: async (only) => {
      const chosen = only === undefined ? [...queues] : [[only, known(queues, only, "The redrive")] as const];
      let count = 0;
      for (const [name, queue] of chosen) {
        const messages = await store.redrive(name);
        queue.add(messages);
        count += messages.length;
      }
      return count;
    },
    stop: () => {
      for (const queue of queues.values()) queue.stop();
    },
  };
}

async function deadLettersOf(store: BusStore, queue: string): Promise<DeadLetter[]> {
  const messages = await store.deadLetters(queue);
  return messages.map(({ body, receiveCount, lastError, sentAt }) => ({
    queue,
    event: JSON.parse(body) as JsonObject,
    receiveCount,
    lastError: lastError ?? "",
    firstSeen: new Date(sentAt).toISOString(),
  }));
}

function known(queues: ReadonlyMap<string, Queue>, name: string, who: string): Queue {
  const queue = queues.get(name);
  if (queue !== undefined) return queue;
  throw new GatehouseError(
    "validation",
    `${who} names the queue "${name}", which isn't among ${[...queues.keys()].join(", ")}.`,
  );
}
