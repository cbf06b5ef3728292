import { replayPolicies } from "@gatehouse/core/control/replayPolicies.ts";
import { policyReplayRequested } from "@gatehouse/core/observability/events.ts";
import { configRepository } from "@gatehouse/core/storage/configRepository.ts";
import { ledgerRepository } from "@gatehouse/core/storage/ledgerRepository.ts";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { documentClient } from "./aws.ts";
import { deadline } from "./deadline.ts";
import { readEnvironment } from "./environment.ts";
import { instrument } from "./middleware.ts";

const instrumented = instrument();
const { tables } = readEnvironment();
const repository = configRepository({ client: documentClient, table: tables.config });
const ledger = ledgerRepository({ client: documentClient, table: tables.ledger });

/** What is left to say that the time was not enough. */
const remainingMilliseconds = 10_000;
const tooLong = "The replay took longer than its function may; choose a shorter time range.";

/** Tries recorded calls against other policies. */
export const handler = instrumented.handler<SQSEvent, SQSBatchResponse>(async ({ Records }, context) => {
  using late = deadline(context, remainingMilliseconds, tooLong);
  for (const { body } of Records) {
    const { gatewayId, policyReplayId } = policyReplayRequested.parse(JSON.parse(body).detail);
    await replayPolicies({ gatewayId, policyReplayId, repository, ledger, signal: late.signal });
  }
  return { batchItemFailures: [] };
});
