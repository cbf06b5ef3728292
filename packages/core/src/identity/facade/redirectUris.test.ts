import fc from "fast-check";
import { expect, test } from "vitest";
import { complaintAbout, isOneOf } from "./redirectUris.ts";

test("an address that is accepted is where a browser goes with it", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.webUrl({ withQueryParameters: true }), fc.string(), fc.string({ unit: "binary" })),
      (text) => {
        if (complaintAbout(text) !== undefined) return;
        const { protocol, hostname, username, hash } = new URL(text);
        expect(["https:", "http:"]).toContain(protocol);
        if (protocol === "http:") expect(["127.0.0.1", "[::1]", "localhost"]).toContain(hostname);
        expect([username, hash]).toEqual(["", ""]);
      },
    ),
  );
});

test("T20 an address is a registered one only where it leads to the same host, path and query", () => {
  const hosts = fc.constantFrom("127.0.0.1", "localhost", "[::1]", "127.0.0.1.evil.example", "evil.example");
  const address = fc
    .tuple(
      fc.constantFrom("http", "https"),
      fc.constantFrom("", "user@", "127.0.0.1@"),
      hosts,
      fc.constantFrom("", ":1", ":65535", ":@evil.example"),
      fc.constantFrom("", "/", "/callback", "/callback?a=1", "/callback/..", "?a", "#a"),
    )
    .map(([scheme, user, host, port, rest]) => `${scheme}://${user}${host}${port}${rest}`);
  fc.assert(
    fc.property(address, address, (asked, registered) => {
      if (!isOneOf(asked, [registered]) || asked === registered) return;
      const [a, b] = [new URL(asked), new URL(registered)];
      expect([a.protocol, a.hostname]).toEqual(["http:", b.hostname]);
      expect(["127.0.0.1", "localhost", "[::1]"]).toContain(a.hostname);
      expect([a.pathname, a.search]).toEqual([b.pathname, b.search]);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ["http://127.0.0.1:5000/callback", "http://127.0.0.1/callback", true],
  ["http://[::1]:5000/callback", "http://[::1]:1/callback", true],
  ["http://localhost:5000/callback", "http://127.0.0.1:5000/callback", false],
  ["https://127.0.0.1:5000/callback", "https://127.0.0.1/callback", false],
  ["https://desk.example:5000/callback", "https://desk.example/callback", false],
  ["https://desk.example/callback", "https://desk.example/callback", true],
])("%s is %s: %s", (asked, registered, expected) => {
  expect(isOneOf(asked, [registered])).toBe(expected);
});
