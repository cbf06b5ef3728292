import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";

/** An HTTP server on a free port of loopback. */
export interface WebServer extends AsyncDisposable {
  readonly url: string;
  stop(): Promise<void>;
}

/** Serves a web-standard handler over node:http. */
export async function serveWeb(handle: (request: Request) => Promise<Response>, port = 0): Promise<WebServer> {
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const response = await handle(await requestOf(incoming));
      outgoing.writeHead(response.status, Object.fromEntries(response.headers));
      outgoing.end(Buffer.from(await response.arrayBuffer()));
    })().catch((error: unknown) => {
      outgoing.writeHead(500).end(String(error));
    });
  });
  // On a busy machine a connection that is idle for five seconds would be closed at the moment that it is used again.
  server.keepAliveTimeout = 0;
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  const stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return { url: `http://127.0.0.1:${address.port}`, stop, [Symbol.asyncDispose]: stop };
}

async function requestOf(incoming: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headersDistinct)) {
    for (const each of value ?? []) headers.append(name, each);
  }
  const method = incoming.method ?? "GET";
  const body = method === "GET" || method === "HEAD" ? null : Buffer.concat(chunks);
  return new Request(`http://${incoming.headers.host}${incoming.url}`, { method, headers, body });
}
