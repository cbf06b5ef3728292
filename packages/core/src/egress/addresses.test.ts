import { describe, expect, test } from "vitest";
import { isLoopbackAddress, isPublicAddress } from "./addresses.ts";

/** Blocks of the IANA IPv4 and IPv6 Special-Purpose Address Registries that are not globally reachable, and multicast. */
const special: readonly (readonly [first: string, last: string, what: string])[] = [
  ["0.0.0.0", "0.255.255.255", "this network"],
  ["10.0.0.0", "10.255.255.255", "private"],
  ["100.64.0.0", "100.127.255.255", "shared (carrier-grade NAT)"],
  ["127.0.0.0", "127.255.255.255", "loopback"],
  ["169.254.0.0", "169.254.255.255", "link-local"],
  ["172.16.0.0", "172.31.255.255", "private"],
  ["192.0.0.0", "192.0.0.255", "IETF protocol assignments"],
  ["192.0.2.0", "192.0.2.255", "documentation"],
  ["192.88.99.0", "192.88.99.255", "6to4 relays"],
  ["192.168.0.0", "192.168.255.255", "private"],
  ["198.18.0.0", "198.19.255.255", "benchmarking"],
  ["198.51.100.0", "198.51.100.255", "documentation"],
  ["203.0.113.0", "203.0.113.255", "documentation"],
  ["224.0.0.0", "239.255.255.255", "multicast"],
  ["240.0.0.0", "255.255.255.255", "reserved, and broadcast"],
  ["::", "::", "unspecified"],
  ["::1", "::1", "loopback"],
  ["::0.0.0.2", "::ffff:fffe", "IPv4-compatible, and what isn't given out"],
  ["64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "NAT64 within a network"],
  ["100::", "100::ffff:ffff:ffff:ffff", "discarded"],
  ["2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "Teredo"],
  ["2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff", "benchmarking"],
  ["2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "documentation"],
  ["2001:10::", "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff", "identifiers of ORCHID"],
  ["2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "6to4"],
  ["3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "documentation"],
  ["5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "segment routing"],
  ["4000::", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "not given out"],
  ["fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "unique local"],
  ["fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "link-local"],
  ["fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "site-local"],
  ["ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "multicast"],
];

describe("T06 an address that isn't of the public internet", () => {
  test.each(special)("%s to %s: %s", (first, last) => {
    expect([first, last].map(isPublicAddress)).toEqual([false, false]);
  });

  test.each(["10.0.0.1", "127.0.0.1", "169.254.169.254", "192.168.1.1"])("%s wrapped into IPv6", (address) => {
    expect([`::ffff:${address}`, `64:ff9b::${address}`].map(isPublicAddress)).toEqual([false, false]);
  });

  test.each(["fe80::1%eth0", "localhost", "", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "1.2.3.4.5", "[::1]"])(
    "%s, or what is no address at all",
    (text) => {
      expect(isPublicAddress(text)).toBe(false);
    },
  );
});

test.each([
  "1.1.1.1",
  "9.255.255.255",
  "100.63.255.255",
  "100.128.0.0",
  "169.253.255.255",
  "172.15.255.255",
  "172.32.0.0",
  "223.255.255.255",
  "2606:4700:4700::1111",
  "2a00:1450:4001::1",
  "::ffff:1.1.1.1",
  "64:ff9b::1.1.1.1",
])("%s is public", (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

test("this very machine is loopback, in both versions, and nothing else is", () => {
  const addresses = ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::", "10.0.0.1", "localhost", ""];
  expect(addresses.filter(isLoopbackAddress)).toEqual(["127.0.0.1", "127.9.9.9", "::1"]);
});
