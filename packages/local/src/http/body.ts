import type { IncomingMessage } from "node:http";

/** A request's body, or the news that it is larger than it may be. */
export type Body = { readonly bytes: Buffer } | { readonly tooLarge: true };

/**
 * Reads a body of at most `limit` bytes. What goes beyond is let run out unread, so that the answer can still be sent.
 * @throws Error when the client goes away before the end.
 */
export function readBody(request: IncomingMessage, limit: number): Promise<Body> {
  const { promise, resolve, reject } = Promise.withResolvers<Body>();
  const chunks: Buffer[] = [];
  let size = 0;
  const giveUp = () => {
    request.removeListener("data", take);
    request.resume();
    resolve({ tooLarge: true });
  };
  const take = (chunk: Buffer) => {
    size += chunk.length;
    if (size > limit) giveUp();
    else chunks.push(chunk);
  };
  if (Number(request.headers["content-length"] ?? 0) > limit) giveUp();
  else request.on("data", take);
  request.once("end", () => resolve({ bytes: Buffer.concat(chunks) }));
  request.once("close", () => reject(new Error("The client went away.")));
  request.once("error", reject);
  return promise;
}
