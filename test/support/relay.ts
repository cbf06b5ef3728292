import { serveWeb, type WebServer } from "./webServer.ts";

/** What stands between Gatehouse and its database in a test, and decides request by request what passes. */
export interface Relay extends WebServer {
  /** The DynamoDB operations that hang from now on: they reach nothing and are never answered. */
  held: ReadonlySet<string>;
}

/** Relays a DynamoDB endpoint. */
export async function startRelay(target: string): Promise<Relay> {
  const relay: Relay = Object.assign(
    await serveWeb(async (request) => {
      const operation = request.headers.get("x-amz-target")?.split(".")[1] ?? "";
      if (relay.held.has(operation)) await new Promise(() => {});
      const headers = new Headers(request.headers);
      for (const name of ["host", "connection", "content-length"]) headers.delete(name);
      const response = await fetch(target, { method: request.method, headers, body: await request.arrayBuffer() });
      const answered = new Headers(response.headers);
      for (const name of ["connection", "content-length", "transfer-encoding"]) answered.delete(name);
      return new Response(await response.arrayBuffer(), { status: response.status, headers: answered });
    }),
    { held: new Set<string>() },
  );
  return relay;
}
