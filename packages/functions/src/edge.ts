import type { APIGatewayProxyEvent } from "aws-lambda";
import { bytesOf, type HttpResult, headersOf } from "./http.ts";

/*
 * On AWS, CloudFront stands before API Gateway, because API Gateway takes some headers for its own (API Gateway Developer
 * Guide, "Important notes"): it drops an `Authorization` that holds an AWS signature, renames `WWW-Authenticate`, and
 * computes the body's length itself. The two functions in `stacks/edge/` carry these headers past it under the names below.
 * No name is trusted: a signature proves itself, and whoever else sets one harms nobody but themselves.
 */
const signature = "x-gatehouse-authorization";
const throughEdge = "x-gatehouse-edge";
const status = "x-gatehouse-status";
const challenge = "x-gatehouse-www-authenticate";

/** The headers of a request as its client has sent and signed them, by their names in lower case. */
export function sentHeaders(event: APIGatewayProxyEvent, url: string): Record<string, string | undefined> {
  const received = Object.entries(event.headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const headers: Record<string, string | undefined> = Object.fromEntries(received);
  const { length } = bytesOf(event);
  if (length > 0) headers["content-length"] ??= String(length);
  const { [signature]: authorization, ...rest } = headers;
  // The host that the client has signed for; what arrives here is API Gateway's own.
  return authorization === undefined ? rest : { ...rest, authorization, host: new URL(url).host };
}

/** The same with every value of headers that were sent more than once: what is verified is then all that is read. */
export function headersAsSent(event: APIGatewayProxyEvent, url: string): Headers {
  const headers = headersOf(event);
  const { authorization, host, "content-length": length } = sentHeaders(event, url);
  // Two signatures could be two identities: what came twice stays two, and is none.
  if (headers.has(signature) && authorization !== undefined) headers.set("authorization", authorization);
  if (host !== undefined) headers.set("host", host);
  if (length !== undefined) headers.set("content-length", length);
  headers.delete(signature);
  return headers;
}

/**
 * The path that a client has signed: the one that was asked for, below the path that Gatehouse's address has, if any.
 * Only at API Gateway's own address it has one: the stage.
 */
export function sentPath({ path }: APIGatewayProxyEvent, url: string): string {
  return `${new URL(url).pathname.replace(/\/$/, "")}${path}`;
}

/**
 * An answer with a challenge, on its way to the edge: with its status and its challenge in headers of their own, because
 * CloudFront calls no function for an answer whose status is 400 or more. The edge makes it what it was.
 */
export function withChallenge<Result extends HttpResult>(event: APIGatewayProxyEvent, result: Result): Result {
  const { "www-authenticate": value, ...headers } = result.headers ?? {};
  const names = Object.keys(event.headers).map((name) => name.toLowerCase());
  if (value === undefined || !names.includes(throughEdge)) return result;
  return { ...result, statusCode: 200, headers: { ...headers, [status]: result.statusCode, [challenge]: value } };
}
