import { MetricUnit } from "@aws-lambda-powertools/metrics";
import { messageOf } from "@gatehouse/core/errors.ts";
import { createCursors } from "@gatehouse/core/gateway/features/cursors.ts";
import { createGateway } from "@gatehouse/core/gateway/gateway.ts";
import { lambdaInterceptors } from "@gatehouse/core/gateway/interceptors/invoke.ts";
import { createLimiter } from "@gatehouse/core/gateway/limits/limiter.ts";
import type { GatewayRequest } from "@gatehouse/core/gateway/request.ts";
import { createRequestStates } from "@gatehouse/core/gateway/requestStates.ts";
import { resilient } from "@gatehouse/core/gateway/resilience/resilience.ts";
import { semanticRanking } from "@gatehouse/core/gateway/search/semantic.ts";
import { createSnapshots } from "@gatehouse/core/gateway/snapshot.ts";
import { elicitingConsent } from "@gatehouse/core/gateway/targets/credentials/elicitation.ts";
import { targetKinds } from "@gatehouse/core/gateway/targets/kinds.ts";
import { createUserContexts } from "@gatehouse/core/gateway/targets/lambda/userContext.ts";
import { lazyCallers } from "@gatehouse/core/identity/callers.ts";
import { createIssuers } from "@gatehouse/core/identity/issuer.ts";
import { createJwtVerifier } from "@gatehouse/core/identity/jwt.ts";
import { lazyCredentials } from "@gatehouse/core/identity/outbound/lazyCredentials.ts";
import { administrationRepository } from "@gatehouse/core/storage/administrationRepository.ts";
import { configRepository } from "@gatehouse/core/storage/configRepository.ts";
import { identityRepository } from "@gatehouse/core/storage/identityRepository.ts";
import { rateLimitRepository } from "@gatehouse/core/storage/rateLimitRepository.ts";
import { signingKeyRepository } from "@gatehouse/core/storage/signingKeyRepository.ts";
import { vaultRepository } from "@gatehouse/core/storage/vaultRepository.ts";
import { vectorRepository } from "@gatehouse/core/storage/vectorRepository.ts";
import type { APIGatewayProxyEvent, Context } from "aws-lambda";
import { answering, createAnsweredRequests } from "./answeredRequests.ts";
import { documentClient, lambda } from "./aws.ts";
import { headersAsSent, sentPath, withChallenge } from "./edge.ts";
import { embeddingModel } from "./embeddingModel.ts";
import { readEnvironment } from "./environment.ts";
import { bodyOf, clientGone, type HttpResult, proxyResult, queryOf } from "./http.ts";
import { keyringOf } from "./keyring.ts";
import { instrument } from "./middleware.ts";
import { publisherOf } from "./publisher.ts";
import { requestSigner } from "./signer.ts";
import { streaming, streamingRuntime } from "./streaming.ts";
import { topology } from "./topology.ts";

const instrumented = instrument();
const environment = readEnvironment();
const { tables, url, allowLoopback, region, accountId } = environment;
const configTable = { client: documentClient, table: tables.config };
const rateLimits = rateLimitRepository({ client: documentClient, table: tables.aggregates });
const keyring = keyringOf(environment);
const states = createRequestStates({ keyring, now: () => new Date() });
const { credentials, deploymentKey } = lazyCredentials({
  providers: identityRepository(configTable),
  vault: vaultRepository({ client: documentClient, table: tables.vault }),
  signingKeys: signingKeyRepository(configTable),
  keyring,
  rateLimits,
  url,
  allowLoopback,
});
const userContexts = createUserContexts({ key: deploymentKey, url, now: () => new Date() });
const sign = requestSigner(environment);
const kinds = targetKinds({ lambda, allowLoopback, region, sign, states, credentials, userContexts });

const model = embeddingModel(environment.embeddingModel);
const vectors = vectorRepository(configTable);

const publisher = publisherOf(environment, instrumented.logger);
const answeredRequests = createAnsweredRequests(publisher, instrumented);

