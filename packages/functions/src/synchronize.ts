import { synchronizeTarget } from "@gatehouse/core/gateway/synchronize.ts";
import { createRestApiExports } from "@gatehouse/core/gateway/targets/apiGateway/discover.ts";
import { discoveringKinds } from "@gatehouse/core/gateway/targets/discoveries.ts";
import { createSchemaReader } from "@gatehouse/core/gateway/targets/schemas.ts";
import { targetSynchronizationRequested } from "@gatehouse/core/observability/events.ts";
import { definitionsToKeep } from "@gatehouse/core/policy/schema/definitions.ts";
import { configRepository } from "@gatehouse/core/storage/configRepository.ts";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { documentClient, lambda } from "./aws.ts";
import { readEnvironment } from "./environment.ts";
import { instrument } from "./middleware.ts";

const instrumented = instrument();
const { tables, allowLoopback, region } = readEnvironment();
const repository = configRepository({ client: documentClient, table: tables.config, typesOf: definitionsToKeep });
const descriptions = () => import("./descriptions.ts");
const kinds = discoveringKinds({
  lambda,
  allowLoopback,
  region,
  schemas: createSchemaReader(async () => (await descriptions()).s3),
  exports: createRestApiExports(async () => (await descriptions()).apiGateway),
});

/** Reads the tools of targets that were created, changed, or are to be synchronised again. */
export const handler = instrumented.handler<SQSEvent, SQSBatchResponse>(async ({ Records }) => {
  for (const { body } of Records) {
    const { gatewayId, targetId } = targetSynchronizationRequested.parse(JSON.parse(body).detail);
    await synchronizeTarget({ gatewayId, targetId, repository, kinds, now: () => new Date() });
  }
  return { batchItemFailures: [] };
});
