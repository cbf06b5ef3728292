import type { Logger } from "@aws-lambda-powertools/logger";
import { createEventOutbox } from "@gatehouse/core/observability/eventOutbox.ts";
import { outboxRepository } from "@gatehouse/core/storage/outboxRepository.ts";
import { documentClient, eventBridge } from "./aws.ts";
import type { Environment } from "./environment.ts";

/** The outbox, which is in the ledger's table. */
export function outboxOf({ tables }: Environment) {
  return outboxRepository({ client: documentClient, table: tables.ledger });
}

/** The outbox of a function that changes the configuration: events are in it before they are on the bus. */
export function eventOutboxOf(environment: Environment, logger: Logger) {
  return createEventOutbox({
    eventBridge,
    bus: environment.bus,
    outbox: outboxOf(environment),
    onWaiting: (error) => logger.warn("Events of a change wait in the outbox", { error }),
  });
}
