import { type ConfigTable, type Item, readPartition, writeAll } from "./configRepository.table.ts";
import { keyOf } from "./configRepository.tools.ts";
import { featuresKey, featuresPrefix, gatewayPartition } from "./keys.ts";
import type { TargetFeatures, TargetRecord } from "./records.ts";

/** DynamoDB takes 400 KB an item; what is left is for the keys. */
const partLength = 380_000;

/**
 * What a target offers beside tools is one JSON text, cut into as few items as hold it. In ASCII, so that a character is a
 * byte and can be cut after any. It has a generation as tools do, which the target's item names.
 */
export async function writeFeatures(
  table: ConfigTable,
  { gatewayId, targetId }: Pick<TargetRecord, "gatewayId" | "targetId">,
  generation: string,
  features: TargetFeatures,
): Promise<void> {
  const text = asciiJson(features);
  const put = Array.from({ length: Math.ceil(text.length / partLength) }, (_, index) => ({
    ...featuresKey(gatewayId, targetId, generation, index),
    part: text.slice(index * partLength, (index + 1) * partLength),
  }));
  await writeAll(table, { put });
}

/** Deletes what a target offers beside tools: of one generation, or of all where none is named. */
export async function deleteFeatures(
  table: ConfigTable,
  gatewayId: string,
  targetId: string,
  generation?: string,
): Promise<void> {
  const prefix = featuresPrefix(targetId, generation);
  const items = await readPartition(table, gatewayPartition(gatewayId), { prefix, keysOnly: true });
  await writeAll(table, { delete: items.map(keyOf) });
}

/** The generation that counts; none for a target that was never read with anything beside tools. */
export function featuresGenerationOf(item: Item): string {
  return typeof item.featuresGeneration === "string" ? item.featuresGeneration : "none";
}

/** What the items of one generation hold, in the order of their keys; undefined where there are none. */
export function featuresOf(parts: readonly Item[]): TargetFeatures | undefined {
  if (parts.length === 0) return undefined;
  return JSON.parse(parts.map(({ part }) => String(part)).join("")) as TargetFeatures; // Only `writeFeatures` writes it.
}

function asciiJson(value: unknown): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value).replaceAll(/[\u0080-\uffff]/g, escaped);
}
