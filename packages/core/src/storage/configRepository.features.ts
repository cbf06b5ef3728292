import { type ConfigTable, type Item, writeAll } from "./configRepository.table.ts";
import { featuresKey } from "./keys.ts";
import type { TargetFeatures, TargetRecord } from "./records.ts";

/** DynamoDB takes 400 KB an item; what is left is for the keys. */
const partLength = 380_000;

/**
 * What a target offers beside tools is one JSON text, cut into as few items as hold it, of the generation of the target's
 * tools: it counts from when they count. In ASCII, so that a character is a byte and can be cut after any.
 */
export async function writeFeatures(
  table: ConfigTable,
  { gatewayId, targetId }: Pick<TargetRecord, "gatewayId" | "targetId">,
  generation: string,
  features: TargetFeatures | undefined,
): Promise<void> {
  if (features === undefined) return;
  const text = asciiJson(features);
  const put = Array.from({ length: Math.ceil(text.length / partLength) }, (_, index) => ({
    ...featuresKey(gatewayId, targetId, generation, index),
    part: text.slice(index * partLength, (index + 1) * partLength),
  }));
  await writeAll(table, { put });
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
