import { isUtf8 } from "node:buffer";
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { APIGatewayEventIdentity, APIGatewayProxyEvent } from "aws-lambda";
import type { Place } from "../lambda/handler.ts";
import type { RouteMatch } from "./routes.ts";

/**
 * A request as API Gateway (REST, Lambda proxy integration) hands it to a function: header names as the client wrote
 * them, query parameters decoded, path parameters decoded. `path` is what the client sent, percent-encoding and all:
 * an ARN in a path keeps its encoded slashes, and a router that splits the path can tell them from real ones. A body that
 * isn't text comes in Base64; on AWS every one does (`stacks/api.ts`).
 */
export function proxyEvent(
  request: IncomingMessage,
  match: RouteMatch,
  body: Buffer,
  place: Place,
): APIGatewayProxyEvent {
  const { path, query } = splitTarget(request.url ?? "/");
  const headers = grouped(pairsOf(request.rawHeaders));
  const queries = grouped([...new URLSearchParams(query)]);
  const text = isUtf8(body);
  const now = new Date();
  return {
    resource: match.route.path,
    path,
    httpMethod: request.method ?? "GET",
    headers: lastOf(headers),
    multiValueHeaders: headers,
    queryStringParameters: Object.keys(queries).length === 0 ? null : lastOf(queries),
    multiValueQueryStringParameters: Object.keys(queries).length === 0 ? null : queries,
    pathParameters: Object.keys(match.pathParameters).length === 0 ? null : { ...match.pathParameters },
    stageVariables: null,
    body: body.length === 0 ? null : body.toString(text ? "utf8" : "base64"),
    isBase64Encoded: body.length > 0 && !text,
    requestContext: {
      accountId: place.accountId,
      apiId: "local",
      authorizer: null,
      domainName: request.headers.host ?? "",
      protocol: `HTTP/${request.httpVersion}`,
      httpMethod: request.method ?? "GET",
      identity: identityOf(request),
      path,
      stage: "local",
      requestId: randomUUID(),
      requestTime: now.toISOString(),
      requestTimeEpoch: now.getTime(),
      resourceId: "local",
      resourcePath: match.route.path,
    },
  };
}

/** The path and the query of a request target, both undecoded. */
export function splitTarget(target: string): { path: string; query: string } {
  const at = target.indexOf("?");
  return at === -1 ? { path: target, query: "" } : { path: target.slice(0, at), query: target.slice(at + 1) };
}

/** Where a request comes from is all that the host knows of its caller. */
function identityOf(request: IncomingMessage): APIGatewayEventIdentity {
  return {
    accessKey: null,
    accountId: null,
    apiKey: null,
    apiKeyId: null,
    caller: null,
    clientCert: null,
    cognitoAuthenticationProvider: null,
    cognitoAuthenticationType: null,
    cognitoIdentityId: null,
    cognitoIdentityPoolId: null,
    principalOrgId: null,
    sourceIp: request.socket.remoteAddress ?? "",
    user: null,
    userAgent: request.headers["user-agent"] ?? null,
    userArn: null,
  };
}

function pairsOf(rawHeaders: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    pairs.push([rawHeaders[index] ?? "", rawHeaders[index + 1] ?? ""]);
  }
  return pairs;
}

/** Without a prototype, so that a parameter called `__proto__` is a parameter and nothing else. */
function grouped(pairs: readonly [string, string][]): Record<string, string[]> {
  const groups: Record<string, string[]> = Object.create(null);
  for (const [name, value] of pairs) {
    groups[name] ??= [];
    groups[name].push(value);
  }
  return groups;
}

function lastOf(groups: Readonly<Record<string, readonly string[]>>): Record<string, string> {
  const single: Record<string, string> = Object.create(null);
  for (const [name, values] of Object.entries(groups)) single[name] = values.at(-1) ?? "";
  return single;
}
