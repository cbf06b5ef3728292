import { messageOf } from "@gatehouse/core/errors.ts";
import type { QueueDefinition } from "@gatehouse/functions/topology.ts";
import type { SQSEvent } from "aws-lambda";
import type { Clock } from "./clock.ts";
import { allFailed, failuresIn, sqsEvent } from "./delivery.ts";
import type { BusStore, KeyedMessage } from "./store.ts";

/** The first retry waits about this long, each further one twice as long as the one before. */
const firstRetryMilliseconds = 1_000;
const longestRetryMilliseconds = 60_000;
/** Enough that one slow batch doesn't hold up the next; every handler shares one process with the requests. */
const concurrentBatches = 2;

export interface QueueOptions {
  readonly name: string;
  readonly arn: string;
  readonly definition: QueueDefinition;
  readonly store: BusStore;
  readonly clock: Clock;
  /** Calls the queue's function; its answer may name the messages that failed. */
  readonly deliver: (event: SQSEvent) => Promise<unknown>;
  readonly log: (line: string) => void;
  /** True while somebody waits for the queue to become empty: then no batch waits to fill up. */
  readonly hurried: () => boolean;
  /** Called whenever the queue has become empty, or has only messages left that wait for their next try. */
  readonly onQuiet: () => void;
}

/** How many messages are where. */
export interface Depth {
  readonly ready: number;
  readonly inFlight: number;
  /** Waiting for their next try. */
  readonly delayed: number;
}

/** Hands messages to a function in batches until the function has taken each, or it has failed too often. */
export class Queue {
  readonly #options: QueueOptions;
  /** In memory as well as in the store: what one machine leaves undelivered is small enough for that. */
  #ready: KeyedMessage[] = [];
  readonly #delayed = new Map<KeyedMessage, () => void>();
  #batches = 0;
  #inFlight = 0;
  #running = false;
  #cancelWindow: (() => void) | undefined;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  get depth(): Depth {
    return { ready: this.#ready.length, inFlight: this.#inFlight, delayed: this.#delayed.size };
  }

  /** Starts to deliver, what an earlier process left behind first. */
  async start(): Promise<void> {
    const left = await this.#options.store.undelivered(this.#options.name);
    const known = new Set(this.#ready.map(({ key }) => key));
    this.#ready = [...left.filter(({ key }) => !known.has(key)), ...this.#ready];
    this.#running = true;
    this.#pump();
  }

  /** Takes messages that are in the store already. */
  add(messages: readonly KeyedMessage[]): void {
    // One by one: a spread of very many arguments overflows the stack.
    for (const message of messages) this.#ready.push(message);
    this.#pump();
  }

  /** Looks again whether a batch is due. */
  hurry(): void {
    this.#pump();
  }

  /** Delivers no more: what isn't in flight stays in the store for the next start. */
  stop(): void {
    this.#running = false;
    this.#cancelWindow?.();
    for (const cancel of this.#delayed.values()) cancel();
  }

  #pump(): void {
    while (this.#running && this.#batches < concurrentBatches && this.#ready.length > 0) {
      if (!this.#isDue()) return;
      this.#cancelWindow?.();
      this.#cancelWindow = undefined;
      void this.#deliver(this.#ready.splice(0, this.#options.definition.batchSize));
    }
  }

  /** True when a batch is full or has waited its time; else sees to it that the queue looks again then. */
  #isDue(): boolean {
    const { batchSize, batchWindowSeconds } = this.#options.definition;
    if (batchWindowSeconds === 0 || this.#ready.length >= batchSize || this.#options.hurried()) return true;
    this.#cancelWindow ??= this.#options.clock.after(batchWindowSeconds * 1000, () => {
      this.#cancelWindow = undefined;
      if (this.#running && this.#ready.length > 0) void this.#deliver(this.#ready.splice(0, batchSize));
    });
    return false;
  }

  async #deliver(batch: readonly KeyedMessage[]): Promise<void> {
    this.#batches += 1;
    this.#inFlight += batch.length;
    const failed = await this.#call(batch);
    try {
      await this.#settle(batch, failed);
    } catch (error) {
      // Without its store the queue can neither forget nor bury: it tries again, and the function sees a duplicate.
      this.#options.log(`The queue "${this.#options.name}" can't write to its store: ${messageOf(error)}`);
      for (const message of batch) this.#retryLater(message);
    }
    this.#batches -= 1;
    this.#inFlight -= batch.length;
    this.#pump();
    if (this.#ready.length === 0 && this.#inFlight === 0) this.#options.onQuiet();
  }

  async #call(batch: readonly KeyedMessage[]): Promise<Map<KeyedMessage, string>> {
    const { arn, clock, deliver } = this.#options;
    try {
      return failuresIn(await deliver(sqsEvent(batch, arn, clock.now())), batch);
    } catch (error) {
      return allFailed(batch, error);
    }
  }

  async #settle(batch: readonly KeyedMessage[], failed: ReadonlyMap<KeyedMessage, string>): Promise<void> {
    const { store, name, definition, log } = this.#options;
    await store.remove(batch.filter((message) => !failed.has(message)).map(({ key }) => key));
    for (const [message, lastError] of failed) {
      const next = { ...message, receiveCount: message.receiveCount + 1, lastError };
      if (next.receiveCount < definition.maxReceiveCount) {
        await store.update(next);
        this.#retryLater(next);
      } else {
        await store.bury(name, next);
        log(`The queue "${name}" gave up on event ${next.id} after ${next.receiveCount} deliveries: ${lastError}`);
      }
    }
  }

  #retryLater(message: KeyedMessage): void {
    const { clock } = this.#options;
    const ceiling = Math.min(longestRetryMilliseconds, firstRetryMilliseconds * 2 ** (message.receiveCount - 1));
    const cancel = clock.after(ceiling * (0.5 + clock.random() / 2), () => {
      this.#delayed.delete(message);
      this.add([message]);
    });
    this.#delayed.set(message, cancel);
  }
}
