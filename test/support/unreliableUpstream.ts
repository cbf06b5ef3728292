import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { isJsonObject, type Json } from "@gatehouse/core/json.ts";
import { startUpstream, type Upstream } from "./upstream.ts";

/** What becomes of a request that reaches the upstream. */
export type Behaviour =
  /** It is answered. */
  | "answers"
  /** Nothing is said until `release`; then it is answered. */
  | "hangs"
  /** The connection is reset. */
  | "resets"
  /** What comes is no JSON. */
  | "garbage"
  /** It is well-formed, and has 100 MB. */
  | "huge"
  /** The connection ends in the midst of the answer. */
  | "breaksOff"
  /** An event stream that has no end and no answer. */
  | "endless"
  /** 503, to be asked again in a minute. */
  | "overloaded";

/** A real MCP server whose answers can go wrong: to calls, or to lists. */
export interface UnreliableUpstream extends AsyncDisposable {
  readonly endpoint: string;
  readonly upstream: Upstream;
  behaviour: Behaviour;
  /** The requests that are treated so; calls unless a test says otherwise. */
  method: "tools/call" | "tools/list";
  /** How many of these requests have come, answered or not. */
  calls: number;
  /** Resolves when so many have come. */
  reached(calls: number): Promise<void>;
  /** Answers every request that hangs, and the following. */
  release(): void;
  /** Resolves when somebody has gone from an endless answer. */
  readonly left: Promise<void>;
}

/** Starts it, with the tools of `upstream`. */
export async function startUnreliableUpstream(): Promise<UnreliableUpstream> {
  const upstream = await startUpstream();
  const changed = new EventTarget();
  const left = Promise.withResolvers<void>();
  let held = Promise.withResolvers<void>();

  async function relay(incoming: IncomingMessage, body: string, outgoing: ServerResponse): Promise<void> {
    const headers = Object.entries(incoming.headersDistinct).flatMap(([name, values = []]) =>
      name === "host" || name === "connection" || name === "content-length"
        ? []
        : values.map((value): [string, string] => [name, value]),
    );
    const answer = await fetch(upstream.endpoint, { method: incoming.method ?? "POST", headers, body: body || null });
    outgoing.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "text/plain" });
    outgoing.end(await answer.text());
  }

  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const body = await textOf(incoming);
      if (methodOf(body) !== unreliable.method) return relay(incoming, body, outgoing);
      unreliable.calls++;
      changed.dispatchEvent(new Event("call"));
      switch (unreliable.behaviour) {
        case "answers":
          return relay(incoming, body, outgoing);
        case "hangs":
          await held.promise;
          return relay(incoming, body, outgoing);
        case "resets":
          return void incoming.socket.resetAndDestroy();
        case "garbage":
          return void outgoing.writeHead(200, { "content-type": "application/json" }).end("<html>{{{");
        case "huge":
          return void outgoing.writeHead(200, { "content-type": "application/json" }).end(hugeAnswer(body));
        case "breaksOff":
          outgoing.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
          return void outgoing.write('{"jsonrpc":"2.0","result":{"content":[', () => incoming.socket.destroy());
        case "overloaded":
          return void outgoing.writeHead(503, { "retry-after": "60" }).end("too much to do");
        case "endless":
          outgoing.on("close", () => left.resolve());
          return endless(outgoing);
      }
    })().catch(() => outgoing.destroy());
  });
  // On a slow machine a connection would else be closed at the very moment when it is used again.
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");

  const unreliable: UnreliableUpstream = {
    endpoint: `http://127.0.0.1:${address.port}/mcp`,
    upstream,
    behaviour: "answers",
    method: "tools/call",
    calls: 0,
    left: left.promise,
    async reached(calls) {
      while (unreliable.calls < calls)
        await new Promise((resolve) => changed.addEventListener("call", resolve, { once: true }));
    },
    release() {
      unreliable.behaviour = "answers";
      held.resolve();
      held = Promise.withResolvers();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await upstream.stop();
    },
  };
  return unreliable;
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function methodOf(body: string): Json | undefined {
  if (body === "") return undefined;
  const message = JSON.parse(body) as Json;
  return isJsonObject(message) ? message.method : undefined;
}

function hugeAnswer(body: string): string {
  const { id } = JSON.parse(body) as { id: number };
  const result = { resultType: "complete", content: [{ type: "text", text: "x".repeat(100_000_000) }] };
  return JSON.stringify({ jsonrpc: "2.0", id, result });
}

/** Goes on for as long as the other side listens, and no faster than it does. */
function endless(outgoing: ServerResponse): void {
  outgoing.writeHead(200, { "content-type": "text/event-stream" });
  const more = (): void => {
    if (!outgoing.destroyed) outgoing.write(`: ${"x".repeat(1_000)}\n\n`, () => setImmediate(more));
  };
  more();
}
