import type { Logger } from "@aws-lambda-powertools/logger";
import { createPublisher } from "@gatehouse/core/observability/publisher.ts";
import { outboxRepository } from "@gatehouse/core/storage/outboxRepository.ts";
import { documentClient, eventBridge } from "./aws.ts";
import type { Environment } from "./environment.ts";

/** The publisher of a function: to the bus, or to the outbox while the bus does not answer. */
export function publisherOf({ bus, tables }: Environment, logger: Logger) {
  return createPublisher({
    eventBridge,
    bus,
    outbox: outboxRepository({ client: documentClient, table: tables.ledger }),
    onOutbox: (error) => logger.warn("An event took the outbox", { error }),
  });
}
