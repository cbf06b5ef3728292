import { randomBytes } from "node:crypto";

/**
 * What binds a step of a sign-in to the browser that it began in: a cookie of a few minutes, one for each sign-in, so that
 * several can go on at once. With https its name begins with `__Host-`, so that no other host can set it (RFC 6265bis).
 */
export interface Cookies {
  /** @param sameSite `Lax` for a cookie that must come back when another site leads here. */
  set(name: string, value: string, sameSite: "Strict" | "Lax"): string;
  clear(name: string): string;
  read(headers: Headers, name: string): string | undefined;
}

const seconds = 600;

export function createCookies(url: string): Cookies {
  const secure = new URL(url).protocol === "https:";
  const nameOf = (name: string) => `${secure ? "__Host-" : ""}gatehouse-${name}`;
  const attributes = `Path=/; HttpOnly${secure ? "; Secure" : ""}`;
  return {
    set: (name, value, sameSite) => `${nameOf(name)}=${value}; Max-Age=${seconds}; SameSite=${sameSite}; ${attributes}`,
    clear: (name) => `${nameOf(name)}=; Max-Age=0; SameSite=Lax; ${attributes}`,
    read(headers, name) {
      const start = `${nameOf(name)}=`;
      const cookies = (headers.get("cookie") ?? "").split(/[;,] */);
      return cookies.find((cookie) => cookie.startsWith(start))?.slice(start.length);
    },
  };
}

/** 256 bits that nobody can guess, in base64url. */
export function unguessable(): string {
  return randomBytes(32).toString("base64url");
}
