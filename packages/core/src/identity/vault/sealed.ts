import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from "node:crypto";
import { GatehouseError } from "../../errors.ts";

/**
 * A sealed text, in base64url: a version (1 byte), the data key's id (4 digits), a nonce, a tag, the ciphertext.
 * AES-256-GCM as in NIST SP 800-38D: the nonce is random, of 96 bits, so one data key is good for 2^32 texts
 * (section 8.3); the tag has 128 bits.
 */
const version = 1;
const sizes = { header: 5, nonce: 12, tag: 16 } as const;
const textStart = sizes.header + sizes.nonce + sizes.tag;
const algorithm = "aes-256-gcm";

type Context = Readonly<Record<string, string>>;

/** A text that this keyring didn't seal under this context. Which of the two is wrong can't be told, nor should it be. */
export class NotSealedHere extends GatehouseError {
  constructor() {
    super(
      "validation",
      "A stored secret does not open: it was altered, belongs to something else, or was sealed in another deployment. Set it anew.",
    );
  }
}

/** What opens; undefined where the text was not sealed here under its context. Every other failure stays one. */
export async function ifSealedHere(opening: Promise<string>): Promise<string | undefined> {
  try {
    return await opening;
  } catch (error) {
    if (error instanceof NotSealedHere) return undefined;
    throw error;
  }
}

/** @throws GatehouseError `validation` for a text that UTF-8 can't hold, which would not come back as it was. */
export function sealWith(key: KeyObject, id: string, plaintext: string, context: Context): string {
  if (!plaintext.isWellFormed()) {
    throw new GatehouseError("validation", "A secret must be Unicode text; this one has half a surrogate pair.");
  }
  const header = Buffer.concat([Buffer.of(version), Buffer.from(id, "latin1")]);
  const nonce = randomBytes(sizes.nonce);
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: sizes.tag });
  cipher.setAAD(associatedData(header, context));
  const ciphertext = Buffer.concat([cipher.update(plaintext, "utf8"), cipher.final()]);
  return Buffer.concat([header, nonce, cipher.getAuthTag(), ciphertext]).toString("base64url");
}

/** @throws NotSealedHere */
export function openWith(key: KeyObject, sealed: string, context: Context): string {
  const bytes = decoded(sealed);
  const nonce = bytes.subarray(sizes.header, sizes.header + sizes.nonce);
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: sizes.tag });
  decipher.setAAD(associatedData(bytes.subarray(0, sizes.header), context));
  decipher.setAuthTag(bytes.subarray(sizes.header + sizes.nonce, textStart));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(textStart)), decipher.final()]).toString("utf8");
  } catch {
    throw new NotSealedHere();
  }
}

/**
 * The id of the data key that a text is sealed with.
 * @throws NotSealedHere
 */
export function keyIdOf(sealed: string): string {
  const id = decoded(sealed).toString("latin1", 1, sizes.header);
  if (!/^\d{4}$/.test(id)) throw new NotSealedHere();
  return id;
}

/** Node.js reads base64url leniently: only what it would have written itself is the sealed text. */
function decoded(sealed: string): Buffer {
  const bytes = Buffer.from(sealed, "base64url");
  if (bytes.length < textStart || bytes[0] !== version || bytes.toString("base64url") !== sealed) {
    throw new NotSealedHere();
  }
  return bytes;
}

/** The same bytes for the same context, whatever the order of its members, and other bytes for every other context. */
function associatedData(header: Buffer, context: Context): Buffer {
  const entries = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.concat([header, Buffer.from(JSON.stringify(entries), "utf8")]);
}
