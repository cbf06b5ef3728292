import type { IncomingMessage } from "node:http";

/**
 * Reads a body to its end.
 * @throws TypeError when it is larger than `limit` bytes, of which no more is read, or cut off.
 */
export function readBody(incoming: IncomingMessage, limit: number): Promise<Buffer> {
  // By its events: the asynchronous iterator of a stream takes longer than all the rest of a small exchange.
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let size = 0;
  const refuse = () => incoming.destroy(new TypeError(`The answer is larger than ${limit} bytes.`));
  if (Number(incoming.headers["content-length"] ?? 0) > limit) refuse();
  incoming.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > limit) refuse();
    else chunks.push(chunk);
  });
  incoming.once("end", () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size)));
  incoming.once("error", reject);
  incoming.once("close", () => reject(new TypeError("The connection ended before the answer did.")));
  return promise;
}
