import { once } from "node:events";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { inspect } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkedLookup } from "./egress/lookup.ts";
import { type CountingServer, startServer } from "./egress/testing.ts";
import { withoutQuery } from "./egress.ts";
import { createOutboundFetch, type OutboundInit } from "./outbound.ts";

const secret = "key-in-a-query-4f1d";
const query = `?q=1&api_key=${secret}#${secret}`;

let server: CountingServer;
let garbled: ReturnType<typeof createTcpServer>;
const sockets = new Set<Socket>();
beforeAll(async () => {
  server = await startServer((request, response) => {
    const { pathname } = new URL(request.url ?? "", "http://x");
    // As a server does that adds to the address that it was asked for.
    if (pathname === "/redirect") response.writeHead(302, { location: `${request.url}&again` }).end();
    else if (pathname === "/large") response.end("x".repeat(1_000));
    else if (pathname === "/packed") response.writeHead(200, { "content-encoding": "gzip" }).end("x");
    else if (pathname === "/cut") response.writeHead(200, { "content-length": 9 }).write("x", () => response.destroy());
    else if (pathname === "/reset") response.destroy();
    else if (pathname === "/events") response.writeHead(200, { "content-type": "text/event-stream" }).end("data: x");
  });
  garbled = createTcpServer((socket) => {
    sockets.add(socket);
    // What it was asked, and no HTTP.
    socket.on("data", (asked) => socket.write(asked)).on("error", () => {});
  }).listen(0, "127.0.0.1");
  await once(garbled, "listening");
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  garbled.close();
  await server[Symbol.asyncDispose]();
});

const origin = () => `http://127.0.0.1:${server.port}`;
const nobody = async () => {
  const { port } = await startServer(() => {}).then(async (started) => {
    await started[Symbol.asyncDispose]();
    return started;
  });
  return `http://127.0.0.1:${port}/x`;
};
const lost = createOutboundFetch({ lookup: (name, _, callback) => callback(new Error(`${name} is not known`), []) });
const slow = createOutboundFetch({ connectWithin: 20, lookup: () => {} });
const inside = createOutboundFetch({ lookup: checkedLookup(async () => [{ address: "10.0.0.1", family: 4 }]) });
const here = createOutboundFetch();

test.each<[string, () => string | Promise<string>, OutboundInit, ReturnType<typeof createOutboundFetch>?]>([
  ["an address that is no URL", () => "https://exa mple/x", {}],
  ["credentials in an address", () => `https://${secret}:${secret}@example.com/`, {}],
  ["credentials in an address that is no URL", () => `https://${secret}:${secret}@exa mple/`, {}],
  ["loopback", () => `${origin()}/x`, { allowLoopback: false }],
  ["plain http", () => "http://example.com/x", {}],
  ["an address that is not public", () => "https://169.254.169.254/x", {}],
  ["a name that isn't known", () => "https://example.com/x", {}, lost],
  ["a name that is never found", () => "https://example.com/x", {}, slow],
  ["a name that leads inside", () => "https://example.com/x", {}, inside],
  ["a connection that is refused", nobody, {}],
  ["a connection that ends", () => `${origin()}/reset`, {}],
  ["an aborted request", () => `${origin()}/hang`, { signal: AbortSignal.timeout(20) }],
  ["an answer that comes too late", () => `${origin()}/hang`, { limits: { answerMilliseconds: 20 } }],
  ["a redirect", () => `${origin()}/redirect`, {}],
  ["an answer that is too large", () => `${origin()}/large`, { limits: { bodyBytes: 999 } }],
  ["an event that is too large", () => `${origin()}/events`, { limits: { eventBytes: 1 } }],
  ["an answer in another encoding", () => `${origin()}/packed`, {}],
  ["an answer that is cut off", () => `${origin()}/cut`, {}],
  ["an answer that is no HTTP", () => `http://127.0.0.1:${(garbled.address() as AddressInfo).port}/x`, {}],
  ["a header that can't be sent", () => `${origin()}/x`, { headers: { "x-a": "\u0000" } }],
  ["a body that can't be sent", () => `${origin()}/x`, { body: new Blob([]) }],
])("T18 %s: the failure says nothing of the query", async (_, address, init, fetchIt = here) => {
  const asked = `${await address()}${query}`;
  const failure: unknown = await fetchIt(asked, { allowLoopback: true, ...init })
    .then((response) => response.text())
    .then(
      () => expect.fail("It didn't fail."),
      (error: unknown) => error,
    );
  expect(failure).toBeInstanceOf(Error);
  const told = inspect(failure, { depth: Number.POSITIVE_INFINITY, showHidden: true, maxStringLength: null });
  expect(told).not.toContain(secret);
  expect(told).not.toContain(Buffer.from(secret).toString("hex").match(/../g)?.join(" "));
});

test.each([
  ["https://example.com/a/b?key=x#y", "https://example.com/a/b"],
  ["https://example.com#key", "https://example.com"],
  ["https://user:word@example.com/@a", "https://example.com/@a"],
  ["https://example.com/@a:b@c", "https://example.com/@a:b@c"],
  ["//word@exa mple/?x", "//exa mple/"],
  ["not a URL?key\nmore", "not a URL"],
])("of %j is told %j", (address, told) => {
  expect(withoutQuery(address)).toBe(told);
});
