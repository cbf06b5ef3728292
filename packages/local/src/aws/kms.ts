import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { isJsonObject, type Json, type JsonObject } from "@gatehouse/core/json.ts";
import type { Place } from "../lambda/handler.ts";

/** The one key there is, by the name that functions know it by. */
export const keyAlias = "alias/gatehouse";

/** An error of KMS's API: its `type` is what the SDK makes its class of. */
export class KmsError extends Error {
  override readonly name = "KmsError";
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

/** Answers an operation of KMS. Throws KmsError. */
export type Kms = (operation: string, input: Json) => JsonObject;

const algorithm = "aes-256-gcm";
/** A CiphertextBlob: the key's id, a nonce, a tag, the ciphertext. */
const sizes = { id: 16, nonce: 12, tag: 16 } as const;
const textStart = sizes.id + sizes.nonce + sizes.tag;
const keySpecs: Readonly<Record<string, number>> = { AES_256: 32, AES_128: 16 };
const mostBytes = 1_024;

/**
 * KMS's GenerateDataKey and Decrypt (API reference of 2014-11-01) under a symmetric key of this machine. Its id is made
 * of the key itself, so that a ciphertext of another key is known as such.
 */
export function createKms({ masterKey, region, accountId }: Place & { readonly masterKey: Buffer }): Kms {
  const idBytes = createHash("sha256").update("gatehouse key id").update(masterKey).digest().subarray(0, sizes.id);
  const id = uuidOf(idBytes);
  const arn = (resource: string) => `arn:aws:kms:${region}:${accountId}:${resource}`;
  const keyArn = arn(`key/${id}`);
  const names = new Set([id, keyArn, keyAlias, arn(keyAlias)]);

  function requireKey(name: unknown): void {
    if (typeof name !== "string") throw invalid("KeyId must be given.");
    if (!names.has(name)) throw new KmsError("NotFoundException", `Key ${name} does not exist; there is ${keyAlias}.`);
  }

  function generateDataKey(input: JsonObject): JsonObject {
    requireKey(input.KeyId);
    const key = randomBytes(lengthOf(input));
    const nonce = randomBytes(sizes.nonce);
    const cipher = createCipheriv(algorithm, masterKey, nonce, { authTagLength: sizes.tag });
    cipher.setAAD(associatedData(input));
    const text = Buffer.concat([cipher.update(key), cipher.final()]);
    const blob = Buffer.concat([idBytes, nonce, cipher.getAuthTag(), text]);
    return { CiphertextBlob: blob.toString("base64"), Plaintext: key.toString("base64"), KeyId: keyArn };
  }

  function decrypt(input: JsonObject): JsonObject {
    if (input.KeyId !== undefined) requireKey(input.KeyId);
    if (typeof input.CiphertextBlob !== "string") throw invalid("CiphertextBlob must be given.");
    const blob = Buffer.from(input.CiphertextBlob, "base64");
    const nonce = blob.subarray(sizes.id, sizes.id + sizes.nonce);
    if (blob.length <= textStart || !blob.subarray(0, sizes.id).equals(idBytes)) throw invalidCiphertext();
    const decipher = createDecipheriv(algorithm, masterKey, nonce, { authTagLength: sizes.tag });
    decipher.setAAD(associatedData(input)).setAuthTag(blob.subarray(sizes.id + sizes.nonce, textStart));
    try {
      const key = Buffer.concat([decipher.update(blob.subarray(textStart)), decipher.final()]);
      return { Plaintext: key.toString("base64"), KeyId: keyArn, EncryptionAlgorithm: "SYMMETRIC_DEFAULT" };
    } catch {
      throw invalidCiphertext();
    }
  }

  return (operation, input) => {
    if (!isJsonObject(input)) throw new KmsError("SerializationException", "The body isn't a JSON object.");
    if (operation === "GenerateDataKey") return generateDataKey(input);
    if (operation === "Decrypt") return decrypt(input);
    throw new KmsError("UnknownOperationException", "Of KMS there are GenerateDataKey and Decrypt here.");
  };
}

function lengthOf({ KeySpec, NumberOfBytes }: JsonObject): number {
  if ((KeySpec === undefined) === (NumberOfBytes === undefined)) {
    throw invalid("Exactly one of KeySpec and NumberOfBytes must be given.");
  }
  const length = typeof KeySpec === "string" ? new Map(Object.entries(keySpecs)).get(KeySpec) : NumberOfBytes;
  if (typeof length !== "number" || !Number.isInteger(length) || length < 1 || length > mostBytes) {
    throw invalid(`KeySpec must be AES_256 or AES_128, or NumberOfBytes 1 to ${mostBytes}.`);
  }
  return length;
}

/** The encryption context: the same bytes for the same pairs in whatever order, and others for any others. */
function associatedData({ EncryptionContext: context = {} }: JsonObject): Buffer {
  if (!isJsonObject(context) || !Object.values(context).every((value) => typeof value === "string")) {
    throw invalid("EncryptionContext must be an object of strings.");
  }
  return Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))));
}

function invalid(message: string): KmsError {
  return new KmsError("ValidationException", message);
}

/** As on AWS it says nothing more: neither whether the context nor whether the key is another. */
function invalidCiphertext(): KmsError {
  return new KmsError(
    "InvalidCiphertextException",
    "The ciphertext does not open with this key and encryption context.",
  );
}

function uuidOf(bytes: Buffer): string {
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
