import { sweepOutbox } from "@gatehouse/core/observability/sweep.ts";
import { outboxRepository } from "@gatehouse/core/storage/outboxRepository.ts";
import type { ScheduledEvent } from "aws-lambda";
import { documentClient, eventBridge } from "./aws.ts";
import { readEnvironment } from "./environment.ts";
import { instrument } from "./middleware.ts";

const instrumented = instrument();
const { tables } = readEnvironment();
const outbox = outboxRepository({ client: documentClient, table: tables.ledger });

/** Brings what waits in the outbox to the bus. */
export const handler = instrumented.handler<ScheduledEvent, void>(async () => {
  const swept = await sweepOutbox({ eventBridge, outbox });
  if (swept > 0) instrumented.logger.info("Events brought from the outbox to the bus", { swept });
});
