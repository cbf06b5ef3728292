import { MetricUnit } from "@aws-lambda-powertools/metrics";
import { embedTools } from "@gatehouse/core/gateway/search/embedTools.ts";
import { type SynchronizationReport, synchronizeTarget } from "@gatehouse/core/gateway/synchronize.ts";
import { createRestApiExports } from "@gatehouse/core/gateway/targets/apiGateway/discover.ts";
import { discoveringKinds } from "@gatehouse/core/gateway/targets/discoveries.ts";
import { createSchemaReader } from "@gatehouse/core/gateway/targets/schemas.ts";
import { lazyCredentials } from "@gatehouse/core/identity/outbound/lazyCredentials.ts";
import { configurationChanged, targetSynchronizationRequested } from "@gatehouse/core/observability/events.ts";
import { definitionsToKeep } from "@gatehouse/core/policy/schema/definitions.ts";
import { configRepository } from "@gatehouse/core/storage/configRepository.ts";
import { identityRepository } from "@gatehouse/core/storage/identityRepository.ts";
import { rateLimitRepository } from "@gatehouse/core/storage/rateLimitRepository.ts";
import { signingKeyRepository } from "@gatehouse/core/storage/signingKeyRepository.ts";
import { vaultRepository } from "@gatehouse/core/storage/vaultRepository.ts";
import { vectorRepository } from "@gatehouse/core/storage/vectorRepository.ts";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { documentClient, lambda } from "./aws.ts";
import { embeddingModel } from "./embeddingModel.ts";
import { readEnvironment } from "./environment.ts";
import { keyringOf } from "./keyring.ts";
import { instrument } from "./middleware.ts";
import { requestSigner } from "./signer.ts";

const instrumented = instrument();
const environment = readEnvironment();
const { tables, url, allowLoopback, region } = environment;
const configTable = { client: documentClient, table: tables.config };
const repository = configRepository({ ...configTable, typesOf: definitionsToKeep });
/** Servers that list their tools for nobody else are asked with the gateway's own credentials. */
const { credentials } = lazyCredentials({
  providers: identityRepository(configTable),
  vault: vaultRepository({ client: documentClient, table: tables.vault }),
  signingKeys: signingKeyRepository(configTable),
  keyring: keyringOf(environment),
  rateLimits: rateLimitRepository({ client: documentClient, table: tables.aggregates }),
  url,
  allowLoopback,
});
const descriptions = () => import("./descriptions.ts");
const kinds = discoveringKinds({
  lambda,
  allowLoopback,
  region,
  sign: requestSigner(environment),
  credentials,
  schemas: createSchemaReader(async () => (await descriptions()).s3),
  exports: createRestApiExports(async () => (await descriptions()).apiGateway),
});
const model = embeddingModel(environment.embeddingModel);
const vectors = vectorRepository(configTable);

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
  const report = await synchronizeTarget({ gatewayId, targetId, repository, kinds, now: () => new Date() });
  if (report !== undefined && report.quarantined.length > 0) tellDrift(gatewayId, report);
  return gatewayId;
}

/** Somebody has to look at them: the alarm hangs at the metric. Names are a target's own, descriptions are for the review. */
function tellDrift(gatewayId: string, { target: { targetId, name }, quarantined }: SynchronizationReport): void {
  const tools = quarantined.slice(0, 100).map((drift) => ({ name: drift.name, kind: drift.kind }));
  instrumented.metrics.addMetric("ToolDrift", MetricUnit.Count, quarantined.length);
  instrumented.logger.warn("Tools are in quarantine", { gatewayId, targetId, target: name, tools });
}

function gatewayOf(detail: unknown): string {
  const { resource } = configurationChanged.parse(detail);
  const [, gatewayId] = /:gateway\/([^/]+)/.exec(resource) ?? [];
  if (gatewayId === undefined) throw new Error(`The change of ${resource} is of no gateway.`);
  return gatewayId;
}
