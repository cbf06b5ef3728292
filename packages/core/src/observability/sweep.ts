import { type EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { OutboxRepository } from "../storage/outboxRepository.ts";
import { fitting } from "./batches.ts";

const batchSize = 10;

/**
 * Brings the outbox to the bus, oldest first, until it is empty or the bus refuses. An entry leaves the outbox only after
 * the bus has it; one that dies in between is published twice, which the ledger does not mind.
 * @returns how many entries the bus took.
 */
export async function sweepOutbox({
  eventBridge,
  outbox,
}: {
  eventBridge: EventBridgeClient;
  outbox: OutboxRepository;
}): Promise<number> {
  let swept = 0;
  for (;;) {
    const oldest = await outbox.oldest(batchSize);
    if (oldest.length === 0) return swept;
    const items = oldest.slice(0, fitting(oldest.map(({ entry }) => entry)));
    const { Entries = [] } = await eventBridge.send(new PutEventsCommand({ Entries: items.map(({ entry }) => entry) }));
    const taken = items.filter((_, index) => Entries[index]?.EventId !== undefined);
    await Promise.all(taken.map(({ id }) => outbox.remove(id)));
    swept += taken.length;
    if (taken.length < items.length) return swept;
  }
}
