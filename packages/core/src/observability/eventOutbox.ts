import { type EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { Step } from "../storage/configRepository.table.ts";
import type { OutboxRepository } from "../storage/outboxRepository.ts";
import { fitting } from "./batches.ts";
import type { GatehouseEvent } from "./events.ts";
import { entryOf } from "./publisher.ts";

/** Events that are stored with the change that they tell of. */
export interface StagedEvents {
  /** Must be part of the change's transaction. */
  readonly steps: readonly Step[];
  /**
   * Brings the events to the bus, once the transaction is done. Never rejects: what the bus doesn't take now stays in
   * the outbox, from where `sweep` brings it later.
   */
  forward(): Promise<void>;
}

/** Publishes what belongs to changes in a database: an event exists if, and only if, its change does. */
export interface EventOutbox {
  stage(events: readonly GatehouseEvent[]): StagedEvents;
}

/** The transactional outbox. */
export function createEventOutbox(options: {
  eventBridge: EventBridgeClient;
  bus: string;
  outbox: OutboxRepository;
  /** Told when events have to wait for `sweep`. */
  onWaiting?: (error: unknown) => void;
}): EventOutbox {
  const { eventBridge, bus, outbox, onWaiting } = options;
  return {
    stage(events) {
      const staged = events.map((event) => outbox.stage(entryOf(event, bus)));
      const forward = async () => {
        for (let rest = staged; rest.length > 0; ) {
          const batch = rest.slice(0, fitting(rest.map(({ entry }) => entry)));
          rest = rest.slice(batch.length);
          const { Entries = [] } = await eventBridge.send(
            new PutEventsCommand({ Entries: batch.map(({ entry }) => entry) }),
          );
          const taken = batch.filter((_, index) => Entries[index]?.EventId !== undefined);
          await Promise.all(taken.map(({ id }) => outbox.remove(id)));
          if (taken.length < batch.length) throw new Error("The bus did not take every event of a change.");
        }
      };
      return {
        steps: staged.map(({ step }) => step),
        forward: () => forward().catch((error: unknown) => onWaiting?.(error)),
      };
    },
  };
}
