import { embedTools } from "@gatehouse/core/gateway/search/embedTools.ts";
import { synchronizeTarget } from "@gatehouse/core/gateway/synchronize.ts";
import { createRestApiExports } from "@gatehouse/core/gateway/targets/apiGateway/discover.ts";
import { discoveringKinds } from "@gatehouse/core/gateway/targets/discoveries.ts";
import { createSchemaReader } from "@gatehouse/core/gateway/targets/schemas.ts";
import { configurationChanged, targetSynchronizationRequested } from "@gatehouse/core/observability/events.ts";
import { definitionsToKeep } from "@gatehouse/core/policy/schema/definitions.ts";
import { configRepository } from "@gatehouse/core/storage/configRepository.ts";
import { vectorRepository } from "@gatehouse/core/storage/vectorRepository.ts";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { documentClient, lambda } from "./aws.ts";
import { embeddingModel } from "./embeddingModel.ts";
import { readEnvironment } from "./environment.ts";
import { instrument } from "./middleware.ts";

const instrumented = instrument();
const environment = readEnvironment();
const { tables, allowLoopback, region } = environment;
const repository = configRepository({ client: documentClient, table: tables.config, typesOf: definitionsToKeep });
const descriptions = () => import("./descriptions.ts");
const kinds = discoveringKinds({
  lambda,
  allowLoopback,
  region,
  schemas: createSchemaReader(async () => (await descriptions()).s3),
  exports: createRestApiExports(async () => (await descriptions()).apiGateway),
});
const model = embeddingModel(environment.embeddingModel);
const vectors = vectorRepository({ client: documentClient, table: tables.config });

/**
 * Reads the tools of targets that were created, changed, or are to be synchronised again; and has the embedding model, if
 * there is one, embed what is new among the tools of a gateway whose targets have changed.
 */
export const handler = instrumented.handler<SQSEvent, SQSBatchResponse>(async ({ Records }) => {
  for (const { body } of Records) {
    const { "detail-type": type, detail } = JSON.parse(body);
    const gatewayId = type === "ConfigurationChanged" ? gatewayOf(detail) : await synchronize(detail);
    if (model !== undefined) await embedTools(gatewayId, { repository, vectors, model });
  }
  return { batchItemFailures: [] };
});

async function synchronize(detail: unknown): Promise<string> {
  const { gatewayId, targetId } = targetSynchronizationRequested.parse(detail);
  await synchronizeTarget({ gatewayId, targetId, repository, kinds, now: () => new Date() });
  return gatewayId;
}

function gatewayOf(detail: unknown): string {
  const { resource } = configurationChanged.parse(detail);
  const [, gatewayId] = /:gateway\/([^/]+)/.exec(resource) ?? [];
  if (gatewayId === undefined) throw new Error(`The change of ${resource} is of no gateway.`);
  return gatewayId;
}
