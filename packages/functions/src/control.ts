import { createAdministration } from "@gatehouse/core/control/administration/administration.ts";
import { millisecondsAnAnswer } from "@gatehouse/core/control/analysisTime.ts";
import { createControlPlane } from "@gatehouse/core/control/router.ts";
import { createKeyring } from "@gatehouse/core/identity/vault/keyring.ts";
import { createAnalyzer } from "@gatehouse/core/policy/analysis/analysis.ts";
import { definitionsToKeep } from "@gatehouse/core/policy/schema/definitions.ts";
import { describeSchema, parsePolicy, validatePolicies } from "@gatehouse/core/policy/validate.ts";
import { administrationRepository } from "@gatehouse/core/storage/administrationRepository.ts";
import { clientTokenRepository } from "@gatehouse/core/storage/clientTokenRepository.ts";
import { configRepository } from "@gatehouse/core/storage/configRepository.ts";
import { dataKeyRepository } from "@gatehouse/core/storage/dataKeyRepository.ts";
import { identityRepository } from "@gatehouse/core/storage/identityRepository.ts";
import { signingKeyRepository } from "@gatehouse/core/storage/signingKeyRepository.ts";
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import { documentClient, kms } from "./aws.ts";
import { sentHeaders, sentPath } from "./edge.ts";
import { readEnvironment } from "./environment.ts";
import { bodyOf } from "./http.ts";
import { instrument } from "./middleware.ts";
import { eventOutboxOf } from "./outbox.ts";

const instrumented = instrument();
const { logger } = instrumented;
const environment = readEnvironment();
const { tables, kmsKeyId, url, region, accountId, allowLoopback, adminIssuer } = environment;
const configTable = { client: documentClient, table: tables.config };

const administration = administrationRepository(configTable);
const dataKeys = dataKeyRepository(configTable);
const keyring = createKeyring({ kms, keyId: kmsKeyId, store: dataKeys });
const controlPlane = createControlPlane({
  repository: configRepository({ ...configTable, typesOf: definitionsToKeep }),
  clientTokens: clientTokenRepository(configTable),
  administrationRepository: administration,
  identityRepository: identityRepository(configTable),
  keyring,
  dataKeys,
  signingKeys: signingKeyRepository(configTable),
  kmsKeyId,
  administration: createAdministration({ administration, keyring, region, accountId, allowLoopback, adminIssuer }),
  outbox: eventOutboxOf(environment, logger),
  policies: { describeSchema, parsePolicy, validatePolicies },
  analyzer: createAnalyzer({ milliseconds: millisecondsAnAnswer }),
  url,
  region,
  accountId,
  allowLoopback,
  onRefused: ({ code, message }, context) =>
    logger.info("An administrator was refused", { code, reason: message, ...context }),
  onError: (error, context) => logger.error("A control-plane request failed", { error, ...context }),
});

/** Answers administrators: the AgentCore control plane, and Gatehouse's own operations beside it. */
export const handler = instrumented.handler<APIGatewayProxyEvent, APIGatewayProxyResult>(async (event) => {
  const { status, headers, body } = await controlPlane({
    method: event.httpMethod,
    path: event.path,
    signedPath: sentPath(event, url),
    query: queryOf(event),
    headers: sentHeaders(event, url),
    body: bodyOf(event),
    sourceIp: event.requestContext.identity.sourceIp,
    requestId: event.requestContext.requestId,
  });
  return { statusCode: status, headers: { ...headers }, body };
});

function queryOf({ multiValueQueryStringParameters }: APIGatewayProxyEvent): Record<string, string[]> {
  const entries = Object.entries(multiValueQueryStringParameters ?? {});
  return Object.fromEntries(entries.map(([name, values]) => [name, values ?? []]));
}
