import { messageOf } from "../../errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import type { InterceptorAttribute } from "../../storage/records.ts";
import { parseStrictly } from "../parse.ts";
import { InterceptorError } from "./invoke.ts";
import { isAttributeValue } from "./policyContext.ts";

/** What a REQUEST interceptor made of a request. */
export type RequestOutput =
  | { readonly kind: "answer"; readonly response: TransformedResponse }
  | {
      readonly kind: "request";
      /** Absent where it leaves the body as it is. */
      readonly body?: JsonObject;
      readonly headers: HeaderChanges;
      /** What policies are told. */
      readonly policyContext: JsonObject;
    };

/** What an interceptor made of an answer, or an answer it gave; what is absent stays as it is. */
export interface TransformedResponse {
  readonly statusCode?: number;
  readonly headers: HeaderChanges;
  readonly body?: JsonObject;
}

/** Values to set by the names of headers; null takes one away. */
export type HeaderChanges = readonly (readonly [name: string, value: string | null])[];

const version = "1.0";
const token = /^[\w!#$%&'*+.^`|~-]{1,256}$/;
const maxHeaderBytes = 32 * 1024;

/**
 * Reads what a REQUEST interceptor returned. A request is read with the same strictness as one from the wire, because
 * policy and target must read it alike (T08, T14, T23).
 * @throws InterceptorError saying what is wrong.
 */
export function readRequestOutput(text: string, attributes: readonly InterceptorAttribute[]): RequestOutput {
  const members = ["transformedGatewayRequest", "transformedGatewayResponse", "policyContext"];
  const { transformedGatewayResponse: answer } = outputOf(parsed(text, JSON.parse), members);
  if (present(answer)) return { kind: "answer", response: responseOf(answer) };
  const output = outputOf(parsed(text, parseStrictly), members);
  const { body, headers } = objectOf(output.transformedGatewayRequest, "transformedGatewayRequest", [
    "path",
    "httpMethod",
    "headers",
    "body",
  ]);
  return {
    kind: "request",
    ...bodyOf(body, "transformedGatewayRequest.body"),
    headers: headersOf(headers, "transformedGatewayRequest.headers"),
    policyContext: policyContextOf(output.policyContext, attributes),
  };
}

/**
 * Reads what a RESPONSE interceptor returned.
 * @throws InterceptorError saying what is wrong.
 */
export function readResponseOutput(text: string): TransformedResponse {
  const { transformedGatewayResponse: answer } = outputOf(parsed(text, JSON.parse), ["transformedGatewayResponse"]);
  return present(answer) ? responseOf(answer) : { headers: [] };
}

function parsed(text: string, parse: (text: string) => Json): Json {
  try {
    return parse(text);
  } catch (error) {
    return malformed(`it is not JSON that everybody reads alike: ${messageOf(error)}`);
  }
}

/** The member `mcp`. What is misspelt is refused: a redaction that nobody sees would be no redaction. */
function outputOf(value: Json, members: readonly string[]): JsonObject {
  const { interceptorOutputVersion, mcp } = objectOf(value, "the output", ["interceptorOutputVersion", "mcp"]);
  if (interceptorOutputVersion !== version) malformed(`interceptorOutputVersion must be "${version}"`);
  if (!isJsonObject(mcp)) malformed("mcp must be an object");
  return objectOf(mcp, "mcp", members);
}

function responseOf(value: Json): TransformedResponse {
  const path = "transformedGatewayResponse";
  const { statusCode, headers, body } = objectOf(value, path, ["statusCode", "headers", "body", "contentType"]);
  return {
    ...(present(statusCode) ? { statusCode: statusOf(statusCode) } : {}),
    headers: headersOf(headers, `${path}.headers`),
    ...bodyOf(body, `${path}.body`),
  };
}

/** A redirect would lead an agent to where nobody has looked, and what is below 200 is no answer. */
function statusOf(status: Json): number {
  const fits = typeof status === "number" && Number.isInteger(status) && status >= 200 && status <= 599;
  if (!fits || (status >= 300 && status <= 399)) {
    return malformed("statusCode must be a whole number from 200 to 299 or from 400 to 599");
  }
  return status;
}

function bodyOf(body: Json | undefined, path: string): { body?: JsonObject } {
  if (!present(body)) return {};
  return isJsonObject(body) ? { body } : malformed(`${path} must be an object`);
}

function headersOf(value: Json | undefined, path: string): HeaderChanges {
  const changes = Object.entries(objectOf(value, path)).map(([name, header]): HeaderChanges[number] => {
    if (!token.test(name)) return malformed(`${path} has a name that no header can have`);
    if (header === null) return [name, null];
    if (typeof header !== "string" || !isHeaderValue(header)) malformed(`${path}.${name} must be text for a header`);
    return [name, header];
  });
  const bytes = changes.reduce((sum, [name, header]) => sum + name.length + (header?.length ?? 0), 0);
  return bytes > maxHeaderBytes ? malformed(`${path} is larger than ${maxHeaderBytes} bytes`) : changes;
}

function isHeaderValue(text: string): boolean {
  try {
    new Headers({ name: text });
    return true;
  } catch {
    return false;
  }
}

function policyContextOf(value: Json | undefined, attributes: readonly InterceptorAttribute[]): JsonObject {
  const given = objectOf(
    value,
    "policyContext",
    attributes.map(({ name }) => name),
  );
  for (const { name, type } of attributes) {
    const one = Object.hasOwn(given, name) ? given[name] : undefined;
    if (one !== undefined && !isAttributeValue(one, type)) malformed(`policyContext.${name} must be a ${type}`);
  }
  return given;
}

/** An object with no other members than those known, if they are; absent and null are as an empty one. */
function objectOf(value: Json | undefined, path: string, known?: readonly string[]): JsonObject {
  if (!present(value)) return {};
  if (!isJsonObject(value)) return malformed(`${path} must be an object`);
  const stranger = known && Object.keys(value).find((name) => !known.includes(name));
  if (stranger === undefined) return value;
  return malformed(`${path} has the unknown member ${JSON.stringify(stranger.slice(0, 100))}`);
}

function present(value: Json | undefined): value is Exclude<Json, null> {
  return value !== undefined && value !== null;
}

function malformed(what: string): never {
  throw new InterceptorError(`its output is malformed: ${what}`);
}
