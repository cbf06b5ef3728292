import { PutCommand } from "@aws-sdk/lib-dynamodb";
import type { DataKeyStore, WrappedDataKey } from "../identity/vault/keyring.ts";
import {
  ChangedMeanwhile,
  type ConfigTable,
  commit,
  type Item,
  read,
  readPartition,
  type Step,
} from "./configRepository.table.ts";
import { dataKeyKey, keyringPartition } from "./keys.ts";

/** The data keys of a deployment, and a way to add one as a change of the configuration. */
export interface DataKeyRepository extends DataKeyStore {
  /** @throws ChangedMeanwhile where somebody else has added a key of this id. */
  add(key: WrappedDataKey, alongside?: readonly Step[]): Promise<void>;
}

/** The wrapped data keys in the config table. */
export function dataKeyRepository(table: ConfigTable): DataKeyRepository {
  return {
    async current() {
      const last = (await readPartition(table, keyringPartition)).at(-1);
      return last && dataKeyOf(last);
    },
    async find(id) {
      const item = await read(table, dataKeyKey(id));
      return item && dataKeyOf(item);
    },
    async putIfAbsent(key) {
      try {
        await table.client.send(
          new PutCommand({
            TableName: table.table,
            Item: { ...dataKeyKey(key.id), ...key },
            ConditionExpression: "attribute_not_exists(pk)",
          }),
        );
        return key;
      } catch (error) {
        const winner = isTaken(error) ? await read(table, dataKeyKey(key.id)) : undefined;
        if (winner === undefined) throw error;
        return dataKeyOf(winner);
      }
    },
    async add(key, alongside = []) {
      const Item = { ...dataKeyKey(key.id), ...key };
      const Put = { TableName: table.table, Item, ConditionExpression: "attribute_not_exists(pk)" };
      const refused = () => new ChangedMeanwhile("The data key was rotated by somebody else at the same moment.");
      await commit(table, [{ write: { Put }, refused }, ...alongside]);
    },
  };
}

function dataKeyOf({ id, wrapped, createdAt }: Item): WrappedDataKey {
  return {
    id: String(id),
    wrapped: String(wrapped),
    ...(createdAt === undefined ? {} : { createdAt: String(createdAt) }),
  };
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && error.name === "ConditionalCheckFailedException";
}
