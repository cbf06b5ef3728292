import { evaluatorFinder } from "@gatehouse/core/evaluation/evaluators/find.ts";
import { lambdaCode } from "@gatehouse/core/evaluation/evaluators/lambdaCode.ts";
import { enabledConfig } from "@gatehouse/core/evaluation/online/configs.ts";
import { evaluateSession } from "@gatehouse/core/evaluation/online/evaluateSession.ts";
import { type GatehouseEvent, sessionEnded } from "@gatehouse/core/observability/events.ts";
import { configRepository } from "@gatehouse/core/storage/configRepository.ts";
import { evaluationRepository } from "@gatehouse/core/storage/evaluationRepository.ts";
import { ledgerRepository } from "@gatehouse/core/storage/ledgerRepository.ts";
import { spanRepository } from "@gatehouse/core/storage/spanRepository.ts";
import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { documentClient, lambda } from "./aws.ts";
import { deadline } from "./deadline.ts";
import { deploymentJudges } from "./deploymentJudges.ts";
import { readEnvironment } from "./environment.ts";
import { measurementsOfEvaluation, measurementsOfJudge } from "./evaluationMetrics.ts";
import { instrument } from "./middleware.ts";
import { publisherOf } from "./publisher.ts";

const instrumented = instrument();
const { logger } = instrumented;
const environment = readEnvironment();
const { tables } = environment;
const repository = configRepository({ client: documentClient, table: tables.config });
const publisher = publisherOf(environment, logger);
const ledgerTable = { client: documentClient, table: tables.ledger };
const sources = {
  configOf: (configId: string) => enabledConfig(repository, configId),
  evaluatorOf: evaluatorFinder({
    repository,
    invoke: lambdaCode(lambda),
    judges: deploymentJudges(environment, logger),
    onUsed: (evaluatorId, use) => instrumented.measure(measurementsOfJudge(evaluatorId, use)),
  }),
  spans: spanRepository(ledgerTable),
  ledger: ledgerRepository(ledgerTable),
  evaluations: evaluationRepository(ledgerTable),
  publisher: {
    async publish(event: GatehouseEvent) {
      await publisher.publish(event);
      if (event.type === "EvaluationCompleted") instrumented.measure(measurementsOfEvaluation(event.detail));
    },
  },
  now: () => new Date(),
};

/** What is left to publish the verdicts that are there. */
const remainingMilliseconds = 10_000;
const tooLong = "Evaluating the session took longer than its function may; the next delivery goes on.";

/**
 * Evaluates sessions that are over. What can't be evaluated now makes its message fail: it is delivered again, and what was
 * said meanwhile is not asked for again.
 */
export const handler = instrumented.handler<SQSEvent, SQSBatchResponse>(async ({ Records }, context) => {
  using late = deadline(context, remainingMilliseconds, tooLong);
  const failed: string[] = [];
  for (const { messageId, body } of Records) {
    const session = sessionEnded.parse(JSON.parse(body).detail);
    const { state, completed, failures } = await evaluateSession(session, { ...sources, signal: late.signal });
    const { configId, sessionId } = session;
    logger.info("A session was evaluated", { configId, sessionId, state, evaluations: completed.length });
    if (failures.length === 0) continue;
    failed.push(messageId);
    // Why, by evaluator and code: messages can quote what was judged (T18).
    const why = failures.map(({ evaluatorId, code }) => ({ evaluatorId, code }));
    logger.warn("Some of a session could not be evaluated now", { configId, sessionId, failures: why.slice(0, 20) });
  }
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
});
