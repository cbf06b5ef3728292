import { cookieIn, cookieName, isSecure } from "../cookies.ts";

/**
 * What binds a step of a sign-in to the browser that it began in: a cookie of a few minutes, one for each sign-in, so that
 * several can go on at once.
 */
export interface Cookies {
  /** @param sameSite `Lax` for a cookie that must come back when another site leads here. */
  set(name: string, value: string, sameSite: "Strict" | "Lax"): string;
  clear(name: string): string;
  read(headers: Headers, name: string): string | undefined;
}

const seconds = 600;

export function createCookies(url: string): Cookies {
  const attributes = `Path=/; HttpOnly${isSecure(url) ? "; Secure" : ""}`;
  return {
    set: (name, value, sameSite) =>
      `${cookieName(url, name)}=${value}; Max-Age=${seconds}; SameSite=${sameSite}; ${attributes}`,
    clear: (name) => `${cookieName(url, name)}=; Max-Age=0; SameSite=Lax; ${attributes}`,
    read: (headers, name) => cookieIn(headers, cookieName(url, name)),
  };
}
