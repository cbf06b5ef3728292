import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { malformed, OtlpError } from "./errors.ts";
import { maxBodyBytes } from "./limits.ts";

const gunzipped = promisify(gunzip);

/**
 * A request's body without its content coding. No more is decompressed than may be taken (T11).
 * @throws OtlpError 415 for another coding than gzip, 413 for a body that is too large, 400 for what isn't gzip.
 */
export async function decompressedBody(body: Uint8Array, contentEncoding: string): Promise<Uint8Array> {
  const coding = contentEncoding.trim().toLowerCase();
  if (coding === "" || coding === "identity") return requireSize(body);
  if (coding !== "gzip") throw new OtlpError(415, "invalidArgument", "Content-Encoding must be gzip, or none.");
  try {
    return await gunzipped(body, { maxOutputLength: maxBodyBytes });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE") throw tooLarge();
    throw malformed("The body is not gzip, although its Content-Encoding says so.", error);
  }
}

function requireSize(body: Uint8Array): Uint8Array {
  if (body.length > maxBodyBytes) throw tooLarge();
  return body;
}

function tooLarge(): OtlpError {
  const megabytes = maxBodyBytes / 1024 / 1024;
  return new OtlpError(
    413,
    "invalidArgument",
    `A request may have ${megabytes} MB, decompressed: send fewer spans at a time.`,
  );
}
