/** What browsers of other sites may ask for themselves: they send no cookies there. */
const cors = { "Access-Control-Allow-Origin": "*" };

/** JSON that is for one client alone. */
export function json(body: object, init: { readonly status?: number; readonly cache?: string } = {}): Response {
  const { status = 200, cache = "no-store" } = init;
  return Response.json(body, { status, headers: { ...cors, "Cache-Control": cache } });
}

/** The codes of RFC 6749 (section 5.2), RFC 7591 (3.2.2) and RFC 8707 (2) that are answered with. */
export type OauthErrorCode =
  | "invalid_request"
  | "invalid_client"
  | "invalid_grant"
  | "invalid_scope"
  | "invalid_target"
  | "unsupported_grant_type"
  | "invalid_redirect_uri"
  | "invalid_client_metadata"
  | "temporarily_unavailable"
  | "server_error";

/** A refusal of the token or the registration endpoint. */
export class OauthError extends Error {
  override readonly name = "OauthError";
  readonly code: OauthErrorCode;

  constructor(code: OauthErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export function oauthError({ code, message }: OauthError, headers: Readonly<Record<string, string>> = {}): Response {
  const status = { invalid_client: 401, temporarily_unavailable: 503, server_error: 500 }[code as string] ?? 400;
  const response = json({ error: code, error_description: message }, { status });
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}

/** The answer to somebody who asks too often. */
export function tooMany(retryAfterSeconds: number): Response {
  const response = oauthError(new OauthError("temporarily_unavailable", "Too many requests; try again later."));
  return new Response(response.body, {
    status: 429,
    headers: { ...Object.fromEntries(response.headers), "Retry-After": String(retryAfterSeconds) },
  });
}

/** The answer to a browser that asks what its page may send (CORS). */
export function preflight(methods: string): Response {
  return new Response(null, {
    status: 204,
    headers: {
      ...cors,
      "Access-Control-Allow-Methods": methods,
      "Access-Control-Allow-Headers": "Authorization, Content-Type, MCP-Protocol-Version",
      "Access-Control-Max-Age": "3600",
    },
  });
}

/**
 * The parameters of a form or a query, none of which may come twice (RFC 6749, section 3.1). An empty one is as if it weren't
 * there.
 * @throws OauthError `invalid_request`
 */
export function parametersOf(pairs: URLSearchParams): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  const seen = new Set<string>();
  for (const [name, value] of pairs) {
    if (seen.has(name)) throw new OauthError("invalid_request", "A parameter came more than once.");
    seen.add(name);
    if (value !== "") parameters.set(name, value);
  }
  return parameters;
}
