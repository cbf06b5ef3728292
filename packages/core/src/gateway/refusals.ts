import { ProtocolError, type RequestId } from "@modelcontextprotocol/server";
import {
  type CodesAnsweredAs,
  detailOf,
  errorKey,
  gatewayErrors,
  messageFor,
  retrySentence,
  type ValuesOf,
} from "./errors.ts";

/** What an HTTP answer may say besides. */
export interface RefusalOptions {
  readonly id?: RequestId | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly retryAfterSeconds?: number;
  /** Where the caller's era of MCP wants another status than the catalogue's. */
  readonly status?: number;
  /** What the error's `data` says besides. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** The HTTP answer of the catalogue, whose body is a JSON-RPC error, for what fails before or around the protocol. */
export function refusal<Code extends CodesAnsweredAs<"http">>(
  code: Code,
  values: ValuesOf<Code>,
  { id = null, headers = {}, retryAfterSeconds, ...more }: RefusalOptions = {},
): Response {
  const { status, jsonRpc } = gatewayErrors[code].answer;
  const data = { ...more.data, [errorKey]: detailOf(code, retryAfterSeconds) };
  const message = `${messageFor(code, values)} ${retrySentence(retryAfterSeconds)}`.trimEnd();
  const error = { code: jsonRpc, message, data };
  const retryAfter = retryAfterSeconds === undefined ? {} : { "Retry-After": String(retryAfterSeconds) };
  const init = { status: more.status ?? status, headers: { ...headers, ...retryAfter } };
  return Response.json({ jsonrpc: "2.0", error, id }, init);
}

/**
 * The catalogue's JSON-RPC error for what fails inside the protocol. To be thrown.
 * @param more a sentence after the message, and what else the error's `data` says.
 */
export function protocolError<Code extends CodesAnsweredAs<"jsonRpc">>(
  code: Code,
  values: ValuesOf<Code>,
  more: { readonly addition?: string; readonly data?: Readonly<Record<string, unknown>> } = {},
): ProtocolError {
  const { jsonRpc } = gatewayErrors[code].answer;
  const message = `${messageFor(code, values)} ${more.addition ?? ""}`.trimEnd();
  return new ProtocolError(jsonRpc, message, { ...more.data, [errorKey]: detailOf(code) });
}

/**
 * 401, or 403 for a scope that is missing, with the challenge of RFC 6750 section 3 and the metadata of RFC 9728 section
 * 5.1, from which a client finds the issuer.
 */
export function unauthenticated(challenge: {
  metadataUrl: string;
  scopes?: readonly string[];
  error?: "invalid_token" | "insufficient_scope";
  message?: string;
}): Response {
  const { metadataUrl, scopes = [], message } = challenge;
  const error = challenge.error ?? (message === undefined ? undefined : "invalid_token");
  const parameters = [
    ...(error === undefined ? [] : [`error="${error}"`]),
    ...(message === undefined ? [] : [`error_description="${message.replaceAll(/["\\]/g, "'")}"`]),
    `resource_metadata="${metadataUrl}"`,
    ...(scopes.length === 0 ? [] : [`scope="${scopes.join(" ")}"`]),
  ];
  const code = error === "insufficient_scope" ? "insufficientScope" : "unauthenticated";
  const values = { reason: message ?? "a bearer token is needed" };
  return refusal(code, values, { headers: { "WWW-Authenticate": `Bearer ${parameters.join(", ")}` } });
}

/** 401 for whoever has to sign, with the challenge that says how; there is no issuer to be found. */
export function unsigned(reason: string): Response {
  return refusal("unauthenticated", { reason }, { headers: { "WWW-Authenticate": "AWS4-HMAC-SHA256" } });
}
