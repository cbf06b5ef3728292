import { createServer } from "node:http";
import { duplexPair } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { sendStream } from "./answer.ts";

test("an answer that is a stream is made no faster than its client takes it", async () => {
  const chunk = new Uint8Array(64 * 1_024);
  let made = 0;
  async function* source() {
    for (; made < 1_000; made++) yield chunk;
  }
  const stream = ReadableStream.from(source()) as ReadableStream<Uint8Array>;
  const server = createServer((_, response) => sendStream(response, { statusCode: 200, headers: {}, stream }));
  // A connection that holds nothing but what these streams do: a system's would take megabytes that nobody has read.
  const [client, connection] = duplexPair();
  server.emit("connection", connection);
  client.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  for (let turns = 0; turns < 100; turns++) await turn();
  expect(made).toBeGreaterThan(0);
  expect(made).toBeLessThan(10);
  let taken = 0;
  for await (const bytes of client) taken += (bytes as Buffer).length;
  expect(made).toBe(1_000);
  expect(taken).toBeGreaterThan(1_000 * chunk.length);
});
