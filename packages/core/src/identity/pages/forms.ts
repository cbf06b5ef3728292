import type { IdentityRequest } from "../http.ts";

const largest = 16_384;

/**
 * What a form of Gatehouse's own page holds; undefined for anything else. Browsers say where a form comes from, and pages of
 * others can't make them say something else (Fetch, section 3.2): forms without an origin are nobody's.
 * @param url Gatehouse's public address.
 */
export function ownForm({ headers, body }: IdentityRequest, url: string): URLSearchParams | undefined {
  const site = headers.get("sec-fetch-site");
  if (headers.get("origin") !== new URL(url).origin || (site !== null && site !== "same-origin")) return undefined;
  return isForm(headers) && body.length <= largest ? new URLSearchParams(body) : undefined;
}

/** Whether a body is said to be a form's. */
export function isForm(headers: Headers): boolean {
  return /^application\/x-www-form-urlencoded\s*(;|$)/i.test(headers.get("content-type") ?? "");
}
