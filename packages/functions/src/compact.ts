import { compaction } from "@gatehouse/core/storage/counts/compaction.ts";
import type { ScheduledEvent } from "aws-lambda";
import { documentClient } from "./aws.ts";
import { readEnvironment } from "./environment.ts";
import { instrument } from "./middleware.ts";

const instrumented = instrument();
const { close } = compaction({ client: documentClient, table: readEnvironment().tables.aggregates });

/** Merges what was counted on days that are over, so that questions about them read little. */
export const handler = instrumented.handler<ScheduledEvent, void>(async () => {
  const days = await close(new Date());
  if (days > 0) instrumented.logger.info("Counts of past days merged", { days });
});
