import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { GatehouseError, messageOf } from "@gatehouse/core/errors.ts";

/** An HTTP server that listens. */
export interface ListeningServer {
  readonly port: number;
  /** Takes no further connection, lets requests in flight finish until `deadline`, and then cuts what is left. */
  close(deadline: Promise<unknown>): Promise<void>;
}

/**
 * Listens on an address and a port; 0 takes any free one.
 * @throws GatehouseError `conflict` when the port is taken, `validation` when the address can't be listened on.
 */
export async function listen(listener: RequestListener, bind: string, port: number): Promise<ListeningServer> {
  let closing = false;
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    // Kept-alive connections would hold up the end of a server that is closing.
    if (closing) response.setHeader("connection", "close");
    response.once("finish", () => {
      if (closing) server.closeIdleConnections();
    });
    listener(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(explained(error, bind, port)));
    server.listen(port, bind, resolve);
  });
  let closed: Promise<void> | undefined;
  return {
    port: (server.address() as AddressInfo).port,
    close: async (deadline) => {
      closing = true;
      closed ??= new Promise((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await Promise.race([closed, deadline]);
      server.closeAllConnections();
      await closed;
    },
  };
}

function explained(error: Error, bind: string, port: number): GatehouseError {
  const code = "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") {
    return new GatehouseError(
      "conflict",
      `Port ${port} on ${bind} is in use. Stop what uses it, or choose another port with --port or GATEHOUSE_PORT.`,
      { cause: error },
    );
  }
  return new GatehouseError("validation", `Gatehouse can't listen on ${bind}, port ${port}: ${messageOf(error)}.`, {
    cause: error,
  });
}
