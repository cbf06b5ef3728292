import { serveWeb, type WebServer } from "./webServer.ts";

/** What stands between Gatehouse and its database in a test, and decides request by request what passes. */
export interface Relay extends WebServer {
  /** The DynamoDB operations that hang from now on: they reach nothing and are never answered. */
  held: ReadonlySet<string>;
  /** The operations that are done from now on, but never answered. */
  unanswered: ReadonlySet<string>;
  /** Resolves when the next request hangs, held or unanswered. */
  stuck(): Promise<void>;
}

/** Relays a DynamoDB endpoint. */
export async function startRelay(target: string): Promise<Relay> {
  let hanging = Promise.withResolvers<void>();
  const hang = () => {
    hanging.resolve();
    return new Promise(() => {});
  };
  const relay: Relay = Object.assign(
    await serveWeb(async (request) => {
      const operation = request.headers.get("x-amz-target")?.split(".")[1] ?? "";
      if (relay.held.has(operation)) await hang();
      const headers = new Headers(request.headers);
      for (const name of ["host", "connection", "content-length"]) headers.delete(name);
      const response = await fetch(target, { method: request.method, headers, body: await request.arrayBuffer() });
      const body = await response.arrayBuffer();
      if (relay.unanswered.has(operation)) await hang();
      const answered = new Headers(response.headers);
      for (const name of ["connection", "content-length", "transfer-encoding"]) answered.delete(name);
      return new Response(body, { status: response.status, headers: answered });
    }),
    {
      held: new Set<string>(),
      unanswered: new Set<string>(),
      stuck: () => {
        hanging = Promise.withResolvers<void>();
        return hanging.promise;
      },
    },
  );
  return relay;
}
