import { GatehouseError } from "../errors.ts";
import { digestOfTool } from "../pinning/digest.ts";
import type { Pinned, PinnedTool } from "../pinning/reconcile.ts";
import { type ConfigTable, type Item, readPartition, writeAll } from "./configRepository.table.ts";
import { driftPartition, gatewayPartition, type Key, toolKey, toolsPrefix } from "./keys.ts";
import { binding, cedarTypes, quarantine, type TargetRecord, type ToolDescription } from "./records.ts";

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
 * tools is replaced by the one transaction that changes that word. What nobody has approved is of the same generation, in
 * a partition that nobody reads for a call.
 */
export async function writeTools(
  table: ToolsTable,
  { gatewayId, targetId, name }: Pick<TargetRecord, "gatewayId" | "targetId" | "name">,
  generation: string,
  { tools, observed }: Pinned,
): Promise<void> {
  const types =
    table.typesOf?.(
      name,
      tools.map(({ tool }) => tool),
    ) ?? [];
  const key = (partition: string, index: number) => toolKey(partition, targetId, generation, index);
  const approved = tools.map((one, index) => {
    const item = itemOf(one);
    const kept = types[index];
    const fits = kept !== undefined && sizeOf(one) + Buffer.byteLength(kept) <= maximumToolBytes;
    return { ...key(gatewayPartition(gatewayId), index), ...item, ...(fits ? { cedarTypes: kept } : {}) };
  });
  const unapproved = observed.map((one, index) => ({ ...key(driftPartition(gatewayId), index), ...itemOf(one) }));
  await writeAll(table, { put: [...approved, ...unapproved] });
}

function itemOf(one: PinnedTool): Item {
  const { tool, digest } = one;
  if (sizeOf(one) > maximumToolBytes) {
    throw new GatehouseError("validation", `The description of tool ${tool.name} is larger than 380 KB.`);
  }
  const { [binding]: bound, [quarantine]: reason } = tool;
  return {
    name: tool.name,
    tool: JSON.stringify(tool),
    digest,
    ...(bound === undefined ? {} : { binding: bound }),
    // Code that doesn't know of quarantine would offer the tool.
    ...(reason === undefined ? {} : { quarantine: reason, itemVersion: 3 }),
  };
}

function sizeOf({ tool }: PinnedTool): number {
  return Buffer.byteLength(JSON.stringify(tool)) + Buffer.byteLength(tool[binding] ?? "");
}

/** Deletes a target's tools: of one generation, or of all where none is named. */
export async function deleteTools(
  table: ConfigTable,
  gatewayId: string,
  targetId: string,
  generation?: string,
): Promise<void> {
  const prefix = toolsPrefix(targetId, generation);
  for (const partition of [gatewayPartition(gatewayId), driftPartition(gatewayId)]) {
    const items = await readPartition(table, partition, { prefix, keysOnly: true });
    await writeAll(table, { delete: items.map(keyOf) });
  }
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

/** A target's tools of one generation with what nobody has approved of them. */
export async function readPinned(
  table: ConfigTable,
  gatewayId: string,
  targetId: string,
  generation: string,
): Promise<Pinned> {
  const prefix = toolsPrefix(targetId, generation);
  const [tools, observed] = await Promise.all(
    [gatewayPartition(gatewayId), driftPartition(gatewayId)].map((partition) =>
      readPartition(table, partition, { prefix }),
    ),
  );
  return { tools: (tools ?? []).map(pinnedOf), observed: (observed ?? []).map(pinnedOf) };
}

/** Tools that were stored before there were digests are as they were approved then. */
function pinnedOf(item: Item): PinnedTool {
  const tool = toolOf(item);
  return { tool, digest: typeof item.digest === "string" ? item.digest : digestOfTool(tool) };
}

/** The tool that a tool item holds. */
export function toolOf(item: Item): ToolDescription {
  const tool = JSON.parse(String(item.tool)) as ToolDescription; // Only `writeTools` writes it.
  return {
    ...tool,
    ...(typeof item.cedarTypes === "string" ? { [cedarTypes]: item.cedarTypes } : {}),
    ...(typeof item.binding === "string" ? { [binding]: item.binding } : {}),
    // Whatever the reason is, and if a later version has another one, the tool is in quarantine.
    ...(item.quarantine === undefined ? {} : { [quarantine]: item.quarantine === "REMOVED" ? "REMOVED" : "CHANGED" }),
  };
}

/** The key of an item. */
export function keyOf(item: Item): Key {
  return { pk: String(item.pk), sk: String(item.sk) };
}
