/**
 * The name of a cookie of Gatehouse's public address. On https it begins with `__Host-` (RFC 6265bis, section 4.1.3.2), so
 * that no other host can set it. Browsers take no such cookie over http, so on one machine it is a plain one.
 */
export function cookieName(url: string, name: string): string {
  return `${isSecure(url) ? "__Host-" : ""}gatehouse-${name}`;
}

/** Whether cookies of an address are for https alone. */
export function isSecure(url: string): boolean {
  return new URL(url).protocol === "https:";
}

/**
 * The value of a cookie that the browser has sent; undefined also where it has sent two of the name, of which nobody knows
 * who has set which.
 */
export function cookieIn(headers: Headers, name: string): string | undefined {
  const sent = (headers.get("cookie") ?? "").split(/[;,]/).map((pair) => pair.trim());
  const values = sent.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1));
  return values.length === 1 ? values[0] : undefined;
}
