import { createControlPlane } from "@gatehouse/core/control/router.ts";
import { parsePolicy, validatePolicies } from "@gatehouse/core/policy/validate.ts";
import { configRepository } from "@gatehouse/core/storage/configRepository.ts";
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import { documentClient } from "./aws.ts";
import { readEnvironment } from "./environment.ts";
import { bodyOf } from "./http.ts";
import { instrument } from "./middleware.ts";
import { publisherOf } from "./publisher.ts";

const instrumented = instrument();
const environment = readEnvironment();

const controlPlane = createControlPlane({
  repository: configRepository({ client: documentClient, table: environment.tables.config }),
  publisher: publisherOf(environment, instrumented.logger),
  policies: { parsePolicy, validatePolicies },
  url: environment.url,
  region: environment.region,
  accountId: environment.accountId,
  allowLoopback: environment.allowLoopback,
  onError: (error, context) => instrumented.logger.error("A control-plane request failed", { error, ...context }),
});

/** Answers administrators: the AgentCore control plane. The route's authorizer has verified who asks. */
export const handler = instrumented.handler<APIGatewayProxyEvent, APIGatewayProxyResult>(async (event) => {
  const { status, headers, body } = await controlPlane({
    method: event.httpMethod,
    path: event.path,
    query: queryOf(event),
    headers: event.headers,
    body: bodyOf(event),
  });
  return { statusCode: status, headers: { ...headers }, body };
});

function queryOf({ multiValueQueryStringParameters }: APIGatewayProxyEvent): Record<string, string[]> {
  const entries = Object.entries(multiValueQueryStringParameters ?? {});
  return Object.fromEntries(entries.map(([name, values]) => [name, values ?? []]));
}
