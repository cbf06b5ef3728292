import { randomUUID } from "node:crypto";
import { GatehouseError } from "../errors.ts";
import { deleteFeatures, featuresGenerationOf, writeFeatures } from "./configRepository.features.ts";
import { bumpGateway } from "./configRepository.gateways.ts";
import {
  ChangedMeanwhile,
  type ConfigTable,
  commit,
  type Item,
  type Page,
  type PageRequest,
  read,
  readPage,
  type Step,
} from "./configRepository.table.ts";
import { deleteTools, readTools, type ToolsTable, writeTools } from "./configRepository.tools.ts";
import { gatewayPartition, prefixes, targetKey, targetNameKey } from "./keys.ts";
import type { TargetFeatures, TargetRecord, ToolDescription } from "./records.ts";

/** As many targets as AgentCore allows a gateway. */
export const maximumTargets = 100;

/** What became of reading a target's tools. */
export interface Synchronization extends Pick<TargetRecord, "status" | "statusReasons" | "lastSynchronizedAt"> {
  /** The tools that replace the target's; absent where those it has are to stay (a failure, a beginning). */
  readonly tools?: readonly ToolDescription[];
  /** What it offers beside them; replaced together with the tools. */
  readonly features?: TargetFeatures;
}

/** Targets and their tools in the config table. Every change grows the gateway's version in the same transaction. */
export function targetItems(table: ToolsTable) {
  /** Writes the target's tools, then whatever makes them count; takes them back when that doesn't come about. */
  async function withTools(
    target: TargetRecord,
    tools: readonly ToolDescription[],
    flip: (generation: string) => Promise<void>,
    features?: TargetFeatures,
  ): Promise<void> {
    const { gatewayId, targetId } = target;
    const generation = randomUUID();
    try {
      await writeTools(table, target, generation, tools);
      if (features !== undefined) await writeFeatures(table, target, generation, features);
      await flip(generation);
    } catch (error) {
      // Only a refusal is sure: after any other failure the change may have come about, and its tools must stay.
      if (error instanceof GatehouseError) {
        await deleteTools(table, gatewayId, targetId, generation);
        await deleteFeatures(table, gatewayId, targetId, generation);
      }
      throw error;
    }
  }

  /**
   * Replaces a target by `next`, and its tools (with what else it offers) where they are given, if it is still as `previous` says.
   * `next.updatedAt` must differ from the previous one: it is what tells one state of a target from another.
   * @throws GatehouseError `conflict` when the target or the ownership of its new name changed meanwhile.
   */
  async function updateTarget(
    previous: TargetRecord,
    next: TargetRecord,
    tools?: readonly ToolDescription[],
    alongside: readonly Step[] = [],
    features?: TargetFeatures,
  ): Promise<void> {
    const { gatewayId, targetId } = previous;
    const item = await read(table, targetKey(gatewayId, targetId));
    if (item === undefined) throw targetNotFound(gatewayId, targetId);
    const before = generationOf(item);
    const renamed = previous.name !== next.name;
    // What else a target offers was read together with its tools, and goes with them.
    const featuresGeneration = (generation: string) => (tools === undefined ? {} : { featuresGeneration: generation });
    const flip = (generation: string) =>
      commit(table, [
        bumpGateway(table, gatewayId),
        replaceTarget(table, {
          record: next,
          generation,
          ...featuresGeneration(generation),
          ifRecordOf: previous.updatedAt,
          ifGeneration: before,
        }),
        ...(renamed ? [claimName(table, next), releaseName(table, previous)] : []),
        ...alongside,
      ]);
    if (tools === undefined) return flip(before);
    await withTools(next, tools, flip, features);
    await deleteTools(table, gatewayId, targetId, before);
    await deleteFeatures(table, gatewayId, targetId, featuresGenerationOf(item));
  }

  return {
    updateTarget,

    /**
     * Stores a new target with its tools.
     * @throws GatehouseError `conflict` when its name is taken in the gateway, `quotaExceeded` when the gateway is full.
     */
    async createTarget(
      record: TargetRecord,
      tools: readonly ToolDescription[] = [],
      alongside: readonly Step[] = [],
    ): Promise<void> {
      const { gatewayId, targetId } = record;
      await withTools(record, tools, (toolsGeneration) =>
        commit(table, [
          bumpGateway(table, gatewayId, { targets: 1, maximumTargets }),
          {
            write: {
              Put: {
                TableName: table.table,
                Item: { ...targetKey(gatewayId, targetId), toolsGeneration, record },
                ConditionExpression: "attribute_not_exists(pk)",
              },
            },
            refused: () => new GatehouseError("conflict", `The id ${targetId} is taken; try again.`),
          },
          claimName(table, record),
          ...alongside,
        ]),
      );
    },

    /** Reads a target, consistently. */
    async getTarget(gatewayId: string, targetId: string): Promise<TargetRecord | undefined> {
      const item = await read(table, targetKey(gatewayId, targetId));
      return item && targetOf(item);
    },

    /** Reads a target's tools, in their target's order. */
    async getTools(gatewayId: string, targetId: string): Promise<ToolDescription[]> {
      const item = await read(table, targetKey(gatewayId, targetId));
      return item === undefined ? [] : readTools(table, gatewayId, targetId, generationOf(item));
    },

    /**
     * Writes down what became of reading a target's tools: replaces them, whatever their number, together with the
     * target's status, in one step for every reader.
     * @param target the target as it was when the reading began: tools of an older configuration must not win.
     * @throws GatehouseError `conflict` when the target changed or was deleted meanwhile.
     */
    async putTools(
      target: TargetRecord,
      { tools, features, ...outcome }: Synchronization,
      alongside: readonly Step[] = [],
    ): Promise<void> {
      const { statusReasons: _, ...rest } = target;
      await updateTarget(target, { ...rest, ...outcome }, tools, alongside, features);
    },

    /** One page of a gateway's targets, by id. */
    async listTargets(gatewayId: string, page: PageRequest = {}): Promise<Page<TargetRecord>> {
      const { items, ...rest } = await readPage(table, gatewayPartition(gatewayId), prefixes.target, page);
      return { items: items.map(targetOf), ...rest };
    },

    /**
     * Deletes a target and its tools, if it is still as `record` says; a synchronisation that ends meanwhile is no change.
     * @throws GatehouseError `conflict` when it was changed or deleted meanwhile.
     */
    async deleteTarget(record: TargetRecord, alongside: readonly Step[] = []): Promise<void> {
      const { gatewayId, targetId } = record;
      await commit(table, [
        bumpGateway(table, gatewayId, { targets: -1 }),
        {
          write: {
            Delete: {
              TableName: table.table,
              Key: targetKey(gatewayId, targetId),
              ConditionExpression: "#record.updatedAt = :updatedAt",
              ExpressionAttributeNames: { "#record": "record" },
              ExpressionAttributeValues: { ":updatedAt": record.updatedAt },
            },
          },
          refused: () => changedMeanwhile(targetId),
        },
        releaseName(table, record),
        ...alongside,
      ]);
      await deleteTools(table, gatewayId, targetId);
      await deleteFeatures(table, gatewayId, targetId);
    },
  };
}

