import { refusedKeys } from "@gatehouse/core/json.ts";

/** What a token says of its bearer. */
export interface TokenClaims {
  readonly sub: string;
  readonly client_id: string;
  /** Whom the token is for (RFC 8707, RFC 9068). */
  readonly aud?: string | readonly string[];
  readonly scope?: string;
  /** Further claims, such as `department`. */
  readonly claims?: Readonly<Record<string, string>>;
}

/** Claims that only the issuer may set, and names that mean something to JavaScript. */
const reserved = new Set([
  ...["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "client_id", "scope", "azp", "nonce", "amr", "act", "cnf"],
  ...refusedKeys,
]);

/**
 * Reads the form parameter `claims`: a JSON object of strings.
 * @throws Error saying which claim can't be had, and why.
 */
export function parseExtraClaims(text: string | undefined): Record<string, string> {
  if (text === undefined || text === "") return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new Error('"claims" must be a JSON object of strings');
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new Error('"claims" must be a JSON object of strings');
  }
  return requireClaims(parsed);
}

/** @throws Error when a claim is reserved or no string. */
export function requireClaims(claims: object): Record<string, string> {
  const entries: [string, string][] = Object.entries(claims).map(([name, value]: [string, unknown]) => {
    if (reserved.has(name)) throw new Error(`the claim "${name}" is set by the issuer only`);
    if (typeof value !== "string") throw new Error(`the claim "${name}" must be a string`);
    return [name, value];
  });
  return Object.fromEntries(entries);
}
