import { sweepOutbox } from "@gatehouse/core/observability/sweep.ts";
import type { ScheduledEvent } from "aws-lambda";
import { eventBridge } from "./aws.ts";
import { readEnvironment } from "./environment.ts";
import { instrument } from "./middleware.ts";
import { outboxOf } from "./outbox.ts";

const instrumented = instrument();
const outbox = outboxOf(readEnvironment());

/** Brings what waits in the outbox to the bus. */
export const handler = instrumented.handler<ScheduledEvent, void>(async () => {
  const swept = await sweepOutbox({ eventBridge, outbox });
  if (swept > 0) instrumented.logger.info("Events brought from the outbox to the bus", { swept });
});
