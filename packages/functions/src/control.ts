import { millisecondsAnAnswer } from "@gatehouse/core/control/analysisTime.ts";
import { createControlPlane } from "@gatehouse/core/control/router.ts";
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
import { administrationOf } from "./administration.ts";
import { documentClient } from "./aws.ts";
import { readEnvironment } from "./environment.ts";
import { bodyOf } from "./http.ts";
import { keyringOf } from "./keyring.ts";
import { instrument } from "./middleware.ts";
import { eventOutboxOf } from "./outbox.ts";
import { signedRequestOf } from "./signedRequest.ts";

const instrumented = instrument();
const { logger } = instrumented;
const environment = readEnvironment();
const { tables, kmsKeyId, url, region, accountId, allowLoopback } = environment;
const configTable = { client: documentClient, table: tables.config };

const administration = administrationRepository(configTable);
const dataKeys = dataKeyRepository(configTable);
const keyring = keyringOf(environment);
const controlPlane = createControlPlane({
  repository: configRepository({ ...configTable, typesOf: definitionsToKeep }),
  clientTokens: clientTokenRepository(configTable),
  administrationRepository: administration,
  identityRepository: identityRepository(configTable),
  keyring,
  dataKeys,
  signingKeys: signingKeyRepository(configTable),
  kmsKeyId,
  administration: administrationOf(environment, keyring),
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
  const { status, headers, body } = await controlPlane(signedRequestOf(event, url, bodyOf(event)));
  return { statusCode: status, headers: { ...headers }, body };
});
