import { createQueryApi } from "@gatehouse/core/observability/query/api.ts";
import { chunksOf } from "@gatehouse/core/observability/query/chunks.ts";
import { aggregateRepository } from "@gatehouse/core/storage/aggregateRepository.ts";
import { evaluationRepository } from "@gatehouse/core/storage/evaluationRepository.ts";
import { ledgerRepository } from "@gatehouse/core/storage/ledgerRepository.ts";
import { spanRepository } from "@gatehouse/core/storage/spanRepository.ts";
import type { APIGatewayProxyEvent, Context } from "aws-lambda";
import { administrationOf } from "./administration.ts";
import { documentClient } from "./aws.ts";
import { readEnvironment } from "./environment.ts";
import { bodyOf, clientGone, type HttpResult } from "./http.ts";
import { keyringOf } from "./keyring.ts";
import { instrument } from "./middleware.ts";
import { signedRequestOf } from "./signedRequest.ts";
import { streaming, streamingRuntime } from "./streaming.ts";

const instrumented = instrument();
const { logger } = instrumented;
const environment = readEnvironment();
const { tables, url } = environment;
const ledgerTable = { client: documentClient, table: tables.ledger };
const keyring = keyringOf(environment);

const queryApi = createQueryApi({
  administration: administrationOf(environment, keyring),
  keyring,
  ledger: ledgerRepository(ledgerTable),
  spans: spanRepository(ledgerTable),
  evaluations: evaluationRepository(ledgerTable),
  aggregates: aggregateRepository({ client: documentClient, table: tables.aggregates }),
  now: () => new Date(),
  // Less than what is silent for too long may take: such an answer would begin before it is known to be none.
  answerMilliseconds: 15_000,
  onRefused: ({ code, message }, context) =>
    logger.info("Somebody was refused what is recorded", { code, reason: message, ...context }),
  onError: (error, context) => logger.error("A query failed", { error, ...context }),
});

const answer = instrumented.handler<APIGatewayProxyEvent, HttpResult>(async (event, context) => {
  const { [clientGone]: gone } = context as Context & { readonly [clientGone]?: AbortSignal };
  const response = await queryApi({
    ...signedRequestOf(event, url, bodyOf(event)),
    ...(gone === undefined ? {} : { gone }),
  });
  const head = { statusCode: response.status, headers: { ...response.headers } };
  return "lines" in response
    ? { ...head, stream: ReadableStream.from(chunksOf(response.lines)) as ReadableStream<Uint8Array> }
    : { ...head, body: response.body };
});

const runtime = streamingRuntime();

/** Answers whoever asks what has happened: through Lambda's response stream where there is one, for exports. */
export const handler = runtime === undefined ? answer : streaming(runtime, answer);
