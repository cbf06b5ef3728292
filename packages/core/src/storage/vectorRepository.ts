import { createHash } from "node:crypto";
import { type ConfigTable, readPartition, writeAll } from "./configRepository.table.ts";
import { keyOf } from "./configRepository.tools.ts";
import { vectorKey, vectorPrefix, vectorsPartition } from "./keys.ts";

/** The vectors of a gateway's tools: of one embedding model, by the text that each is of. */
export type VectorRepository = ReturnType<typeof vectorRepository>;

/** A vector whose length is 1, each number times 127: what is compared is its direction, which a byte a number tells. */
export type StoredVector = Int8Array;

/** Says which text a vector is of. */
export function digestOfText(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

/**
 * Vectors are kept apart from the tools that they are of, by what was embedded: a tool that is read again, under another
 * generation or in another order, keeps its own, and whoever reads a gateway needn't read them.
 */
export function vectorRepository(table: ConfigTable) {
  return {
    /** What is there of a model, by the digest of the text. */
    async read(gatewayId: string, modelId: string): Promise<Map<string, StoredVector>> {
      const prefix = vectorPrefix(modelId);
      const items = await readPartition(table, vectorsPartition(gatewayId), { prefix });
      return new Map(items.map(({ sk, vector }) => [String(sk).slice(prefix.length), vectorOf(vector)]));
    },

    async write(gatewayId: string, modelId: string, vectors: ReadonlyMap<string, StoredVector>): Promise<void> {
      const put = [...vectors].map(([digest, { buffer, byteOffset, byteLength }]) => ({
        ...vectorKey(gatewayId, modelId, digest),
        vector: new Uint8Array(buffer, byteOffset, byteLength),
      }));
      await writeAll(table, { put });
    },

    /** Deletes all vectors of a gateway but those of a model and of certain texts. */
    async keepOnly(gatewayId: string, modelId: string, digests: ReadonlySet<string>): Promise<void> {
      const items = await readPartition(table, vectorsPartition(gatewayId), { keysOnly: true });
      const prefix = vectorPrefix(modelId);
      const stale = items
        .map(keyOf)
        .filter(({ sk }) => !sk.startsWith(prefix) || !digests.has(sk.slice(prefix.length)));
      await writeAll(table, { delete: stale });
    },
  };
}

function vectorOf(value: unknown): StoredVector {
  const bytes = value as Uint8Array; // Only `write` writes it.
  return new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
