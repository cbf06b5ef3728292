import { randomUUID } from "node:crypto";
import { GatehouseError } from "../errors.ts";
import { approved, type Pinned } from "../pinning/reconcile.ts";
import { deleteFeatures, featuresGenerationOf, writeFeatures } from "./configRepository.features.ts";
import { bumpGateway, gatewayNotFound } from "./configRepository.gateways.ts";
import {
  ChangedMeanwhile,
  type ConfigTable,
  commit,
  create,
  type Item,
  idTaken,
  type Page,
  type PageRequest,
  read,
  readPage,
  readPartition,
  type Step,
} from "./configRepository.table.ts";
import { deleteTools, readPinned, readTools, type ToolsTable, writeTools } from "./configRepository.tools.ts";
import { gatewayKey, gatewayPartition, prefixes, targetKey, targetNameKey, toolsPrefix } from "./keys.ts";
import type { TargetFeatures, TargetRecord, ToolDescription } from "./records.ts";

/** As many targets as AgentCore allows a gateway. */
export const maximumTargets = 100;

/** What became of reading a target's tools. */
export interface Synchronization extends Pick<TargetRecord, "status" | "statusReasons" | "lastSynchronizedAt"> {
  /** The tools that replace the target's; absent where those it has are to stay (a failure, a beginning). */
  readonly tools?: readonly ToolDescription[];
}

/** A target with its tools, as they were approved and as the target has them now, all of one moment. */
export interface Catalogue extends Pinned {
  readonly target: TargetRecord;
  /** Tells this moment's tools from those of another. */
  readonly generation: string;
}

/** The names of a gateway's targets and of their tools, and the version of the gateway that they are of. */
export interface GatewayNames {
  readonly gatewayVersion: number;
  readonly targets: readonly { readonly targetId: string; readonly name: string; readonly tools: readonly string[] }[];
}

/** What a change of a catalogue leaves: a target that is as before but for what its tools say of it, and the tools. */
export interface CatalogueChange extends Pinned {
  readonly target: Pick<TargetRecord, "status" | "statusReasons" | "lastSynchronizedAt" | "drift">;
  /** What it offers beside its tools; absent where that stays. */
  readonly features?: TargetFeatures;
}

/** A catalogue that keeps changing is read this often before the reader gives up. */
const attempts = 10;