const gateway = createGateway({
  snapshots: createSnapshots({ repository: configRepository(configTable) }),
  verifier: createJwtVerifier({ issuers: createIssuers({ allowLoopback }) }),
  callers: lazyCallers(async () => {
    // The administration knows every operation of the control plane, which only a gateway of AWS_IAM has to wait for.
    const [{ createCallers }, { createAuthorizer }] = await Promise.all([
      import("@gatehouse/core/control/administration/callers.ts"),
      import("@gatehouse/core/control/administration/authorize.ts"),
    ]);
    const administration = administrationRepository(configTable);
    const authorizer = createAuthorizer();
    return createCallers({ administration, keyring, authorizer, region, accountId, now: () => new Date() });
  }),
  publisher,
  targets: elicitingConsent(
    resilient(kinds, {
      onCircuitOpened: ({ gatewayId, targetId, name }) => {
        instrumented.metrics.addMetric("CircuitsOpened", MetricUnit.Count, 1);
        instrumented.logger.warn("The circuit of a target has opened", { gatewayId, targetId, target: name });
      },
    }),
    states,
  ),
  limiter: createLimiter(rateLimits),
  cursors: createCursors({ keyring, now: () => new Date() }),
  interceptors: lambdaInterceptors(lambda),
  url,
  // A few seconds less than the function has, so that a call that takes too long is still answered.
  requestTimeoutMilliseconds: (topology.functions.gateway.timeoutSeconds - 5) * 1_000,
  now: () => new Date(),
  onPolicyFailure: (reason) => {
    instrumented.metrics.addMetric("PolicyFailures", MetricUnit.Count, 1);
    instrumented.logger.error("A policy decision failed and so denied", { reason });
  },
  onUnrecorded: (decision) => {
    instrumented.metrics.addMetric("UnrecordedDecisions", MetricUnit.Count, 1);
    instrumented.logger.error("A decision could not be recorded", { decision });
  },
  onTargetFailure: (reason) => {
    instrumented.metrics.addMetric("TargetFailures", MetricUnit.Count, 1);
    instrumented.logger.warn("A target failed", { reason });
  },
  onInterceptorFailure: (reason) => {
    instrumented.metrics.addMetric("InterceptorFailures", MetricUnit.Count, 1);
    instrumented.logger.error("An interceptor failed", { reason });
  },
  search: {
    ...(model === undefined ? {} : { semantic: semanticRanking({ model, vectors }) }),
    onDegraded: (error) => {
      instrumented.metrics.addMetric("DegradedSearches", MetricUnit.Count, 1);
      instrumented.logger.warn("Tools were searched by their words alone", { reason: messageOf(error) });
    },
  },
  onError: (error) => instrumented.logger.error("A request failed", { error }),
});

const metadataPath = /^gateways\/([^/]+)\/mcp$/;

const answer = instrumented.handler<APIGatewayProxyEvent, HttpResult>(async (event, context) => {
  const metadataOf = metadataPath.exec(event.pathParameters?.path ?? "")?.[1];
  if (metadataOf !== undefined) return proxyResult(await gateway.metadata(metadataOf));
  const gatewayId = event.pathParameters?.gatewayId;
  if (gatewayId === undefined) return { statusCode: 404, body: JSON.stringify({ message: "Not found" }) };
  const { [clientGone]: gone } = context as Context & { readonly [clientGone]?: AbortSignal };
  const request = {
    gatewayId,
    method: event.httpMethod,
    path: sentPath(event, url),
    sourceIp: event.requestContext.identity.sourceIp,
    headers: headersAsSent(event, url),
    query: queryOf(event),
    body: bodyOf(event),
    ...(gone === undefined ? {} : { gone }),
  };
  const answerTo = async (onAnswered: GatewayRequest["onAnswered"]) =>
    withChallenge(event, await proxyResult(await gateway.handle({ ...request, onAnswered })));
  return answering(context, answerTo, answeredRequests);
});

const runtime = streamingRuntime();

/**
 * Answers agents: the MCP endpoint of every gateway, and the metadata that leads clients to its issuer. Through Lambda's
 * response stream where there is one.
 */
export const handler = runtime === undefined ? answer : streaming(runtime, answer);
