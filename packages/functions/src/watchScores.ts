import { MetricUnit } from "@aws-lambda-powertools/metrics";
import { enabledConfigs } from "@gatehouse/core/evaluation/online/configs.ts";
import { tellFallenScores } from "@gatehouse/core/evaluation/online/tellFallenScores.ts";
import { aggregateRepository } from "@gatehouse/core/storage/aggregateRepository.ts";
import { configRepository } from "@gatehouse/core/storage/configRepository.ts";
import { scoreFallRepository } from "@gatehouse/core/storage/scoreFallRepository.ts";
import type { ScheduledEvent } from "aws-lambda";
import { documentClient } from "./aws.ts";
import { readEnvironment } from "./environment.ts";
import { instrument } from "./middleware.ts";
import { eventOutboxOf } from "./outbox.ts";

const instrumented = instrument();
const environment = readEnvironment();
const { tables } = environment;
const repository = configRepository({ client: documentClient, table: tables.config });
const aggregates = aggregateRepository({ client: documentClient, table: tables.aggregates });
const falls = scoreFallRepository({ client: documentClient, table: tables.ledger });
const outbox = eventOutboxOf(environment, instrumented.logger);

/** Tells of scores of online evaluation that are worse than they were. The alarm hangs at the metric. */
export const handler = instrumented.handler<ScheduledEvent, void>(async ({ time }) => {
  for await (const { configId, configArn } of enabledConfigs(repository)) {
    const told = await tellFallenScores({ configId, configArn, now: new Date(time) }, { aggregates, falls, outbox });
    for (const { evaluatorId, recent, before } of told) {
      instrumented.metrics.addMetric("EvaluationScoreFalls", MetricUnit.Count, 1);
      instrumented.logger.warn("The scores of an evaluator have fallen", { configId, evaluatorId, recent, before });
    }
  }
});
