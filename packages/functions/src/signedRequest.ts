import type { APIGatewayProxyEvent } from "aws-lambda";
import { sentHeaders, sentPath } from "./edge.ts";
import { queryOf } from "./http.ts";

/**
 * A proxy event as whoever signs or verifies it sees it.
 * @param url the public address of the deployment.
 * @param body the event's, as text or as the bytes that were sent.
 */
export function signedRequestOf<Body extends string | Uint8Array>(
  event: APIGatewayProxyEvent,
  url: string,
  body: Body,
) {
  const query = queryOf(event);
  return {
    method: event.httpMethod,
    path: event.path,
    signedPath: sentPath(event, url),
    query: Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name)])),
    headers: sentHeaders(event, url),
    body,
    sourceIp: event.requestContext.identity.sourceIp,
    requestId: event.requestContext.requestId,
  };
}
