import { gatewayLogins } from "@gatehouse/core/identity/consent/gatewayLogins.ts";
import { createConsentRoutes } from "@gatehouse/core/identity/consent/routes.ts";
import type { IdentityRequest, IdentityRoutes } from "@gatehouse/core/identity/http.ts";
import { createIssuers } from "@gatehouse/core/identity/issuer.ts";
import { createCredentials } from "@gatehouse/core/identity/outbound/createCredentials.ts";
import { createKeyring } from "@gatehouse/core/identity/vault/keyring.ts";
import { configRepository } from "@gatehouse/core/storage/configRepository.ts";
import { dataKeyRepository } from "@gatehouse/core/storage/dataKeyRepository.ts";
import { identityRepository } from "@gatehouse/core/storage/identityRepository.ts";
import { vaultRepository } from "@gatehouse/core/storage/vaultRepository.ts";
import type { APIGatewayProxyEvent } from "aws-lambda";
import { documentClient, kms } from "./aws.ts";
import { sentPath } from "./edge.ts";
import { readEnvironment } from "./environment.ts";
import { bodyOf, type HttpResult, headersOf, proxyResult, queryOf } from "./http.ts";
import { instrument } from "./middleware.ts";

const instrumented = instrument();
const { tables, url, allowLoopback, kmsKeyId } = readEnvironment();
const configTable = { client: documentClient, table: tables.config };
const keyring = createKeyring({ kms, keyId: kmsKeyId, store: dataKeyRepository(configTable) });
const now = () => new Date();
const { consents } = createCredentials({
  providers: identityRepository(configTable),
  vault: vaultRepository({ client: documentClient, table: tables.vault }),
  keyring,
  url,
  allowLoopback,
  now,
});

/** Looked at in this order. */
const routes: readonly IdentityRoutes[] = [
  createConsentRoutes({
    consents,
    findLoginClient: gatewayLogins({ getGateway: configRepository(configTable).getGateway, keyring }),
    issuers: createIssuers({ allowLoopback }),
    keyring,
    url,
    allowLoopback,
    now,
    onFailure: (reason) => instrumented.logger.warn("A consent went no further", { reason }),
  }),
];

/** Answers agents that ask for credentials, and the browsers of users who consent. */
export const handler = instrumented.handler<APIGatewayProxyEvent, HttpResult>(async (event) => {
  const request: IdentityRequest = {
    method: event.httpMethod,
    path: event.path,
    signedPath: sentPath(event, url),
    query: queryOf(event),
    headers: headersOf(event),
    body: bodyOf(event),
    sourceIp: event.requestContext.identity.sourceIp,
    requestId: event.requestContext.requestId,
  };
  for (const route of routes) {
    const response = await route(request);
    if (response !== undefined) return proxyResult(response);
  }
  return { statusCode: 404, body: JSON.stringify({ message: "Not found" }) };
});
