import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from "openid-client";
import { GatehouseError } from "../../../errors.ts";
import { CredentialError } from "../credentials.ts";

/** Long enough for what issuers say, and short enough for a log. */
const longestDescription = 300;

/**
 * What has gone wrong with an issuer, in words for administrators. Of what the issuer says come along its error code and
 * its description, without the secrets that it was told; no error is a cause, because those of the library hold whole
 * requests and answers (T18).
 * @param what as in `The token request (refresh_token) of the credential provider github`.
 */
export function failureOf(error: unknown, what: string, secrets: readonly (string | undefined)[]): Error {
  if (error instanceof GatehouseError || error instanceof CredentialError) return error;
  // What the egress guard refuses comes wrapped.
  if (error instanceof ClientError && error.cause instanceof GatehouseError) return error.cause;
  if (error instanceof ResponseBodyError || error instanceof AuthorizationResponseError) {
    const oauthError = codeOf(error.error);
    const said = [oauthError, descriptionOf(error.error_description, secrets)].filter(Boolean).join(": ");
    return new CredentialError(`${what} was refused: ${said}.`, { oauthError });
  }
  return new CredentialError(`${what} failed: ${reasonOf(error)}.`);
}

/** RFC 6749 section 5.2 says which characters a code has; what has others is no code. */
export function codeOf(code: string): string {
  return /^[\w .:/-]{1,100}$/.test(code) ? code : "an error code that can't be read";
}

function descriptionOf(description: string | undefined, secrets: readonly (string | undefined)[]): string | undefined {
  if (description === undefined) return undefined;
  const clean = secrets.reduce<string>(
    (text, secret) => (secret ? text.replaceAll(secret, "[secret]") : text),
    description,
  );
  return clean
    .replaceAll(/\p{C}+/gu, " ")
    .slice(0, longestDescription)
    .replace(/\.\s*$/, "");
}

/** Words that are ours, the library's or the system's, but none of an answer. */
function reasonOf(error: unknown): string {
  if (error instanceof WWWAuthenticateChallengeError) return `the issuer answered with the status ${error.status}`;
  const { cause, code, message, name } = error instanceof Error ? (error as Error & { readonly code?: unknown }) : {};
  if (cause instanceof Response) return `the issuer answered with the status ${cause.status}`;
  if (name === "TimeoutError" || code === "OAUTH_TIMEOUT") return "the issuer took too long";
  if (error instanceof ClientError && code === undefined) return reasonOf(cause);
  // Those of `outboundFetch` name the address and what has happened to the connection.
  if (error instanceof TypeError && message !== undefined) return message.replace(/\.$/, "");
  return `the issuer can't be reached or its answer is of no use${typeof code === "string" ? ` (${code})` : ""}`;
}
