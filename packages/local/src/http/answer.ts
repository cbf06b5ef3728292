import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Json } from "@gatehouse/core/json.ts";
import type { StreamedResult } from "@gatehouse/functions/http.ts";
import type { APIGatewayProxyResult } from "aws-lambda";

/** Answers with JSON. Nothing happens where the client has gone or an answer has begun. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: Json,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.destroyed || response.headersSent) return;
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

/** Refuses a request in AWS's form: the error's name in `x-amzn-errortype`, and a message. */
export function refuse(response: ServerResponse, status: number, errorType: string, message: string): void {
  sendJson(response, status, { message }, { "x-amzn-errortype": errorType });
}

/**
 * True for what a function behind API Gateway may answer; API Gateway answers 502 to anything else.
 */
export function isProxyResult(answer: unknown): answer is APIGatewayProxyResult {
  if (typeof answer !== "object" || answer === null || !("statusCode" in answer)) return false;
  const { statusCode } = answer;
  return Number.isInteger(statusCode) && Number(statusCode) >= 200 && Number(statusCode) <= 599;
}

/** Writes a function's answer. Of a header in both lists, `multiValueHeaders` counts, as for API Gateway. */
export function sendProxyResult(response: ServerResponse, result: APIGatewayProxyResult): void {
  if (response.destroyed || response.headersSent) return;
  const body = Buffer.from(result.body ?? "", result.isBase64Encoded === true ? "base64" : "utf8");
  const headers = new Map<string, string | string[]>();
  for (const [name, value] of Object.entries(result.headers ?? {})) headers.set(name.toLowerCase(), String(value));
  for (const [name, values] of Object.entries(result.multiValueHeaders ?? {})) {
    headers.set(name.toLowerCase(), values.map(String));
  }
  // How long the body is and how it travels is the server's business, not the function's.
  for (const name of ["content-length", "transfer-encoding", "connection"]) headers.delete(name);
  response.statusCode = result.statusCode;
  for (const [name, value] of headers) response.setHeader(name, value);
  if (result.statusCode !== 204 && result.statusCode !== 304) response.setHeader("content-length", body.length);
  response.end(body);
}

/** True for an answer that comes bit by bit. */
export function isStreamedResult(answer: unknown): answer is StreamedResult {
  return typeof answer === "object" && answer !== null && "stream" in answer && answer.stream instanceof ReadableStream;
}

/** Writes an answer as it comes. A client that goes away ends it at its source. */
export async function sendStream(
  response: ServerResponse,
  { statusCode, headers, stream }: StreamedResult,
): Promise<void> {
  // Node's own web streams and the standard's are one; their types are not.
  const body = Readable.fromWeb(stream as Parameters<typeof Readable.fromWeb>[0]);
  if (response.destroyed) return void body.destroy();
  response.writeHead(statusCode, headers as Record<string, string>);
  response.flushHeaders();
  await pipeline(body, response).catch((error: unknown) => {
    // Whoever has gone doesn't want to hear of it.
    if (!response.destroyed) throw error;
  });
}
