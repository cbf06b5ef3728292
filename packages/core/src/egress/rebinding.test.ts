import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createOutboundFetch } from "../outbound.ts";
import { checkedLookup } from "./lookup.ts";
import { type CountingServer, makeCertificate, startDns, startServer, type TestDns } from "./testing.ts";

// Only loopback can be listened on: one of its addresses plays the public internet, another this machine's own services.
const publicAddress = "127.0.0.2";
const privateAddress = "127.0.0.1";
const isPublic = (address: string) => address === publicAddress;

let publicServer: CountingServer;
let privateServer: CountingServer;
beforeAll(async () => {
  const certificate = await makeCertificate("good.example");
  setDefaultCACertificates([...getCACertificates("default"), certificate.authority]);
  const start = (who: string, host: string, port = 0) =>
    startServer((request, response) => response.end(`${who} for ${request.headers.host}`), { host, port, certificate });
  publicServer = await start("public", publicAddress);
  privateServer = await start("private", privateAddress, publicServer.port);
});
afterAll(async () => {
  await publicServer[Symbol.asyncDispose]();
  await privateServer[Symbol.asyncDispose]();
});

const fetchBy = ({ resolve }: TestDns) => createOutboundFetch({ lookup: checkedLookup(resolve, isPublic) });
const textAt = async (fetchIt: ReturnType<typeof fetchBy>, name: string, init = {}) =>
  (await fetchIt(`https://${name}:${publicServer.port}/`, init)).text();
const fresh = { headers: { connection: "close" } };

describe("T06 DNS that changes its answer", () => {
  test("goes to the address that was checked, and is refused once it leads elsewhere", async () => {
    await using dns = await startDns((_, nth) => [nth % 2 === 0 ? publicAddress : privateAddress]);
    const fetchIt = fetchBy(dns);
    const before = privateServer.connections;
    for (let round = 0; round < 3; round++) {
      expect(await textAt(fetchIt, "good.example", fresh)).toBe(`public for good.example:${publicServer.port}`);
      await expect(textAt(fetchIt, "good.example", fresh)).rejects.toThrow("does not lead to a public address");
    }
    // One question a connection: there is no second answer to go by.
    expect(dns.asked).toEqual(Array(6).fill("good.example"));
    expect(privateServer.connections).toBe(before);
  });

  test("a name with one private address among public ones is refused as a whole", async () => {
    await using dns = await startDns(() => [publicAddress, privateAddress]);
    const before = [publicServer.connections, privateServer.connections];
    await expect(textAt(fetchBy(dns), "good.example")).rejects.toThrow("does not lead to a public address");
    expect([publicServer.connections, privateServer.connections]).toEqual(before);
  });

  test("a connection that is kept alive is not asked about again, and stays where it was checked", async () => {
    await using dns = await startDns((_, nth) => [nth === 0 ? publicAddress : privateAddress]);
    const fetchIt = fetchBy(dns);
    const before = publicServer.connections;
    for (let call = 0; call < 5; call++) expect(await textAt(fetchIt, "good.example")).toMatch(/^public/);
    expect([dns.asked.length, publicServer.connections - before]).toEqual([1, 1]);
  });

  test("many connections at once are one question", async () => {
    await using dns = await startDns(() => [publicAddress]);
    const fetchIt = fetchBy(dns);
    await Promise.all(Array.from({ length: 8 }, () => textAt(fetchIt, "good.example", fresh)));
    expect(dns.asked).toHaveLength(1);
  });

  test("a name that isn't known is an error", async () => {
    await using dns = await startDns(() => []);
    await expect(textAt(fetchBy(dns), "good.example")).rejects.toThrow();
  });
});

test("T06 a certificate must be for the name in the address, wherever that led", async () => {
  await using dns = await startDns(() => [publicAddress]);
  const fetchIt = fetchBy(dns);
  expect(await textAt(fetchIt, "good.example")).toMatch(/^public/);
  await expect(textAt(fetchIt, "bad.example")).rejects.toThrow("does not match certificate");
});

test("T06 a certificate of an unknown authority is refused, also where the environment says not to look", async () => {
  const unknown = await makeCertificate("good.example");
  await using server = await startServer((_, response) => response.end(), {
    host: publicAddress,
    certificate: unknown,
  });
  await using dns = await startDns(() => [publicAddress]);
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
  try {
    await expect(fetchBy(dns)(`https://good.example:${server.port}/`)).rejects.toThrow("certificate");
  } finally {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  }
});

test("T06 localhost must lead to this machine", async () => {
  await using dns = await startDns(() => ["192.0.2.1"]);
  const fetchIt = fetchBy(dns);
  await expect(fetchIt("http://localhost:9/", { allowLoopback: true })).rejects.toThrow("does not lead");
});
