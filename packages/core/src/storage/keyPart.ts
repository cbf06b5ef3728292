import { createHash } from "node:crypto";

const maxBytes = 256;

/**
 * A name that somebody else chose as a part of a key: as it is, or, where it is too long for a key (DynamoDB, "Limits": 1 KB a
 * sort key), its beginning and its digest. So no name keeps what happened out of the ledger, and no two become one.
 */
export function keyPart(name: string): string {
  if (Buffer.byteLength(name) <= maxBytes) return name;
  return `${name.slice(0, 64)}…${createHash("sha256").update(name).digest("base64url")}`;
}
