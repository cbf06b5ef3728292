import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";

/** What becomes of a request to the database. */
type Fate = "done" | "throttled" | "conflict" | "failed" | "lost" | "unanswered";

/** A DynamoDB endpoint that refuses, loses and forgets, as often as it is told to. */
export interface FaultyDatabase extends AsyncDisposable {
  readonly url: string;
  /** How often each fate befell a request. */
  readonly fates: Readonly<Record<Fate, number>>;
  /** Decides the fate of each request from now on. */
  fateOf: () => Fate;
}

/**
 * Stands before a DynamoDB endpoint. `failed` answers 500 without doing it, `lost` breaks the connection without doing it,
 * and `unanswered` does it and then breaks the connection: what has become of it, the client can't know.
 */
export async function startFaultyDatabase(target: string): Promise<FaultyDatabase> {
  const fates = { done: 0, throttled: 0, conflict: 0, failed: 0, lost: 0, unanswered: 0 };
  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const body = Buffer.concat(await Array.fromAsync(incoming as AsyncIterable<Buffer>));
    const isTransaction = String(incoming.headers["x-amz-target"]).endsWith("TransactWriteItems");
    const drawn = database.fateOf();
    const fate = drawn === "conflict" && !isTransaction ? "throttled" : drawn;
    fates[fate]++;
    const refuse = (status: number, name: string, more: object = {}) =>
      outgoing
        .writeHead(status, { "content-type": "application/x-amz-json-1.0" })
        .end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, ...more }));
    if (fate === "throttled") return refuse(400, "ThrottlingException", { message: "Rate exceeded" });
    if (fate === "failed") return refuse(500, "InternalServerError", { message: "Internal server error" });
    if (fate === "lost") return outgoing.destroy();
    if (fate === "conflict") {
      const { TransactItems } = JSON.parse(body.toString()) as { TransactItems: unknown[] };
      const reasons = TransactItems.map((_, index) =>
        index === 0
          ? { Code: "TransactionConflict", Message: "Transaction is ongoing for the item" }
          : { Code: "None" },
      );
      return refuse(400, "TransactionCanceledException", { Message: "Cancelled", CancellationReasons: reasons });
    }
    const answer = await forward(target, incoming, body);
    if (fate === "unanswered") return outgoing.destroy();
    outgoing.writeHead(answer.status, answer.headers).end(answer.body);
  };
  const server = createServer((incoming, outgoing) => void serve(incoming, outgoing).catch(() => outgoing.destroy()));
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  const database: FaultyDatabase = {
    url: `http://127.0.0.1:${address.port}`,
    fates,
    fateOf: () => "done",
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return database;
}

/** `fetch` would take its time over thousands of requests. */
async function forward(target: string, { method, headers }: IncomingMessage, body: Buffer) {
  const { connection: _, ...rest } = headers;
  const outgoing = request(target, { method: method ?? "POST", headers: { ...rest, host: new URL(target).host } });
  outgoing.end(body);
  const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
  const answered = Buffer.concat(await Array.fromAsync(incoming as AsyncIterable<Buffer>));
  const { connection: __, "transfer-encoding": ___, ...kept } = incoming.headers;
  return { status: incoming.statusCode ?? 500, headers: kept, body: answered };
}
