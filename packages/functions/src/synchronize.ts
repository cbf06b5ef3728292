import { MetricUnit } from "@aws-lambda-powertools/metrics";
import { type SynchronizationReport, synchronizeTarget } from "@gatehouse/core/gateway/synchronize.ts";
import { targetKinds } from "@gatehouse/core/gateway/targets/kinds.ts";
import { targetSynchronizationRequested } from "@gatehouse/core/observability/events.ts";
import { definitionsToKeep } from "@gatehouse/core/policy/schema/definitions.ts";
import { configRepository } from "@gatehouse/core/storage/configRepository.ts";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { documentClient, lambda } from "./aws.ts";
import { readEnvironment } from "./environment.ts";
import { instrument } from "./middleware.ts";

const instrumented = instrument();
const { tables, allowLoopback } = readEnvironment();
const repository = configRepository({ client: documentClient, table: tables.config, typesOf: definitionsToKeep });
const kinds = targetKinds({ lambda, allowLoopback });

/** Somebody has to look at them: the alarm hangs at the metric. Names are a target's own, descriptions are for the review. */
function tellDrift(gatewayId: string, { target: { targetId, name }, quarantined }: SynchronizationReport): void {
  const tools = quarantined.slice(0, 100).map((drift) => ({ name: drift.name, kind: drift.kind }));
  instrumented.metrics.addMetric("ToolDrift", MetricUnit.Count, quarantined.length);
  instrumented.logger.warn("Tools are in quarantine", { gatewayId, targetId, target: name, tools });
}

/** Reads the tools of targets that were created, changed, or are to be synchronised again. */
export const handler = instrumented.handler<SQSEvent, SQSBatchResponse>(async ({ Records }) => {
  for (const { body } of Records) {
    const { gatewayId, targetId } = targetSynchronizationRequested.parse(JSON.parse(body).detail);
    const report = await synchronizeTarget({ gatewayId, targetId, repository, kinds, now: () => new Date() });
    if (report !== undefined && report.quarantined.length > 0) tellDrift(gatewayId, report);
  }
  return { batchItemFailures: [] };
});
