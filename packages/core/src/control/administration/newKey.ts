import { randomBytes } from "node:crypto";
import type { Keyring } from "../../identity/vault/keyring.ts";

/** RFC 4648, section 6. */
const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** A new key's id: `GHAK` and 16 characters of base32, so that it is as long as AWS's and no client stumbles. */
export function newAccessKeyId(): string {
  // 32 divides 256, so that every character is as likely as any other.
  return `GHAK${Array.from(randomBytes(16), (byte) => base32[byte % 32]).join("")}`;
}

/** A new secret: 240 random bits as 40 characters of base64, as AWS's are. */
export function newSecretAccessKey(): string {
  return randomBytes(30).toString("base64");
}

/** Seals a secret for one access key: under another id it can't be opened. */
export function sealSecret(keyring: Keyring, accessKeyId: string, secretAccessKey: string): Promise<string> {
  return keyring.seal(secretAccessKey, contextOf(accessKeyId));
}

/** Opens a secret that was sealed for this access key. */
export function openSecret(keyring: Keyring, accessKeyId: string, sealedSecret: string): Promise<string> {
  return keyring.open(sealedSecret, contextOf(accessKeyId));
}

function contextOf(accessKeyId: string): Record<string, string> {
  return { purpose: "access-key", accessKeyId };
}
