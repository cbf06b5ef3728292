import type { Logger } from "@aws-lambda-powertools/logger";
import { createPublisher } from "@gatehouse/core/observability/publisher.ts";
import { eventBridge } from "./aws.ts";
import type { Environment } from "./environment.ts";
import { outboxOf } from "./outbox.ts";

/** The publisher of a function: to the bus, or to the outbox while the bus does not answer. */
export function publisherOf(environment: Environment, logger: Logger) {
  return createPublisher({
    eventBridge,
    bus: environment.bus,
    outbox: outboxOf(environment),
    onOutbox: (error) => logger.warn("An event took the outbox", { error }),
  });
}
