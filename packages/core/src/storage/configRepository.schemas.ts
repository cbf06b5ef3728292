import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { GatehouseError } from "../errors.ts";
import { type ConfigTable, readPartition, writeAll } from "./configRepository.table.ts";
import { keyOf } from "./configRepository.tools.ts";
import { schemaKey, schemasPartition, schemasPrefix } from "./keys.ts";
import type { TargetRecord } from "./records.ts";

/** DynamoDB takes 400 KB an item; what is left is for the keys. */
const chunkBytes = 380_000;
/** More than any description that is taken: what has become larger is no such text any more. */
const maximumBytes = 2_000_000;

/**
 * The descriptions that targets' tools are read from, where they were in the request. Each is one or more items beside the
 * target, compressed, and belongs to a generation that the target's record names: so it is there before its target refers
 * to it, and goes when none does any more.
 */
export function schemaItems(table: ConfigTable) {
  /** Deletes a target's descriptions: of one generation, or of all where none is named. */
  async function deleteSchemas(gatewayId: string, targetId: string, generation?: string): Promise<void> {
    const prefix = schemasPrefix(targetId, generation);
    const items = await readPartition(table, schemasPartition(gatewayId), { prefix, keysOnly: true });
    await writeAll(table, { delete: items.map(keyOf) });
  }

  return {
    deleteSchemas,

    /**
     * Stores a description, then does whatever makes it count; takes it back when that doesn't come about.
     * @param change is told what the target's record must name as its `schemaGeneration`.
     */
    async withSchema<T>(
      { gatewayId, targetId }: Pick<TargetRecord, "gatewayId" | "targetId">,
      schema: string | undefined,
      change: (kept: Pick<TargetRecord, "schemaGeneration">) => Promise<T>,
    ): Promise<T> {
      if (schema === undefined) return change({});
      const generation = randomUUID();
      try {
        const bytes = await promisify(gzip)(schema);
        const put = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) => ({
          ...schemaKey(gatewayId, targetId, generation, index),
          schema: bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
        }));
        await writeAll(table, { put });
        return await change({ schemaGeneration: generation });
      } catch (error) {
        // Only a refusal is sure: after any other failure the change may have come about, and its description must stay.
        if (error instanceof GatehouseError) await deleteSchemas(gatewayId, targetId, generation);
        throw error;
      }
    },

    /** The description that a target's tools are read from; undefined where it has none of its own. */
    async getSchema({ gatewayId, targetId, schemaGeneration }: TargetRecord): Promise<string | undefined> {
      if (schemaGeneration === undefined) return undefined;
      const prefix = schemasPrefix(targetId, schemaGeneration);
      const items = await readPartition(table, schemasPartition(gatewayId), { prefix });
      // Deleted since the target was read, with the target or in favour of another.
      if (items.length === 0) return undefined;
      const bytes = Buffer.concat(items.map(({ schema }) => Buffer.from(schema as Uint8Array))); // Only `withSchema` writes it.
      return (await promisify(gunzip)(bytes, { maxOutputLength: maximumBytes })).toString();
    },
  };
}
