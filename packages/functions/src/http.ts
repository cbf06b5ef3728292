import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";

/** The headers of a proxy event; a header that was sent more than once keeps all its values, comma-separated. */
export function headersOf({ headers, multiValueHeaders }: APIGatewayProxyEvent): Headers {
  const result = new Headers();
  for (const [name, values] of Object.entries(multiValueHeaders ?? {})) {
    for (const value of values ?? []) result.append(name, value);
  }
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (value !== undefined && !result.has(name)) result.set(name, value);
  }
  return result;
}

/** The query of a proxy event, decoded; a parameter that was sent more than once keeps all its values. */
export function queryOf({
  queryStringParameters,
  multiValueQueryStringParameters,
}: APIGatewayProxyEvent): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, values] of Object.entries(multiValueQueryStringParameters ?? {})) {
    for (const value of values ?? []) query.append(name, value);
  }
  for (const [name, value] of Object.entries(queryStringParameters ?? {})) {
    if (value !== undefined && !query.has(name)) query.set(name, value);
  }
  return query;
}

/** The body of a proxy event as text; empty where there is none. */
export function bodyOf({ body, isBase64Encoded }: APIGatewayProxyEvent): string {
  if (body === null) return "";
  return isBase64Encoded ? Buffer.from(body, "base64").toString("utf8") : body;
}

/** The body of a proxy event as the bytes that were sent. */
export function bytesOf({ body, isBase64Encoded }: APIGatewayProxyEvent): Uint8Array {
  return Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8");
}

/** An answer whose body comes bit by bit. */
export interface StreamedResult extends Pick<APIGatewayProxyResult, "statusCode" | "headers"> {
  /** What is read from it is sent at once; to cancel it is to say that nobody reads on. */
  readonly stream: ReadableStream<Uint8Array>;
}

/** What a function with an HTTP route answers with: whole, or bit by bit where its host can hand it on so. */
export type HttpResult = APIGatewayProxyResult | StreamedResult;

/**
 * Where an invocation's context carries a signal that aborts when the client has gone, on hosts that hear of it. Lambda
 * doesn't: there, nobody is found to be gone but by what is written to them.
 */
export const clientGone = Symbol("Client gone");

/** Takes what is to be done after the answer of an invocation has been given, and before the invocation ends. */
export type AfterAnswer = (work: () => Promise<void>) => void;

/** Where an invocation's context carries an `AfterAnswer`, on hosts that can go on after an answer. */
export const afterAnswer = Symbol("After the answer");

/** A web response as API Gateway expects it; events as they come. */
export async function proxyResult(response: Response): Promise<HttpResult> {
  const head = { statusCode: response.status, headers: Object.fromEntries(response.headers) };
  const streams = response.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
  if (streams && response.body !== null) return { ...head, stream: response.body };
  return { ...head, body: await response.text() };
}
