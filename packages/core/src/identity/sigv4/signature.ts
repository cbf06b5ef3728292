import { createHash, createHmac } from "node:crypto";
import { algorithm, terminator } from "./authorization.ts";

/** What a signature is made over, and with. */
export interface Signing {
  readonly secretAccessKey: string;
  /** `x-amz-date`: `yyyymmddThhmmssZ`. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly canonicalRequest: string;
}

/** The 32 bytes of a signature (AWS Signature Version 4, "Create a string to sign" and "Calculate the signature"). */
export function signatureOf({ secretAccessKey, date, region, service, canonicalRequest }: Signing): Buffer {
  const scope = scopeOf({ date, region, service });
  const stringToSign = [algorithm, date, scope, digestOf(canonicalRequest)].join("\n");
  const steps = [...scope.split("/"), stringToSign];
  return steps.reduce(
    (key, step) => createHmac("sha256", key).update(step).digest(),
    Buffer.from(`AWS4${secretAccessKey}`),
  );
}

/** The credential scope that a request of this moment has to name. */
export function scopeOf({ date, region, service }: Pick<Signing, "date" | "region" | "service">): string {
  return [date.slice(0, 8), region, service, terminator].join("/");
}

/** SHA-256 of bytes, or of a text's in UTF-8, in lowercase hexadecimal. */
export function digestOf(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
