import { PutCommand } from "@aws-sdk/lib-dynamodb";
import type { DataKeyStore, WrappedDataKey } from "../identity/vault/keyring.ts";
import { type ConfigTable, type Item, read, readPartition } from "./configRepository.table.ts";
import { dataKeyKey, keyringPartition } from "./keys.ts";

/** The wrapped data keys in the config table. */
export function dataKeyRepository(table: ConfigTable): DataKeyStore {
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
  };
}

function dataKeyOf({ id, wrapped }: Item): WrappedDataKey {
  return { id: String(id), wrapped: String(wrapped) };
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && error.name === "ConditionalCheckFailedException";
}
