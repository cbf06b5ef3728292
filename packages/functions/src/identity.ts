import { boundConsents } from "@gatehouse/core/identity/consent/boundConsents.ts";
import { gatewayLogins } from "@gatehouse/core/identity/consent/gatewayLogins.ts";
import { createConsentRoutes } from "@gatehouse/core/identity/consent/routes.ts";
import { authorizersOf } from "@gatehouse/core/identity/dataPlane/authorizers.ts";
import { createDataPlaneRoutes } from "@gatehouse/core/identity/dataPlane/routes.ts";
import { createUserTokens } from "@gatehouse/core/identity/dataPlane/userTokens.ts";
import { createWorkloadAccessTokens } from "@gatehouse/core/identity/dataPlane/workloadAccessTokens.ts";
import { createFacadeRoutes } from "@gatehouse/core/identity/facade/facade.ts";
import type { IdentityRequest, IdentityRoutes } from "@gatehouse/core/identity/http.ts";
import { createIssuers } from "@gatehouse/core/identity/issuer.ts";
import { createJwtVerifier } from "@gatehouse/core/identity/jwt.ts";
import { createCredentials } from "@gatehouse/core/identity/outbound/createCredentials.ts";
import { createJwksRoutes } from "@gatehouse/core/identity/outbound/jwksRoutes.ts";
import { configRepository } from "@gatehouse/core/storage/configRepository.ts";
import { facadeRepository } from "@gatehouse/core/storage/facadeRepository.ts";
import { identityRepository } from "@gatehouse/core/storage/identityRepository.ts";
import { rateLimitRepository } from "@gatehouse/core/storage/rateLimitRepository.ts";
import { signingKeyRepository } from "@gatehouse/core/storage/signingKeyRepository.ts";
import { vaultRepository } from "@gatehouse/core/storage/vaultRepository.ts";
import type { APIGatewayProxyEvent } from "aws-lambda";
import { administrationOf } from "./administration.ts";
import { documentClient } from "./aws.ts";
import { headersAsSent, sentPath } from "./edge.ts";
import { readEnvironment } from "./environment.ts";
import { bodyOf, type HttpResult, proxyResult, queryOf } from "./http.ts";
import { keyringOf } from "./keyring.ts";
import { instrument } from "./middleware.ts";
import { publisherOf } from "./publisher.ts";

const instrumented = instrument();
const { logger } = instrumented;
const environment = readEnvironment();
const { tables, url, region, accountId, allowLoopback } = environment;
const now = () => new Date();
const configTable = { client: documentClient, table: tables.config };

const rateLimits = rateLimitRepository({ client: documentClient, table: tables.aggregates });
const keyring = keyringOf(environment);
const identities = identityRepository(configTable);
const { credentials, consents, deploymentKey } = createCredentials({
  providers: identities,
  vault: vaultRepository({ client: documentClient, table: tables.vault }),
  signingKeys: signingKeyRepository(configTable),
  keyring,
  rateLimits,
  url,
  allowLoopback,
  now,
});
const administration = administrationOf(environment, keyring);
const issuers = createIssuers({ allowLoopback });
const configuration = configRepository(configTable);
const verifier = createJwtVerifier({ issuers });
const userTokens = createUserTokens({
  verifier,
  authorizers: authorizersOf(configuration),
});

/** Looked at in this order. */
const routes: readonly IdentityRoutes[] = [
  createDataPlaneRoutes({
    administration,
    identities,
    tokens: createWorkloadAccessTokens({ keyring, workloadIdentity: identities.workloadIdentity, now }),
    userTokens,
    credentials,
    // What an agent knows of a consent is not enough to complete it: the browser that has consented brings the rest.
    consents: boundConsents(consents, keyring),
    events: publisherOf(environment, logger),
    region,
    accountId,
    onRefused: ({ code, message }, context) =>
      logger.info("Somebody was refused a credential", { code, reason: message, ...context }),
    onError: (error, context) => logger.error("A request for a credential failed", { error, ...context }),
  }),
  createConsentRoutes({
    consents,
    findLoginClient: gatewayLogins({ getGateway: configuration.getGateway, keyring }),
    issuers,
    keyring,
    url,
    allowLoopback,
    now,
    onFailure: (reason) => logger.warn("A consent went no further", { reason }),
  }),
  createJwksRoutes({ deploymentKey }),
  createFacadeRoutes({
    gateways: configuration,
    issuers,
    verifier,
    keyring,
    store: facadeRepository({ client: documentClient, table: tables.vault }),
    rateLimits,
    url,
    allowLoopback,
    now,
    onFailure: (reason, context) => logger.warn("A client could not be signed in", { reason, ...context }),
  }),
];

/** Answers agents that ask for credentials, and the browsers of users who consent. */
export const handler = instrumented.handler<APIGatewayProxyEvent, HttpResult>(async (event) => {
  const request: IdentityRequest = {
    method: event.httpMethod,
    path: event.path,
    signedPath: sentPath(event, url),
    query: queryOf(event),
    headers: headersAsSent(event, url),
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