/** Targets and their tools in the config table. Every change grows the gateway's version in the same transaction. */
export function targetItems(table: ToolsTable) {
  /** Writes the target's tools, then whatever makes them count; takes them back when that doesn't come about. */
  async function withTools(
    target: TargetRecord,
    tools: Pinned,
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
   * Replaces a target by `next`, and its tools where they are given, if it is still as `previous` says. Tools that are given
   * are approved, and whatever else the target has offered goes; those that stay keep what is known of them.
   * `next.updatedAt` must differ from the previous one: it is what tells one state of a target from another.
   * @throws GatehouseError `conflict` when the target or the ownership of its new name changed meanwhile.
   */
  async function updateTarget(
    previous: TargetRecord,
    next: TargetRecord,
    tools?: readonly ToolDescription[],
    alongside: readonly Step[] = [],
  ): Promise<void> {
    const { gatewayId, targetId } = previous;
    const item = await read(table, targetKey(gatewayId, targetId));
    if (item === undefined) throw targetNotFound(gatewayId, targetId);
    const before = generationOf(item);
    if (tools !== undefined) {
      const features = { now: undefined, before: featuresGenerationOf(item) };
      return replace(previous, next, { before, tools: approved(tools), features, alongside });
    }
    // What is said of tools goes with the tools: a synchronisation may have ended since `previous` was read.
    await replace(previous, { ...withoutStateOfTools(next), ...stateOfTools(targetOf(item)) }, { before, alongside });
  }

  /** Replaces a target, and its tools where they are given, if it is as `previous` says and its tools are those of `before`. */
  async function replace(
    previous: TargetRecord,
    next: TargetRecord,
    {
      before,
      tools,
      features,
      ifGatewayVersion,
      alongside,
    }: {
      before: string;
      tools?: Pinned;
      /** What else the target offers, and the generation of what it has offered before; they change with the tools. */
      features?: { readonly now: TargetFeatures | undefined; readonly before: string };
      ifGatewayVersion?: number;
      alongside: readonly Step[];
    },
  ): Promise<void> {
    const { gatewayId, targetId } = previous;
    const renamed = previous.name !== next.name;
    const flip = (generation: string) =>
      commit(table, [
        bumpGateway(table, gatewayId, ifGatewayVersion === undefined ? {} : { ifVersion: ifGatewayVersion }),
        replaceTarget(table, {
          record: next,
          generation,
          ...(features === undefined ? {} : { featuresGeneration: generation }),
          ifRecordOf: previous.updatedAt,
          ifGeneration: before,
        }),
        ...(renamed ? [claimName(table, next), releaseName(table, previous)] : []),
        ...alongside,
      ]);
    if (tools === undefined) return flip(before);
    await withTools(next, tools, flip, features?.now);
    await deleteTools(table, gatewayId, targetId, before);
    if (features !== undefined) await deleteFeatures(table, gatewayId, targetId, features.before);
  }

  return {
    updateTarget,

    /** Reads a target with its tools, approved or not, consistently; `undefined` where there is no such target. */
    async getCatalogue(gatewayId: string, targetId: string): Promise<Catalogue | undefined> {
      const head = () => read(table, targetKey(gatewayId, targetId));
      let item = await head();
      for (let attempt = 0; attempt < attempts; attempt++) {
        if (item === undefined) return undefined;
        const generation = generationOf(item);
        const pinned = await readPinned(table, gatewayId, targetId, generation);
        const target = targetOf(item);
        item = await head();
        // The tools of a generation never change, but are deleted once another counts.
        if (item !== undefined && generationOf(item) === generation) return { ...pinned, target, generation };
      }
      throw new GatehouseError("throttled", "The target's tools change faster than they can be read; try again.");
    },

    /**
     * Reads what a gateway's targets and tools are called, and nothing else of them. The version is read first: while it is
     * the gateway's, this is what they are called.
     */
    async getNames(gatewayId: string): Promise<GatewayNames> {
      const gateway = await read(table, gatewayKey(gatewayId));
      if (gateway === undefined) throw gatewayNotFound(gatewayId);
      const partition = gatewayPartition(gatewayId);
      const targets = await readPartition(table, partition, { prefix: prefixes.target });
      const tools = await readPartition(table, partition, { prefix: prefixes.tool, namesOnly: true });
      const named = targets.map((item) => {
        const { targetId, name } = targetOf(item);
        const prefix = toolsPrefix(targetId, generationOf(item));
        const own = tools.filter(({ sk }) => String(sk).startsWith(prefix));
        // Tools that were stored before there was a name beside them are not known here until they are read again.
        return { targetId, name, tools: own.flatMap((tool) => (tool.name === undefined ? [] : [String(tool.name)])) };
      });
      return { gatewayVersion: Number(gateway.version), targets: named };
    },

    /**
     * Replaces what a catalogue says, in one step for every reader, if it is still as `previous` says.
     * @param ifGatewayVersion the version of the gateway that the change depends on, where it depends on other targets.
     * @throws ChangedMeanwhile when the target, or what the change depends on, changed meanwhile.
     */
    async putCatalogue(
      previous: Catalogue,
      { target, features: now, ...tools }: CatalogueChange,
      { alongside = [], ifGatewayVersion }: { alongside?: readonly Step[]; ifGatewayVersion?: number } = {},
    ): Promise<void> {
      const { statusReasons: _, drift: __, ...rest } = previous.target;
      const { gatewayId, targetId } = rest;
      const item = now && (await read(table, targetKey(gatewayId, targetId)));
      await replace(
        previous.target,
        { ...rest, ...target },
        {
          before: previous.generation,
          tools,
          ...(now === undefined ? {} : { features: { now, before: featuresGenerationOf(item ?? {}) } }),
          alongside,
          ...(ifGatewayVersion === undefined ? {} : { ifGatewayVersion }),
        },
      );
    },

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
      await withTools(record, approved(tools), (toolsGeneration) =>
        commit(table, [
          bumpGateway(table, gatewayId, { targets: 1, maximumTargets }),
          create(table, { ...targetKey(gatewayId, targetId), toolsGeneration, record }, idTaken(targetId)),
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
      { tools, ...outcome }: Synchronization,
      alongside: readonly Step[] = [],
    ): Promise<void> {
      const { gatewayId, targetId } = target;
      const item = await read(table, targetKey(gatewayId, targetId));
      if (item === undefined) throw targetNotFound(gatewayId, targetId);
      const current = targetOf(item);
      if (current.updatedAt !== target.updatedAt) throw changedMeanwhile(targetId);
      const { statusReasons: _, drift, ...rest } = current;
      const kept = tools === undefined && drift !== undefined ? { drift } : {};
      await replace(
        current,
        { ...rest, ...kept, ...outcome },
        { before: generationOf(item), ...(tools === undefined ? {} : { tools: approved(tools) }), alongside },
      );
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

function stateOfTools({ lastSynchronizedAt, drift }: TargetRecord): Pick<TargetRecord, "lastSynchronizedAt" | "drift"> {
  return {
    ...(lastSynchronizedAt === undefined ? {} : { lastSynchronizedAt }),
    ...(drift === undefined ? {} : { drift }),
  };
}

function withoutStateOfTools({ lastSynchronizedAt: _, drift: __, ...rest }: TargetRecord): TargetRecord {
  return rest;
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

function claimName(table: ConfigTable, { gatewayId, targetId, name }: TargetRecord): Step {
  const item = { ...targetNameKey(gatewayId, name), targetId };
  return create(table, item, `The gateway already has a target named ${name}.`);
}

function releaseName({ table }: ConfigTable, { gatewayId, name }: TargetRecord): Step {
  return { write: { Delete: { TableName: table, Key: targetNameKey(gatewayId, name) } } };
}
