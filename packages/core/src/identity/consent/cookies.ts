import { createHash } from "node:crypto";
import { cookieIn, cookieName, isSecure } from "../cookies.ts";

/** What a cookie is for. Each step of a consent has its own, so that consents in several tabs don't disturb each other. */
export type CookiePurpose = "form" | "answer" | "completion" | "login";

/** Longer than a consent may take, so that it is the consent that has an end. */
const maxAgeSeconds = 900;

/** Cookies of one browser at one step of one consent; scripts can't read them, and other sites can't set them. */
export interface Cookies {
  /** A `Set-Cookie` for the step that belongs to `key`. */
  set(purpose: CookiePurpose, key: string, value: string): string;
  /** What the browser has sent; undefined also where it has sent two, of which nobody knows who has set which. */
  get(headers: Headers, purpose: CookiePurpose, key: string): string | undefined;
}

/**
 * Cookies for Gatehouse's public address.
 *
 * `form` goes with requests from Gatehouse's own page alone. The others come back with a navigation from the issuer's site.
 */
export function createCookies(url: string): Cookies {
  const nameOf = (purpose: CookiePurpose, key: string) => {
    const digest = createHash("sha256").update(key).digest("base64url").slice(0, 22);
    return cookieName(url, `${purpose}-${digest}`);
  };
  return {
    set(purpose, key, value) {
      const site = purpose === "form" ? "Strict" : "Lax";
      const attributes = ["Path=/", `Max-Age=${maxAgeSeconds}`, "HttpOnly", `SameSite=${site}`];
      return [`${nameOf(purpose, key)}=${value}`, ...attributes, ...(isSecure(url) ? ["Secure"] : [])].join("; ");
    },
    get: (headers, purpose, key) => cookieIn(headers, nameOf(purpose, key)),
  };
}
