import { deflateRawSync, inflateRawSync } from "node:zlib";

/**
 * A value as one binary attribute: compressed JSON. DynamoDB asks for every begun kilobyte, in the table and in each index, and
 * an engine reads a binary faster than the same as a map or as a text full of quotes.
 */
export function packed(value: unknown): Uint8Array {
  return deflateRawSync(JSON.stringify(value));
}

/** What a binary attribute says that `packed` has made. @throws where it is none. */
export function unpacked(bytes: unknown): unknown {
  // As the client gives a binary attribute.
  return JSON.parse(inflateRawSync(bytes as Uint8Array).toString());
}
