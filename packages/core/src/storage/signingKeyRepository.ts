import {
  ChangedMeanwhile,
  type ConfigTable,
  commit,
  type Item,
  readPartition,
  type Step,
} from "./configRepository.table.ts";
import { signingKeyKey, signingKeysPartition } from "./keys.ts";
import type { StoredSigningKey } from "./vaultRepository.ts";

/** A signing key that a rotation has made. The first one of a deployment is in the vault: whoever needs it makes it. */
export interface RotatedSigningKey extends StoredSigningKey {
  /** Counts the rotations, from 1. */
  readonly number: number;
  /** ISO 8601, as `signsFrom`. */
  readonly createdAt: string;
  readonly signsFrom: string;
}

/** The signing keys that rotations have made. Reads are consistent. */
export interface SigningKeyRepository {
  /** From the oldest. */
  rotated(): Promise<readonly RotatedSigningKey[]>;
  /**
   * Adds a key and deletes those that nobody needs any more.
   * @throws ChangedMeanwhile where somebody else has made the key of this number.
   */
  add(key: RotatedSigningKey, over: readonly RotatedSigningKey[], alongside?: readonly Step[]): Promise<void>;
}

/** Sealed keys in the config table, where every function that signs can read them and none but the control plane writes. */
export function signingKeyRepository(table: ConfigTable): SigningKeyRepository {
  const TableName = table.table;
  return {
    async rotated() {
      return (await readPartition(table, signingKeysPartition)).map(rotatedOf);
    },
    async add(key, over, alongside = []) {
      const Item = { ...signingKeyKey(key.number), ...key };
      const Put = { TableName, Item, ConditionExpression: "attribute_not_exists(pk)" };
      const refused = () => new ChangedMeanwhile("The signing key was rotated by somebody else at the same moment.");
      const deletions = over.map(({ number }) => ({ write: { Delete: { TableName, Key: signingKeyKey(number) } } }));
      await commit(table, [{ write: { Put }, refused }, ...deletions, ...alongside]);
    },
  };
}

function rotatedOf({ number, kid, sealed, createdAt, signsFrom }: Item): RotatedSigningKey {
  return {
    number: Number(number),
    kid: String(kid),
    sealed: String(sealed),
    createdAt: String(createdAt),
    signsFrom: String(signsFrom),
  };
}
