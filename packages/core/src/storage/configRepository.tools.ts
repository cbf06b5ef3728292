import { GatehouseError } from "../errors.ts";
import { type ConfigTable, type Item, readPartition, writeAll } from "./configRepository.table.ts";
import { gatewayPartition, type Key, toolKey, toolsPrefix } from "./keys.ts";
import { binding, cedarTypes, type TargetRecord, type ToolDescription } from "./records.ts";

/** DynamoDB takes 400 KB an item; what is left is for the keys. */
const maximumToolBytes = 380_000;

/** The config table to those who write tools. */
export interface ToolsTable extends ConfigTable {
  /** What to keep with the tools of a target, one by one, for those who read them: `cedarTypes` of their descriptions. */
  readonly typesOf?: (target: string, tools: readonly ToolDescription[]) => readonly (string | undefined)[];
}

/**
 * A target's tools are items of their own, as JSON text (schemas nest deeper than DynamoDB's 32 levels and hold numbers
 * that it refuses), and belong to a generation. The target's item says which generation counts, so that any number of
 * tools is replaced by the one transaction that changes that word.
 */
export async function writeTools(
  table: ToolsTable,
  { gatewayId, targetId, name }: Pick<TargetRecord, "gatewayId" | "targetId" | "name">,
  generation: string,
  tools: readonly ToolDescription[],
): Promise<void> {
  const types = table.typesOf?.(name, tools) ?? [];
  const put = tools.map((tool, index) => {
    const text = JSON.stringify(tool);
    const bytes = Buffer.byteLength(text) + Buffer.byteLength(tool[binding] ?? "");
    if (bytes > maximumToolBytes) {
      throw new GatehouseError("validation", `The description of tool ${tool.name} is larger than 380 KB.`);
    }
    const bound = tool[binding];
    const item = {
      ...toolKey(gatewayId, targetId, generation, index),
      tool: text,
      ...(bound === undefined ? {} : { binding: bound }),
    };
    const kept = types[index];
    const fits = kept !== undefined && bytes + Buffer.byteLength(kept) <= maximumToolBytes;
    return fits ? { ...item, cedarTypes: kept } : item;
  });
  await writeAll(table, { put });
}

/** Deletes a target's tools: of one generation, or of all where none is named. */
export async function deleteTools(
  table: ConfigTable,
  gatewayId: string,
  targetId: string,
  generation?: string,
): Promise<void> {
  const prefix = toolsPrefix(targetId, generation);
  const items = await readPartition(table, gatewayPartition(gatewayId), { prefix, keysOnly: true });
  await writeAll(table, { delete: items.map(keyOf) });
}

/** A target's tools of one generation, in their target's order. */
export async function readTools(
  table: ConfigTable,
  gatewayId: string,
  targetId: string,
  generation: string,
): Promise<ToolDescription[]> {
  const prefix = toolsPrefix(targetId, generation);
  return (await readPartition(table, gatewayPartition(gatewayId), { prefix })).map(toolOf);
}

/** The tool that a tool item holds. */
export function toolOf(item: Item): ToolDescription {
  const tool = JSON.parse(String(item.tool)) as ToolDescription; // Only `writeTools` writes it.
  return {
    ...tool,
    ...(typeof item.cedarTypes === "string" ? { [cedarTypes]: item.cedarTypes } : {}),
    ...(typeof item.binding === "string" ? { [binding]: item.binding } : {}),
  };
}

/** The key of an item. */
export function keyOf(item: Item): Key {
  return { pk: String(item.pk), sk: String(item.sk) };
}
