import { createSecretKey, type KeyObject } from "node:crypto";
import { DecryptCommand, GenerateDataKeyCommand, type KMSClient, KMSServiceException } from "@aws-sdk/client-kms";
import { GatehouseError } from "../../errors.ts";
import { keyIdOf, NotSealedHere, openWith, sealWith } from "./sealed.ts";

export { ifSealedHere, NotSealedHere } from "./sealed.ts";

/** A data key as it is stored: useless without KMS. */
export interface WrappedDataKey {
  /** Four digits; a later key has a higher id. */
  readonly id: string;
  /** KMS's CiphertextBlob, in base64. */
  readonly wrapped: string;
  /** ISO 8601; unknown of keys of earlier versions. */
  readonly createdAt?: string;
}

/** Where the data keys of a deployment are kept. Reads are consistent. */
export interface DataKeyStore {
  /** The key that new texts are sealed with: the one of the highest id. */
  current(): Promise<WrappedDataKey | undefined>;
  find(id: string): Promise<WrappedDataKey | undefined>;
  /** Stores the key unless there is one of its id, and answers with the one that is then there. */
  putIfAbsent(key: WrappedDataKey): Promise<WrappedDataKey>;
}

/** Keeps secrets at rest: whoever can read the tables can't read them, and KMS says who may. */
export interface Keyring {
  /**
   * Makes the deployment's data key where there is none yet, for whoever may seal with it and not make it.
   * @throws GatehouseError `internal` when KMS is of no use.
   */
  prepare(): Promise<void>;
  /**
   * Encrypts a text so that it opens under the same context only. A context says what the text is and whose.
   * @returns base64url that names the data key.
   * @throws GatehouseError `internal` when KMS or what it answers is of no use; `validation` for half a surrogate pair.
   */
  seal(plaintext: string, context: Readonly<Record<string, string>>): Promise<string>;
  /**
   * @throws NotSealedHere for a text that was altered, sealed under another context, or sealed elsewhere; GatehouseError
   * `internal` when KMS is of no use.
   */
  open(sealed: string, context: Readonly<Record<string, string>>): Promise<string>;
}

/** A keyring that can get a newer data key. */
export interface RotatableKeyring extends Keyring {
  /**
   * Makes the deployment's next data key and seals with it from then on. Other processes follow within
   * `secondsUntilFollowed`; texts that were sealed before still open, as long as their key is kept.
   * @param store keeps the key; where it rejects, nothing has changed.
   * @throws GatehouseError `internal` when KMS is of no use; `quotaExceeded` after 9,998 times.
   */
  rotate(store: (next: WrappedDataKey) => Promise<void>): Promise<WrappedDataKey>;
}

/** How long a process goes on with the data key that it knows before it looks whether there is a newer one. */
export const secondsUntilFollowed = 300;

export interface KeyringOptions {
  readonly kms: KMSClient;
  /** The id, ARN or alias of the KMS key that wraps the data keys. */
  readonly keyId: string;
  readonly store: DataKeyStore;
  readonly now?: () => Date;
}

const firstId = "0001";
const lastId = 9_999;
/** KMS gives a data key back to whoever names this too; it stands in CloudTrail, so it is no secret. */
const encryptionContext = { purpose: "gatehouse" };

interface DataKey {
  readonly id: string;
  readonly key: KeyObject;
}

/**
 * Envelope encryption (AWS KMS Developer Guide, "Envelope encryption"): one data key for the deployment, made and wrapped
 * by KMS, and unwrapped once a process, so that sealing and opening cost no request.
 */
