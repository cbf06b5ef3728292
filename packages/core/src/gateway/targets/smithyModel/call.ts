import type { CallToolResult } from "@modelcontextprotocol/server";
import { buildQueryString, loadJsonRpcErrorCode, loadRestJsonErrorCode } from "@smithy/core/protocols";
import { HttpResponse } from "@smithy/core/transport";
import type { HandlerExecutionContext, SerdeFunctions, HttpRequest as SerializedRequest } from "@smithy/types";
import { messageOf } from "../../../errors.ts";
import { isJsonObject, type JsonObject } from "../../../json.ts";
import type { ToolDescription } from "../../../storage/records.ts";
import type { HttpRequest } from "../http/request.ts";
import { textOf, toolResultOf } from "../http/result.ts";
import type { TargetAnswer } from "../http/send.ts";
import { TargetError } from "../target.ts";
import type { BoundOperation } from "./operation.ts";
import { ArgumentError, outputOf, toNative } from "./values.ts";

/**
 * The HTTP request for a call of an operation, as the AWS SDK's own protocols write it, unsigned.
 * @throws ArgumentError for arguments that the operation can't be asked with.
 */
export async function requestFor(operation: BoundOperation, args: JsonObject): Promise<HttpRequest> {
  const { binding, protocol, schema, input } = operation;
  const native = toNative(input, args);
  const endpoint = {
    url: new URL(binding.endpoint),
    headers: Object.fromEntries(
      Object.entries(binding.endpointHeaders ?? {}).map(([name, values]) => [name, [...values]]),
    ),
  };
  const context = { ...noContext, endpoint: async () => endpoint };
  // The input is what its schema made of the arguments.
  const request = await protocol
    .serializeRequest(schema, native as object, context as never)
    .catch((error: unknown) => {
      throw new ArgumentError(messageOf(error), { cause: error });
    });
  return httpRequest(request, binding.content === undefined);
}

/** What an operation's answer is as the result of its tool. */
export async function resultFor(
  operation: BoundOperation,
  answer: TargetAnswer,
  { tool, url }: { readonly tool: ToolDescription; readonly url: URL },
): Promise<CallToolResult> {
  const { binding, protocol, schema } = operation;
  if (answer.status >= 300) {
    const error = errorNameIn(operation, answer);
    return toolResultOf(answer, { tool, url, ...(error === undefined ? {} : { error }) });
  }
  const { status: statusCode, headers, body } = answer;
  const response = new HttpResponse({ statusCode, headers: Object.fromEntries(headers), body });
  const native = await protocol.deserializeResponse(schema, noContext, response).catch((error: unknown) => {
    throw new TargetError(`The answer is not what the model says of it: ${messageOf(error)}`, { cause: error });
  });
  const { [binding.content ?? ""]: content, ...output } = outputOf(native);
  const text = { type: "text" as const, text: JSON.stringify(output) };
  const structured = tool.outputSchema === undefined ? {} : { structuredContent: output };
  if (binding.content === undefined) return { content: [text], ...structured };
  const whole = content === undefined ? [] : toolResultOf(answer, { tool: {}, url }).content;
  return { content: [...(Object.keys(output).length > 0 ? [text] : []), ...whole], ...structured };
}

/** The protocols find their encoders themselves where none are given, and nothing here is a stream. */
const noContext = {} as HandlerExecutionContext & SerdeFunctions;

function httpRequest(request: SerializedRequest, json: boolean): HttpRequest {
  const { method, protocol, hostname, port, path, query, headers, body } = request;
  const search = buildQueryString(query ?? {});
  const url = new URL(
    `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}${path}${search && `?${search}`}`,
  );
  // What an address leaves out or changes would lead to another operation than was decided about.
  if (url.pathname !== path || url.hostname !== hostname.toLowerCase()) {
    throw new ArgumentError(`no part of the path may be "." or "..", and ${JSON.stringify(path)} has one`);
  }
  return {
    method,
    url,
    headers: { ...(json ? { accept: "application/json" } : {}), ...headers },
    ...(body === undefined || body === null ? {} : { body: bytesOf(body) }),
  };
}

function bytesOf(body: unknown): string | Uint8Array {
  if (typeof body === "string" || body instanceof Uint8Array) return body;
  throw new TargetError("The request has a body that is neither text nor bytes.");
}

function errorNameIn({ binding }: BoundOperation, answer: TargetAnswer): string | undefined {
  const load = binding.protocol === "restJson1" ? loadRestJsonErrorCode : loadJsonRpcErrorCode;
  const data = parsed(textOf(answer) ?? "");
  const name: unknown = load({ headers: Object.fromEntries(answer.headers) } as never, isJsonObject(data) ? data : {});
  return typeof name === "string" && /^\w{1,100}$/.test(name) ? name : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
