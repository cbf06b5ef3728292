import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { generate } from "selfsigned";
import type { Resolve } from "./lookup.ts";

/** A server of a name's addresses, which can give another answer each time. */
export interface TestDns extends AsyncDisposable {
  /** The names it was asked for. */
  readonly asked: string[];
  readonly resolve: Resolve;
}

/** Starts a DNS server: real datagrams of RFC 1035. @param answer the IPv4 addresses for the nth question, from 0. */
export async function startDns(answer: (name: string, nth: number) => readonly string[]): Promise<TestDns> {
  const asked: string[] = [];
  const socket = createSocket("udp4");
  socket.on("message", (query, { port, address }) => {
    const { name, end } = questionIn(query);
    const addresses = answer(name, asked.push(name) - 1);
    const header = Buffer.from(query.subarray(0, 12));
    header.writeUInt16BE(0x8180, 2);
    header.writeUInt16BE(addresses.length, 6);
    header.writeUInt32BE(0, 8);
    const records = addresses.map((ip) =>
      // A pointer to the question's name, type A, class IN, good for no second, four bytes.
      Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...ip.split(".").map(Number)]),
    );
    socket.send(Buffer.concat([header, query.subarray(12, end), ...records]), port, address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const resolver = new Resolver();
  resolver.setServers([`127.0.0.1:${socket.address().port}`]);
  return {
    asked,
    resolve: async (name) => (await resolver.resolve4(name)).map((address) => ({ address, family: 4 })),
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, "close");
    },
  };
}

function questionIn(query: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let position = 12;
  for (let length = query[position] ?? 0; length > 0; length = query[position] ?? 0) {
    labels.push(query.toString("latin1", position + 1, position + 1 + length));
    position += 1 + length;
  }
  return { name: labels.join("."), end: position + 5 };
}

/** A certificate authority of a test's own, with a server certificate for one name. */
export async function makeCertificate(name: string): Promise<{ authority: string; key: string; cert: string }> {
  const options = { keyType: "ec", algorithm: "sha256" } as const;
  const authority = await generate([{ name: "commonName", value: "Test authority" }], {
    ...options,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, critical: true },
    ],
  });
  const { private: key, cert } = await generate([{ name: "commonName", value: name }], {
    ...options,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: name }] }],
  });
  return { authority: authority.cert, key, cert };
}

/** A server on a loopback address, which counts the connections it gets. */
export interface CountingServer extends AsyncDisposable {
  readonly port: number;
  connections: number;
}

/** Starts one: with TLS where there is a certificate. */
export async function startServer(
  answer: RequestListener,
  {
    host = "127.0.0.1",
    port = 0,
    certificate,
  }: { host?: string; port?: number; certificate?: { key: string; cert: string } } = {},
): Promise<CountingServer> {
  const server = certificate === undefined ? createServer(answer) : createSecureServer(certificate, answer);
  const started: CountingServer = {
    port: await listening(server, port, host),
    connections: 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  server.on("connection", () => started.connections++);
  return started;
}

async function listening(server: Server, port: number, host: string): Promise<number> {
  server.listen(port, host);
  await once(server, "listening");
  // A server that listens on a port has an address of that kind.
  return (server.address() as AddressInfo).port;
}
