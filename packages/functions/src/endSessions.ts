import { MetricUnit } from "@aws-lambda-powertools/metrics";
import { enabledConfigs } from "@gatehouse/core/evaluation/online/configs.ts";
import { endSessions } from "@gatehouse/core/evaluation/online/sessionEnd.ts";
import { configRepository } from "@gatehouse/core/storage/configRepository.ts";
import { sessionEndRepository } from "@gatehouse/core/storage/sessionEndRepository.ts";
import type { ScheduledEvent } from "aws-lambda";
import { documentClient } from "./aws.ts";
import { deadline } from "./deadline.ts";
import { readEnvironment } from "./environment.ts";
import { instrument } from "./middleware.ts";
import { eventOutboxOf } from "./outbox.ts";

const instrumented = instrument();
const environment = readEnvironment();
const { tables } = environment;
const repository = configRepository({ client: documentClient, table: tables.config });
const sessions = sessionEndRepository({ client: documentClient, table: tables.ledger });
const outbox = eventOutboxOf(environment, instrumented.logger);

/** What is left to end the sessions that are under way. */
const remainingMilliseconds = 5_000;
const tooLong = "There are more sessions than one call ends; the next one goes on.";
/** As many as are remembered, so that they aren't looked at every minute. */
const mostRemembered = 50_000;
const ended = new Set<string>();

/** Ends the sessions in which nothing happens any more, for each configuration of online evaluation. */
export const handler = instrumented.handler<ScheduledEvent, void>(async ({ time }, context) => {
  using late = deadline(context, remainingMilliseconds, tooLong);
  if (ended.size > mostRemembered) ended.clear();
  for await (const config of enabledConfigs(repository)) {
    const count = await endSessions(config, { sessions, outbox, now: new Date(time), signal: late.signal, ended });
    if (count === 0) continue;
    instrumented.metrics.addMetric("EndedSessions", MetricUnit.Count, count);
    instrumented.logger.info("Sessions have ended", { configId: config.configId, count });
  }
});
