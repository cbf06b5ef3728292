import { MetricUnit } from "@aws-lambda-powertools/metrics";
import { createGateway } from "@gatehouse/core/gateway/gateway.ts";
import { createSnapshots } from "@gatehouse/core/gateway/snapshot.ts";
import { targetKinds } from "@gatehouse/core/gateway/targets/kinds.ts";
import { createIssuers } from "@gatehouse/core/identity/issuer.ts";
import { createJwtVerifier } from "@gatehouse/core/identity/jwt.ts";
import { configRepository } from "@gatehouse/core/storage/configRepository.ts";
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import { documentClient, lambda } from "./aws.ts";
import { countingDecisions } from "./decisionMetrics.ts";
import { withChallenge } from "./edge.ts";
import { readEnvironment } from "./environment.ts";
import { bodyOf, headersOf, proxyResult } from "./http.ts";
import { instrument } from "./middleware.ts";
import { publisherOf } from "./publisher.ts";
import { streaming, streamingRuntime } from "./streaming.ts";
import { topology } from "./topology.ts";

const instrumented = instrument();
const environment = readEnvironment();
const { tables, url, allowLoopback, region } = environment;

const gateway = createGateway({
  snapshots: createSnapshots({ repository: configRepository({ client: documentClient, table: tables.config }) }),
  verifier: createJwtVerifier({ issuers: createIssuers({ allowLoopback }) }),
  publisher: countingDecisions(publisherOf(environment, instrumented.logger), instrumented.metrics),
  targets: targetKinds({ lambda, allowLoopback, region }),
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
  onError: (error) => {
    instrumented.metrics.addMetric("SystemErrors", MetricUnit.Count, 1);
    instrumented.logger.error("A request failed", { error });
  },
});

const metadataPath = /^gateways\/([^/]+)\/mcp$/;

const answer = instrumented.handler<APIGatewayProxyEvent, APIGatewayProxyResult>(async (event) => {
  const metadataOf = metadataPath.exec(event.pathParameters?.path ?? "")?.[1];
  if (metadataOf !== undefined) return proxyResult(await gateway.metadata(metadataOf));
  const gatewayId = event.pathParameters?.gatewayId;
  if (gatewayId === undefined) return { statusCode: 404, body: JSON.stringify({ message: "Not found" }) };
  const request = { gatewayId, method: event.httpMethod, headers: headersOf(event), body: bodyOf(event) };
  return withChallenge(event, await proxyResult(await gateway.handle(request)));
});

const runtime = streamingRuntime();

/**
 * Answers agents: the MCP endpoint of every gateway, and the metadata that leads clients to its issuer. Through Lambda's
 * response stream where there is one.
 */
export const handler = runtime === undefined ? answer : streaming(runtime, answer);
