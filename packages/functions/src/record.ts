import { recordEvents } from "@gatehouse/core/observability/record.ts";
import { compaction } from "@gatehouse/core/storage/counts/compaction.ts";
import { recordRepository } from "@gatehouse/core/storage/recordRepository.ts";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { documentClient } from "./aws.ts";
import { readEnvironment } from "./environment.ts";
import { instrument } from "./middleware.ts";

const instrumented = instrument();
const { tables } = readEnvironment();
const { merge } = compaction({ client: documentClient, table: tables.aggregates });
const repository = recordRepository({
  client: documentClient,
  tables,
  // What was recorded is recorded, merged or not: the next that is merged takes it along.
  merge: (day) => merge(day).catch((error) => instrumented.logger.warn("Counts were not merged", { ...day, error })),
});

/** Writes events from the queue into the ledger, and counts what they tell of. */
export const handler = instrumented.handler<SQSEvent, SQSBatchResponse>(async ({ Records }) => {
  const failed = await recordEvents(Records, repository);
  if (failed.length > 0)
    instrumented.logger.error("Events that cannot be recorded as they are", { messageIds: failed });
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
});
