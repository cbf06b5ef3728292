import { generatePolicies } from "@gatehouse/core/control/generatePolicies.ts";
import { policyGenerationRequested } from "@gatehouse/core/observability/events.ts";
import { createAnalyzer } from "@gatehouse/core/policy/analysis/analysis.ts";
import { configRepository } from "@gatehouse/core/storage/configRepository.ts";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { documentClient } from "./aws.ts";
import { deadline } from "./deadline.ts";
import { readEnvironment } from "./environment.ts";
import { instrument } from "./middleware.ts";
import { policyAuthor } from "./policyAuthor.ts";

const instrumented = instrument();
const { tables, model } = readEnvironment();
const repository = configRepository({ client: documentClient, table: tables.config });
const author = policyAuthor(model);
const analyzer = createAnalyzer();

/** What is left to end the proof that is under way, and to say that the time was not enough. */
const remainingMilliseconds = 30_000;
const tooLong = "Writing the policies took longer than its function may; write of fewer at a time.";

/** Writes policies from words. */
export const handler = instrumented.handler<SQSEvent, SQSBatchResponse>(async ({ Records }, context) => {
  using late = deadline(context, remainingMilliseconds, tooLong);
  for (const { body } of Records) {
    const { policyEngineId, policyGenerationId } = policyGenerationRequested.parse(JSON.parse(body).detail);
    await generatePolicies({ policyEngineId, policyGenerationId, repository, author, analyzer, signal: late.signal });
  }
  return { batchItemFailures: [] };
});
