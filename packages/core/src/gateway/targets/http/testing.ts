import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { SignedRequest } from "../../../identity/sigv4/signedRequest.ts";
import type { TargetRecord } from "../../../storage/records.ts";

/** For tests only: a request as it came over the wire. */
export interface Received extends SignedRequest {
  readonly bytes: Buffer;
}

/** For tests only: an HTTP server on loopback that keeps what it is asked. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly received: Received[];
}

/** For tests only: starts it. */
export async function startServer(
  answer: (request: Received, ...parts: Parameters<RequestListener>) => void,
): Promise<TestServer> {
  const received: Received[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const request = await receive(incoming);
    received.push(request);
    answer(request, incoming, outgoing);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function receive(incoming: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const url = new URL(incoming.url ?? "", "http://server");
  const query: Record<string, string[]> = {};
  for (const name of url.searchParams.keys()) query[name] = url.searchParams.getAll(name);
  return {
    method: incoming.method ?? "",
    path: (incoming.url ?? "").split("?")[0] ?? "",
    query,
    headers: Object.fromEntries(
      Object.entries(incoming.headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(",") : (value ?? ""),
      ]),
    ),
    body: bytes.toString(),
    bytes,
  };
}

/** For tests only: a target by that name; what it is doesn't matter. */
export function targetNamed(name: string): TargetRecord {
  const time = "2026-11-22T10:00:00.000Z";
  return {
    gatewayId: "gateway",
    targetId: "TARGET0001",
    name,
    targetConfiguration: {},
    credentialProviderConfigurations: [],
    status: "READY",
    createdAt: time,
    updatedAt: time,
  } as unknown as TargetRecord; // The SDK's type of a configuration has no empty one.
}
