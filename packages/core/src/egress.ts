import { isIP } from "node:net";
import { isPublicAddress, loopbackNames } from "./egress/addresses.ts";
import { GatehouseError } from "./errors.ts";

/** Names that every resolver takes for this machine (RFC 6761, section 6.3). */
const localName = /(?:^|\.)localhost\.?$/;

/**
 * Whether Gatehouse may connect to an address that somebody configured: https, or, on the one-machine host, http on
 * loopback; and never to an IP address that isn't public, in whichever notation. What a name leads to is checked when a
 * connection is made (outbound.ts), because it can change. Every outgoing connection to a configured address asks here
 * first.
 * @throws GatehouseError `validation` saying what would be right.
 */
export function assertReachable(address: string, allowLoopback: boolean): URL {
  const url = URL.parse(address);
  const told = withoutQuery(address);
  if (url === null) throw new GatehouseError("validation", `"${told}" is not a URL.`);
  if (url.username !== "" || url.password !== "") {
    throw new GatehouseError("validation", `"${url.host}": credentials don't belong into an address.`);
  }
  const loopback = loopbackNames.has(url.hostname);
  if (loopback && allowLoopback && (url.protocol === "http:" || url.protocol === "https:")) return url;
  if (loopback || localName.test(url.hostname))
    throw new GatehouseError("validation", `"${told}" is on this very machine, which is not allowed here.`);
  if (url.protocol !== "https:") {
    throw new GatehouseError(
      "validation",
      `"${told}" must use https${allowLoopback ? ", or http on 127.0.0.1, localhost or [::1]" : ""}.`,
    );
  }
  // The URL parser has brought every notation of an IP address into one.
  const literal = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(literal) !== 0 && !isPublicAddress(literal)) {
    throw new GatehouseError("validation", `"${told}" is not on the public internet: ${literal} is a special address.`);
  }
  return url;
}

/**
 * An address as it may be told: no query and no fragment, where API keys are, and nothing that may be a password (T18). The
 * text needn't be a URL.
 */
export function withoutQuery(address: string | URL): string {
  return String(address)
    .replace(/[?#].*$/s, "")
    .replace(/^([a-z][a-z\d+.-]*:)?([/\\]*)[^/\\]*@/i, "$1$2");
}
