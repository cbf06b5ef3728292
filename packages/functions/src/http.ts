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

/** A web response as API Gateway expects it. */
export async function proxyResult(response: Response): Promise<APIGatewayProxyResult> {
  return {
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
  };
}
