import { randomBytes } from "node:crypto";
import type { Keyring } from "../../identity/vault/keyring.ts";

/** RFC 4648, section 6. */
const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/**
 * A key's id: `GHAK` and 16 characters of base32, so that it is as long as AWS's and no client stumbles.
 * @param bytes 16; random unless given.
 */
export function newAccessKeyId(bytes = randomBytes(16)): string {
  // 32 divides 256, so that every character is as likely as any other.
  return `GHAK${Array.from(bytes, (byte) => base32[byte % 32]).join("")}`;
}

/**
 * A key's secret: 240 bits as 40 characters of base64, as AWS's are.
 * @param bytes 30; random unless given.
 */
export function newSecretAccessKey(bytes = randomBytes(30)): string {
  return bytes.toString("base64");
}

/** A new key, with its secret to be told once and the sealed one to be stored. */
export async function newKey(keyring: Keyring) {
  const accessKeyId = newAccessKeyId();
  const secretAccessKey = newSecretAccessKey();
  return { accessKeyId, secretAccessKey, sealedSecret: await sealSecret(keyring, accessKeyId, secretAccessKey) };
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