/** The error for a target that isn't there. */
export function targetNotFound(gatewayId: string, targetId: string): GatehouseError {
  return new GatehouseError("notFound", `Gateway ${gatewayId} has no target ${targetId}.`);
}

/** The target that an item holds. */
export function targetOf(item: Item): TargetRecord {
  return item.record as TargetRecord; // Only this file writes it.
}

/** The generation of a target's tools that counts. */
export function generationOf(item: Item): string {
  return String(item.toolsGeneration);
}

function replaceTarget(
  { table }: ConfigTable,
  change: {
    record: TargetRecord;
    generation: string;
    /** Absent where what the target offers beside tools stays. */
    featuresGeneration?: string;
    ifRecordOf: string;
    ifGeneration: string;
  },
): Step {
  const { record, generation, featuresGeneration, ifRecordOf, ifGeneration } = change;
  const features = featuresGeneration === undefined ? "" : ", featuresGeneration = :featuresGeneration";
  return {
    write: {
      Update: {
        TableName: table,
        Key: targetKey(record.gatewayId, record.targetId),
        UpdateExpression: `SET #record = :record, toolsGeneration = :generation${features}`,
        ConditionExpression: "#record.updatedAt = :ifRecordOf AND toolsGeneration = :ifGeneration",
        ExpressionAttributeNames: { "#record": "record" },
        ExpressionAttributeValues: {
          ":record": record,
          ":generation": generation,
          ...(featuresGeneration === undefined ? {} : { ":featuresGeneration": featuresGeneration }),
          ":ifRecordOf": ifRecordOf,
          ":ifGeneration": ifGeneration,
        },
      },
    },
    refused: () => changedMeanwhile(record.targetId),
  };
}

function changedMeanwhile(targetId: string): GatehouseError {
  return new ChangedMeanwhile(
    `Target ${targetId} was changed, synchronised or deleted by somebody else at the same moment; read it again and repeat the change.`,
  );
}

function claimName({ table }: ConfigTable, { gatewayId, targetId, name }: TargetRecord): Step {
  return {
    write: {
      Put: {
        TableName: table,
        Item: { ...targetNameKey(gatewayId, name), targetId },
        ConditionExpression: "attribute_not_exists(pk)",
      },
    },
    refused: () => new GatehouseError("conflict", `The gateway already has a target named ${name}.`),
  };
}

function releaseName({ table }: ConfigTable, { gatewayId, name }: TargetRecord): Step {
  return { write: { Delete: { TableName: table, Key: targetNameKey(gatewayId, name) } } };
}
