import { loopbackNames } from "../../egress/addresses.ts";

/** What a redirect address may be at most, in characters. */
const longest = 500;
/** What RFC 3986 allows in a URI, without a fragment. */
const uriCharacters = /^[\w\-.~:/?[\]@!$&'()*+,;=%]+$/;

/**
 * Why a client can't be sent answers at an address; undefined where it can. MCP ("Communication Security") wants https, or
 * http on this very machine: any other scheme (`javascript:` among them) is somebody's else to interpret.
 */
export function complaintAbout(redirectUri: string): string | undefined {
  const url = uriCharacters.test(redirectUri) ? URL.parse(redirectUri) : null;
  if (url === null || redirectUri.length > longest) {
    return `must be an absolute URI of at most ${longest} ASCII characters, without a fragment`;
  }
  if (url.username !== "" || url.password !== "") return "must not hold credentials";
  if (url.protocol === "https:") return undefined;
  if (url.protocol === "http:" && loopbackNames.has(url.hostname)) return undefined;
  return "must use https, or http on 127.0.0.1, [::1] or localhost";
}

/**
 * Whether an address that is asked for is one of a client's: the very same text (RFC 9700, section 4.1.3), but that a native
 * application takes whichever port of loopback is free (RFC 8252, section 7.3).
 */
export function isOneOf(redirectUri: string, registered: readonly string[]): boolean {
  if (complaintAbout(redirectUri) !== undefined) return false;
  return registered.some((one) => one === redirectUri || withoutPort(one) === withoutPort(redirectUri));
}

/** Whether the answer stays on the user's own machine. */
export function isLoopback(redirectUri: string): boolean {
  return loopbackNames.has(new URL(redirectUri).hostname);
}

/** An http address on loopback without its port; a text of its own for every other address, which is like nothing but itself. */
function withoutPort(uri: string): string | symbol {
  const [, host, rest] = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(?::\d{1,5})?((?:[/?].*)?)$/.exec(uri) ?? [];
  return host === undefined ? Symbol() : `${host} ${rest}`;
}
