import type { IdentityRequest, IdentityRoutes } from "@gatehouse/core/identity/http.ts";
import type { APIGatewayProxyEvent } from "aws-lambda";
import { sentPath } from "./edge.ts";
import { readEnvironment } from "./environment.ts";
import { bodyOf, type HttpResult, headersOf, proxyResult, queryOf } from "./http.ts";
import { instrument } from "./middleware.ts";

const instrumented = instrument();
const { url } = readEnvironment();

/** Looked at in this order. */
const routes: readonly IdentityRoutes[] = [];

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
