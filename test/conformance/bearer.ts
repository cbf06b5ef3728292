import { once } from "node:events";
import { createServer, request as send } from "node:http";

/** A door that lets in whoever comes, with a token: the suite can't be told to send one. */
export async function startBearerProxy(
  target: string,
  token: string,
): Promise<AsyncDisposable & { readonly url: string }> {
  const { hostname, port, pathname } = new URL(target);
  const server = createServer((incoming, outgoing) => {
    const headers = { ...incoming.headers, authorization: `Bearer ${token}` };
    // The gate itself judges by the host that it was asked for, unless it is this door's own.
    if (headers.host === ownHost()) headers.host = `${hostname}:${port}`;
    if (headers.origin === `http://${ownHost()}`) headers.origin = `http://${hostname}:${port}`;
    const forwarded = send({ hostname, port, path: pathname, method: incoming.method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on("error", () => outgoing.destroy());
    outgoing.on("close", () => forwarded.destroy());
    incoming.pipe(forwarded);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The proxy has no port.");
  function ownHost(): string {
    return typeof address === "object" ? `127.0.0.1:${address?.port}` : "";
  }
  return {
    url: `http://${ownHost()}${pathname}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
