import type { CustomFetch } from "openid-client";
import { isJsonObject, type Json } from "../../../json.ts";
import type { OutboundFetch } from "../../../outbound.ts";

/** In seconds: how long one request to an issuer may take. */
export const issuerTimeoutSeconds = 10;
const limits = {
  bodyBytes: 1_000_000,
  eventBytes: 0,
  streamBytes: 0,
  answerMilliseconds: issuerTimeoutSeconds * 1_000,
};

/** Statuses that no body comes with. */
const withoutBody: ReadonlySet<number> = new Set([204, 205, 304]);
/** Kinds of tokens that are used as bearer tokens, by what some issuers call them. */
const bearerByAnotherName: ReadonlySet<unknown> = new Set([undefined, "", "bot", "user"]);

/**
 * The way of openid-client to issuers: through the egress guard (T06), which says whether plain http is to this very machine
 * and allowed.
 */
export function guardedFetch(outbound: OutboundFetch, allowLoopback: boolean): CustomFetch {
  return (address, { body, headers, method, signal }) => {
    // The library sends forms and nothing else.
    const form = body instanceof URLSearchParams ? body : null;
    const request = { headers, method, body: form, ...(signal ? { signal } : {}) };
    return outbound(address, { ...request, allowLoopback, limits });
  };
}

/** The same to issuers of which some don't answer quite as the specification says. */
export function issuerFetch(outbound: OutboundFetch, allowLoopback: boolean): CustomFetch {
  const guarded = guardedFetch(outbound, allowLoopback);
  return async (address, request) => {
    const response = await guarded(address, request);
    return request.method === "POST" ? conforming(response) : response;
  };
}

/**
 * Brings the answers of well-known token endpoints into the form of RFC 6749: GitHub and Slack say errors with the status
 * 200, and Slack calls bearer tokens "bot" or "user". A challenge beside an error says nothing more, and the library would
 * read it alone.
 */
async function conforming(response: Response): Promise<Response> {
  const { status } = response;
  const text = await response.text();
  const headers = new Headers(response.headers);
  headers.delete("www-authenticate");
  const body = status === 200 ? parsed(text) : undefined;
  if (body === undefined) return new Response(withoutBody.has(status) ? null : text, { status, headers });
  if (typeof body.error === "string" && body.access_token === undefined) return Response.json(body, { status: 400 });
  const kind = typeof body.token_type === "string" ? body.token_type.toLowerCase() : body.token_type;
  return Response.json(bearerByAnotherName.has(kind) ? { ...body, token_type: "bearer" } : body);
}

function parsed(text: string): Record<string, Json> | undefined {
  try {
    const body = JSON.parse(text) as Json;
    return isJsonObject(body) ? { ...body } : undefined;
  } catch {
    return undefined;
  }
}
