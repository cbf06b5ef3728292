import { MetricUnit } from "@aws-lambda-powertools/metrics";
import { putSpans } from "@gatehouse/core/control/administration/actionGroups.ts";
import { createAdministration } from "@gatehouse/core/control/administration/administration.ts";
import { createKeyring } from "@gatehouse/core/identity/vault/keyring.ts";
import { createTraceService } from "@gatehouse/core/observability/otlp/traceService.ts";
import { administrationRepository } from "@gatehouse/core/storage/administrationRepository.ts";
import { dataKeyRepository } from "@gatehouse/core/storage/dataKeyRepository.ts";
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import { documentClient, kms } from "./aws.ts";
import { sentHeaders, sentPath, withChallenge } from "./edge.ts";
import { readEnvironment } from "./environment.ts";
import { bytesOf, queryOf } from "./http.ts";
import { instrument } from "./middleware.ts";
import { publisherOf } from "./publisher.ts";

const instrumented = instrument();
const { logger, metrics } = instrumented;
const environment = readEnvironment();
const { tables, kmsKeyId, url, region, accountId, allowLoopback, adminIssuer } = environment;
const configTable = { client: documentClient, table: tables.config };

const administration = createAdministration({
  administration: administrationRepository(configTable),
  keyring: createKeyring({ kms, keyId: kmsKeyId, store: dataKeyRepository(configTable) }),
  region,
  accountId,
  allowLoopback,
  adminIssuer,
  basicAt: url,
});
const takeSpans = createTraceService({
  publisher: publisherOf(environment, logger),
  now: () => new Date(),
  onRejected: (count, reasons, sender) => {
    metrics.addMetric("RejectedSpans", MetricUnit.Count, count);
    logger.warn("Spans were rejected", { count, reasons, sender });
  },
  onRefused: ({ code, message }) => logger.info("Somebody was refused to send spans", { code, reason: message }),
  onError: (error) => logger.error("Spans could not be taken", { error }),
});

/** Takes the spans of agents, by OTLP over HTTP. */
export const handler = instrumented.handler<APIGatewayProxyEvent, APIGatewayProxyResult>(async (event) => {
  const headers = sentHeaders(event, url);
  const request = {
    method: event.httpMethod,
    path: event.path,
    signedPath: sentPath(event, url),
    query: signedQuery(event),
    headers,
    body: bytesOf(event),
    sourceIp: event.requestContext.identity.sourceIp,
  };
  const answer = await takeSpans(
    {
      contentType: headers["content-type"] ?? "",
      contentEncoding: headers["content-encoding"] ?? "",
      body: request.body,
    },
    async () => {
      const sender = await administration.authenticate(request);
      await administration.authorize(sender, putSpans, {});
      return `${sender.type}::${JSON.stringify(sender.id)}`;
    },
  );
  return withChallenge(event, {
    statusCode: answer.status,
    headers: { ...answer.headers, "content-type": answer.contentType },
    body: Buffer.from(answer.body).toString("base64"),
    isBase64Encoded: true,
  });
});

function signedQuery(event: APIGatewayProxyEvent): Record<string, string[]> {
  const query = queryOf(event);
  return Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name)]));
}
