import { recordEvents } from "@gatehouse/core/observability/record.ts";
import { recordRepository } from "@gatehouse/core/storage/recordRepository.ts";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { documentClient } from "./aws.ts";
import { readEnvironment } from "./environment.ts";
import { instrument } from "./middleware.ts";

const instrumented = instrument();
const { tables } = readEnvironment();
const repository = recordRepository({ client: documentClient, tables });

/** Writes events from the queue into the ledger, and counts what they tell of. */
export const handler = instrumented.handler<SQSEvent, SQSBatchResponse>(async ({ Records }) => {
  const failed = await recordEvents(Records, repository);
  if (failed.length > 0)
    instrumented.logger.error("Events that cannot be recorded as they are", { messageIds: failed });
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
});
