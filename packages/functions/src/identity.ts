import { createFacadeRoutes } from "@gatehouse/core/identity/facade/facade.ts";
import type { IdentityRequest, IdentityRoutes } from "@gatehouse/core/identity/http.ts";
import { createIssuers } from "@gatehouse/core/identity/issuer.ts";
import { createJwtVerifier } from "@gatehouse/core/identity/jwt.ts";
import { createKeyring } from "@gatehouse/core/identity/vault/keyring.ts";
import { configRepository } from "@gatehouse/core/storage/configRepository.ts";
import { dataKeyRepository } from "@gatehouse/core/storage/dataKeyRepository.ts";
import { facadeRepository } from "@gatehouse/core/storage/facadeRepository.ts";
import { rateLimitRepository } from "@gatehouse/core/storage/rateLimitRepository.ts";
import type { APIGatewayProxyEvent } from "aws-lambda";
import { documentClient, kms } from "./aws.ts";
import { sentPath } from "./edge.ts";
import { readEnvironment } from "./environment.ts";
import { bodyOf, type HttpResult, headersOf, proxyResult, queryOf } from "./http.ts";
import { instrument } from "./middleware.ts";

const instrumented = instrument();
const { tables, url, allowLoopback, kmsKeyId } = readEnvironment();
const configTable = { client: documentClient, table: tables.config };
const issuers = createIssuers({ allowLoopback });

/** Looked at in this order. */
const routes: readonly IdentityRoutes[] = [
  createFacadeRoutes({
    gateways: configRepository(configTable),
    issuers,
    verifier: createJwtVerifier({ issuers }),
    keyring: createKeyring({ kms, keyId: kmsKeyId, store: dataKeyRepository(configTable) }),
    store: facadeRepository({ client: documentClient, table: tables.vault }),
    rateLimits: rateLimitRepository({ client: documentClient, table: tables.aggregates }),
    url,
    allowLoopback,
    now: () => new Date(),
    onFailure: (reason, context) => instrumented.logger.warn("A client could not be signed in", { reason, ...context }),
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
