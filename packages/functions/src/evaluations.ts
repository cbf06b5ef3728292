import { evaluatorFinder } from "@gatehouse/core/evaluation/evaluators/find.ts";
import { lambdaCode } from "@gatehouse/core/evaluation/evaluators/lambdaCode.ts";
import { onDemandEvaluate } from "@gatehouse/core/evaluation/onDemand/evaluate.ts";
import { createOnDemandEvaluation } from "@gatehouse/core/evaluation/onDemand/routes.ts";
import { configRepository } from "@gatehouse/core/storage/configRepository.ts";
import type { APIGatewayProxyEvent, Context } from "aws-lambda";
import { administrationOf } from "./administration.ts";
import { documentClient, lambda } from "./aws.ts";
import { deadline } from "./deadline.ts";
import { deploymentJudges } from "./deploymentJudges.ts";
import { readEnvironment } from "./environment.ts";
import { measurementsOfJudge, measurementsOfResults } from "./evaluationMetrics.ts";
import { bodyOf, clientGone, type HttpResult } from "./http.ts";
import { keyringOf } from "./keyring.ts";
import { instrument } from "./middleware.ts";
import { signedRequestOf } from "./signedRequest.ts";
import { streaming, streamingRuntime } from "./streaming.ts";

const instrumented = instrument();
const { logger } = instrumented;
const environment = readEnvironment();
const { url, region, accountId, tables } = environment;

const findEvaluator = evaluatorFinder({
  repository: configRepository({ client: documentClient, table: tables.config }),
  invoke: lambdaCode(lambda),
  judges: deploymentJudges(environment, logger),
  onUsed: (evaluatorId, use) => instrumented.measure(measurementsOfJudge(evaluatorId, use)),
});
const answerRequest = createOnDemandEvaluation({
  administration: administrationOf(environment, keyringOf(environment)),
  region,
  accountId,
  evaluate: onDemandEvaluate(findEvaluator),
  onEvaluated({ requestId, administrator: { type, id }, results }) {
    instrumented.measure(measurementsOfResults(results));
    // Neither what was judged nor what was said of it: both are somebody's conversation (T18).
    const [evaluatorId] = results.map((result) => result.evaluatorId);
    const errors = results.filter(({ errorCode }) => errorCode !== undefined).length;
    const what = { requestId, administrator: { type, id }, evaluatorId, results: results.length, errors };
    logger.info("A session was evaluated on demand", what);
  },
  onRefused: ({ code, message }, context) =>
    logger.info("Somebody was refused an evaluation", { code, reason: message, ...context }),
  onError: (error, context) => logger.error("An evaluation failed", { error, ...context }),
});

/** What is left to answer with what there is. */
const remainingMilliseconds = 5_000;
const tooLong = "The evaluation took longer than its function may.";

const answer = instrumented.handler<APIGatewayProxyEvent, HttpResult>(async (event, context) => {
  const { [clientGone]: gone } = context as Context & { readonly [clientGone]?: AbortSignal };
  using late = deadline(context, remainingMilliseconds, tooLong);
  const signal = gone === undefined ? late.signal : AbortSignal.any([late.signal, gone]);
  const { status, headers, body } = await answerRequest(signedRequestOf(event, url, bodyOf(event)), signal);
  return { statusCode: status, headers: { ...headers }, body };
});

const runtime = streamingRuntime();

/** Answers `Evaluate`: through Lambda's response stream where there is one, because a judge takes its time. */
export const handler = runtime === undefined ? answer : streaming(runtime, answer);
