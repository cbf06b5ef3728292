import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** The names by which this very machine may be reached where that is allowed, as `URL.hostname` spells them. */
export const loopbackNames: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** What IANA has given out for the public internet; every other address of IPv6 is special or not given out yet. */
const globalUnicast = ipaddr.IPv6.parseCIDR("2000::/3");
/** How IPv6-only networks reach IPv4 (RFC 6052): the last 32 bits are where the connection goes. */
const nat64 = ipaddr.IPv6.parseCIDR("64:ff9b::/96");

/**
 * Whether an IP address is one of the public internet. Private, loopback, link-local (the cloud's metadata services among
 * them), shared, multicast, documentation and every other block of IANA's two special-purpose registries is not, nor is
 * what is no address at all. What merely wraps an IPv4 address is as public as that one; tunnels (6to4, Teredo), whose
 * way nobody can know, are not.
 */
export function isPublicAddress(text: string): boolean {
  if (isIP(text) === 0) return false;
  // An IPv4-mapped address is the IPv4 address (RFC 4291, section 2.5.5.2).
  const address = ipaddr.process(text);
  if (address instanceof ipaddr.IPv4) return address.range() === "unicast";
  if (address.match(nat64)) return isPublicAddress(embedded(address));
  return address.range() === "unicast" && address.match(globalUnicast);
}

/** Whether an IP address is this very machine as `localhost` means it. */
export function isLoopbackAddress(text: string): boolean {
  return isIP(text) !== 0 && ipaddr.parse(text).range() === "loopback";
}

function embedded(address: ipaddr.IPv6): string {
  return address.toByteArray().slice(-4).join(".");
}
