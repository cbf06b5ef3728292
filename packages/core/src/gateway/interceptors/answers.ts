import { createParser } from "eventsource-parser";
import { messageOf } from "../../errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import type { idOf } from "../call.ts";
import type { InterceptedResponse } from "./input.ts";
import { InterceptorError } from "./invoke.ts";
import type { HeaderChanges, TransformedResponse } from "./output.ts";

type Id = ReturnType<typeof idOf>;

/** What the gateway writes itself, or means something between it and what stands before it. */
const unsettable =
  /^(content-.*|connection|keep-alive|proxy-connection|transfer-encoding|te|trailer|upgrade|date|set-cookie|mcp-.*|x-gatehouse-.*|:.*)$/i;

/**
 * What an interceptor is told of an answer that was read to its end. Of a stream of events the answer is the message with
 * the request's id; what came before it, such as progress, is left out: no interceptor has looked at it.
 * @throws InterceptorError where there is no answer to look at.
 */
export function readAnswer(
  { status: statusCode, headers: received }: Response,
  text: string,
  id: Id,
): InterceptedResponse {
  const isStream = received.get("content-type")?.startsWith("text/event-stream") === true;
  const headers = new Headers(received);
  for (const name of ["content-length", "content-encoding", "transfer-encoding"]) headers.delete(name);
  if (isStream) headers.set("content-type", "application/json");
  return { statusCode, headers, body: isStream ? answerIn(text, id) : jsonOf(text) };
}

/** An answer with what an interceptor has changed of it. @throws InterceptorError */
export function transformedAnswer(
  answer: InterceptedResponse,
  { statusCode = answer.statusCode, headers, body }: TransformedResponse,
  id: Id,
): Response {
  const own = changedHeaders(answer.headers, headers);
  if (body === undefined) {
    const text = answer.body === null ? "" : JSON.stringify(answer.body);
    return responseOf(statusCode, own, text);
  }
  return withBody(statusCode, own, body, id);
}

/** An answer that an interceptor gave in the target's place. @throws InterceptorError */
export function answerOf({ statusCode = 200, headers, body }: TransformedResponse, id: Id): Response {
  const own = changedHeaders(new Headers(), headers);
  if (body !== undefined) return withBody(statusCode, own, body, id);
  if (statusCode < 300 && id !== null) malformed("transformedGatewayResponse.body is required: somebody waits for it");
  return responseOf(statusCode, own, "");
}

function withBody(statusCode: number, headers: Headers, body: JsonObject, id: Id): Response {
  if (statusCode < 300 && id !== null && !answers(body, id)) {
    malformed("transformedGatewayResponse.body must be a JSON-RPC response with the request's id");
  }
  headers.set("content-type", "application/json");
  return responseOf(statusCode, headers, JSON.stringify(body));
}

/** JSON-RPC 2.0, "Response object". */
function answers(body: Json, id: Id): body is JsonObject {
  if (!isJsonObject(body) || body.jsonrpc !== "2.0" || body.id !== id) return false;
  const { result, error } = body;
  if (error === undefined) return isJsonObject(result);
  return (
    result === undefined && isJsonObject(error) && Number.isInteger(error.code) && typeof error.message === "string"
  );
}

function changedHeaders(original: Headers, changes: HeaderChanges): Headers {
  const headers = new Headers(original);
  for (const [name, value] of changes) {
    if (unsettable.test(name)) continue;
    if (value === null) headers.delete(name);
    else headers.set(name, value);
  }
  return headers;
}

const withoutBody: ReadonlySet<number> = new Set([204, 205]);

function responseOf(status: number, headers: Headers, text: string): Response {
  return new Response(text === "" || withoutBody.has(status) ? null : text, { status, headers });
}

function answerIn(text: string, id: Id): JsonObject {
  const messages: Json[] = [];
  const parser = createParser({ onEvent: ({ data }) => messages.push(jsonOf(data)) });
  parser.feed(text);
  const answer = messages.find((message) => answers(message, id));
  if (answer === undefined) throw new InterceptorError("it was not invoked: the stream of events held no answer.");
  return answer as JsonObject; // `answers` has looked.
}

function jsonOf(text: string): Json {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InterceptorError(`it was not invoked: the answer is not JSON: ${messageOf(error)}`);
  }
}

function malformed(what: string): never {
  throw new InterceptorError(`its output is malformed: ${what}`);
}
