import { createAdministration } from "@gatehouse/core/control/administration/administration.ts";
import { createKeyring } from "@gatehouse/core/identity/vault/keyring.ts";
import { createQueryApi } from "@gatehouse/core/observability/query/api.ts";
import { chunksOf } from "@gatehouse/core/observability/query/chunks.ts";
import { administrationRepository } from "@gatehouse/core/storage/administrationRepository.ts";
import { aggregateRepository } from "@gatehouse/core/storage/aggregateRepository.ts";
import { dataKeyRepository } from "@gatehouse/core/storage/dataKeyRepository.ts";
import { ledgerRepository } from "@gatehouse/core/storage/ledgerRepository.ts";
import { spanRepository } from "@gatehouse/core/storage/spanRepository.ts";
import type { APIGatewayProxyEvent, Context } from "aws-lambda";
import { documentClient, kms } from "./aws.ts";
import { sentHeaders, sentPath } from "./edge.ts";
import { readEnvironment } from "./environment.ts";
import { bodyOf, clientGone, type HttpResult, queryOf } from "./http.ts";
import { instrument } from "./middleware.ts";
import { streaming, streamingRuntime } from "./streaming.ts";

const instrumented = instrument();
const { logger } = instrumented;
const { tables, kmsKeyId, url, region, accountId, allowLoopback, adminIssuer } = readEnvironment();
const configTable = { client: documentClient, table: tables.config };
const ledgerTable = { client: documentClient, table: tables.ledger };
const keyring = createKeyring({ kms, keyId: kmsKeyId, store: dataKeyRepository(configTable) });

const queryApi = createQueryApi({
  administration: createAdministration({
    administration: administrationRepository(configTable),
    keyring,
    region,
    accountId,
    allowLoopback,
    adminIssuer,
  }),
  keyring,
  ledger: ledgerRepository(ledgerTable),
  spans: spanRepository(ledgerTable),
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
  const query = queryOf(event);
  const response = await queryApi({
    method: event.httpMethod,
    path: event.path,
    signedPath: sentPath(event, url),
    query: Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name)])),
    headers: sentHeaders(event, url),
    body: bodyOf(event),
    sourceIp: event.requestContext.identity.sourceIp,
    requestId: event.requestContext.requestId,
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
