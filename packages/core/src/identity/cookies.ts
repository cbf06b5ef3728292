import { createHash } from "node:crypto";

/** What a cookie is for. Each step on a way has its own, so that ways in several tabs don't disturb each other. */
export type CookiePurpose = "form" | "answer" | "completion" | "login" | "client-form" | "sign-in";

/** Longer than a consent or a sign-in may take, so that it is that which has an end. */
const maxAgeSeconds = 900;
/** They go with requests from Gatehouse's own page alone. The others come back with a navigation from an issuer's site. */
const ofOwnPages: ReadonlySet<CookiePurpose> = new Set(["form", "client-form"]);

/** What binds a step to the browser that it began in; scripts can't read these cookies, and other sites can't set them. */
export interface Cookies {
  /** A `Set-Cookie` for the step that belongs to `key`. */
  set(purpose: CookiePurpose, key: string, value: string): string;
  /** A `Set-Cookie` that takes it away. */
  clear(purpose: CookiePurpose, key: string): string;
  /** What the browser has sent; undefined also where it has sent two, of which nobody knows who has set which. */
  get(headers: Headers, purpose: CookiePurpose, key: string): string | undefined;
}

/**
 * Cookies of Gatehouse's public address. On https their names begin with `__Host-` (RFC 6265bis, section 4.1.3.2), so that no
 * other host can set them. Browsers take no such cookie over http, so on one machine they are plain ones.
 */
export function createCookies(url: string): Cookies {
  const isSecure = new URL(url).protocol === "https:";
  const nameOf = (purpose: CookiePurpose, key: string) => {
    const digest = createHash("sha256").update(key).digest("base64url").slice(0, 22);
    return `${isSecure ? "__Host-" : ""}gatehouse-${purpose}-${digest}`;
  };
  const line = (purpose: CookiePurpose, key: string, value: string, seconds: number) => {
    const site = ofOwnPages.has(purpose) ? "Strict" : "Lax";
    const attributes = ["Path=/", `Max-Age=${seconds}`, "HttpOnly", `SameSite=${site}`];
    return [`${nameOf(purpose, key)}=${value}`, ...attributes, ...(isSecure ? ["Secure"] : [])].join("; ");
  };
  return {
    set: (purpose, key, value) => line(purpose, key, value, maxAgeSeconds),
    clear: (purpose, key) => line(purpose, key, "", 0),
    get(headers, purpose, key) {
      const sent = (headers.get("cookie") ?? "").split(/[;,]/).map((pair) => pair.trim());
      const prefix = `${nameOf(purpose, key)}=`;
      const values = sent.filter((pair) => pair.startsWith(prefix)).map((pair) => pair.slice(prefix.length));
      return values.length === 1 ? values[0] : undefined;
    },
  };
}