export function createKeyring({ kms, keyId, store, now = () => new Date() }: KeyringOptions): RotatableKeyring {
  const current = new Map<"current", Promise<DataKey>>();
  const unwrapped = new Map<string, Promise<DataKey>>();
  let lookAgainAt = 0;

  const currentKey = () => {
    const known = current.get("current");
    const time = now().getTime();
    if (time >= lookAgainAt) {
      lookAgainAt = time + secondsUntilFollowed * 1_000;
      current.delete("current");
    }
    return once(current, "current", () =>
      latestKey().catch((error: unknown) => {
        // Whatever is newer, the key that is known is as good as it was.
        if (known === undefined) throw error;
        return known;
      }),
    );
  };

  async function latestKey(): Promise<DataKey> {
    return unwrappedKey((await store.current()) ?? (await makeFirst()));
  }

  const unwrappedKey = (wrapped: WrappedDataKey) => once(unwrapped, wrapped.id, () => unwrap(wrapped));

  const keyOf = (id: string) =>
    once(unwrapped, id, async () => {
      const wrapped = await store.find(id);
      if (wrapped === undefined) throw new NotSealedHere();
      return unwrap(wrapped);
    });

  /** Of several processes that do so at once, one wins, and all take its key. */
  async function makeFirst(): Promise<WrappedDataKey> {
    return store.putIfAbsent(await make(firstId));
  }

  async function make(id: string): Promise<WrappedDataKey> {
    const request = { KeyId: keyId, KeySpec: "AES_256", EncryptionContext: encryptionContext } as const;
    const { CiphertextBlob, Plaintext } = await asked("GenerateDataKey", kms.send(new GenerateDataKeyCommand(request)));
    // Unwrapped like any other: whether it can be is known before the first text is sealed with it.
    Plaintext?.fill(0);
    if (CiphertextBlob === undefined) throw unusable("GenerateDataKey", "it answered without a key");
    return { id, wrapped: Buffer.from(CiphertextBlob).toString("base64"), createdAt: now().toISOString() };
  }

  async function unwrap({ id, wrapped }: WrappedDataKey): Promise<DataKey> {
    const CiphertextBlob = Buffer.from(wrapped, "base64");
    const request = { KeyId: keyId, CiphertextBlob, EncryptionContext: encryptionContext };
    const { Plaintext } = await asked("Decrypt", kms.send(new DecryptCommand(request)));
    if (Plaintext?.length !== 32) throw unusable("Decrypt", "it answered without a key of 256 bits");
    // A KeyObject shows nothing of itself to logs and inspectors.
    const key = createSecretKey(Plaintext);
    Plaintext.fill(0);
    return { id, key };
  }

  async function asked<Answer>(operation: string, answer: Promise<Answer>): Promise<Answer> {
    return answer.catch((error: unknown) => {
      throw unusable(operation, reasonOf(error));
    });
  }

  function unusable(operation: string, reason: string): GatehouseError {
    const message = `The KMS key ${keyId}, which protects stored secrets, can't be used: ${operation}: ${reason}.`;
    return new GatehouseError("internal", message);
  }

  return {
    async prepare() {
      await currentKey();
    },
    async seal(plaintext, context) {
      const { id, key } = await currentKey();
      return sealWith(key, id, plaintext, context);
    },
    async open(sealed, context) {
      const { key } = await keyOf(keyIdOf(sealed));
      return openWith(key, sealed, context);
    },
    async rotate(put) {
      const { id } = (await store.current()) ?? (await makeFirst());
      const nextId = Number(id) + 1;
      if (nextId > lastId) throw new GatehouseError("quotaExceeded", `A deployment has at most ${lastId} data keys.`);
      const next = await make(String(nextId).padStart(4, "0"));
      const key = await unwrap(next);
      await put(next);
      unwrapped.set(next.id, Promise.resolve(key));
      current.set("current", Promise.resolve(key));
      return next;
    },
  };
}

/** Asks once; whoever asks meanwhile shares the answer. A failure is not remembered. */
function once<Key, Value>(answers: Map<Key, Promise<Value>>, key: Key, ask: () => Promise<Value>): Promise<Value> {
  const known = answers.get(key);
  if (known !== undefined) return known;
  const answer = ask().catch((error: unknown) => {
    answers.delete(key);
    throw error;
  });
  answers.set(key, answer);
  return answer;
}

/**
 * KMS's own words where KMS has refused. Of other errors only the name, and no error is a cause: one that comes from
 * reading an answer may quote the answer, and that holds the key (T18).
 */
function reasonOf(error: unknown): string {
  if (error instanceof KMSServiceException) return `${error.name}: ${error.message}`;
  const { name, code } = error as { name?: unknown; code?: unknown };
  return [name, code].filter((part) => typeof part === "string").join(" ") || "it doesn't answer";
}
