import { type EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { GatehouseError, messageOf } from "../errors.ts";
import type { OutboxRepository } from "../storage/outboxRepository.ts";
import { fitting } from "./batches.ts";
import { type EventPublisher, eventTypes, type GatehouseEvent } from "./events.ts";

/** How many requests may be under way: enough to hide their latency, few enough that waiting events share requests. */
const maxRequests = 4;

interface Pending {
  readonly entry: PutEventsRequestEntry;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Publishes to an EventBridge bus. Events that arrive while requests are under way go out together. What the bus does
 * not accept goes to the outbox, from where `sweep` brings it to the bus later; when that fails too, `publish` rejects,
 * so that whoever waits for it fails closed.
 */
export function createPublisher(options: {
  eventBridge: EventBridgeClient;
  bus: string;
  outbox: OutboxRepository;
  /** Told when an event had to take the outbox. */
  onOutbox?: (error: unknown) => void;
}): EventPublisher {
  const waiting: Pending[] = [];
  let requests = 0;

  function pump(): void {
    while (requests < maxRequests && waiting.length > 0) {
      requests++;
      void send(waiting.splice(0, fitting(waiting.map(({ entry }) => entry)))).finally(() => {
        requests--;
        pump();
      });
    }
  }

  async function send(batch: readonly Pending[]): Promise<void> {
    let failures: readonly (string | undefined)[];
    try {
      const response = await options.eventBridge.send(
        new PutEventsCommand({ Entries: batch.map(({ entry }) => entry) }),
      );
      failures = batch.map(
        (_, index) => response.Entries?.[index]?.ErrorMessage ?? response.Entries?.[index]?.ErrorCode,
      );
    } catch (error) {
      failures = batch.map(() => messageOf(error));
    }
    await Promise.all(batch.map((pending, index) => settle(pending, failures[index])));
  }

  async function settle({ entry, resolve, reject }: Pending, failure: string | undefined): Promise<void> {
    if (failure === undefined) return resolve();
    try {
      await options.outbox.add(entry);
      resolve();
      options.onOutbox?.(new Error(`The bus did not take an event: ${failure}`));
    } catch (error) {
      reject(new GatehouseError("internal", "The event could not be recorded.", { cause: error }));
    }
  }

  return {
    publish: (event) =>
      new Promise((resolve, reject) => {
        waiting.push({ entry: entryOf(event, options.bus), resolve, reject });
        // After this turn of the event loop: the call that the event is about is on its way to its target by then, and
        // the events of calls that came together share a request.
        setImmediate(pump);
      }),
  };
}

/** The bus entry of an event. */
export function entryOf(event: GatehouseEvent, bus: string): PutEventsRequestEntry {
  return {
    EventBusName: bus,
    Source: eventTypes[event.type].source,
    DetailType: event.type,
    Detail: JSON.stringify(event.detail),
  };
}
