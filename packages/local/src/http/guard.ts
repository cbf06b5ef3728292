import type { IncomingMessage } from "node:http";
import { hostname, networkInterfaces } from "node:os";
import { localhostAllowedHostnames, validateHostHeader, validateOriginHeader } from "@modelcontextprotocol/server";

/** Says why a request must not be served, if so. */
export type Guard = (request: IncomingMessage) => string | undefined;

/**
 * Keeps web pages from reaching a server on this machine through the browser of someone who works on it: neither by
 * a name that an attacker's DNS lets point here (the Host header tells), nor from a page of another site (the Origin
 * header tells). Loopback's names are allowed, and what the server was bound to.
 */
export function createGuard(bind: string): Guard {
  const allowed = [...new Set([...localhostAllowedHostnames(), ...namesOf(bind)])];
  return ({ headers }) => {
    const host = validateHostHeader(headers.host, allowed);
    if (!host.ok) return `${host.message}. Allowed: ${allowed.join(", ")}.`;
    const origin = validateOriginHeader(headers.origin, allowed);
    return origin.ok ? undefined : `${origin.message}. Allowed: ${allowed.join(", ")}.`;
  };
}

/** True for an address that only this machine has. */
export function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/.test(address);
}

/** True for an address that stands for every one the machine has. */
export function isWildcard(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}

/** An address or name as it stands in a URL. */
export function urlHost(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

function namesOf(bind: string): string[] {
  if (!isWildcard(bind)) return [urlHost(bind).toLowerCase()];
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list?.map(({ address }) => address) ?? []);
  return [...addresses.map(urlHost), hostname().toLowerCase()];
}
