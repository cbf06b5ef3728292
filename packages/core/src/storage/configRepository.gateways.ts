import { GatehouseError } from "../errors.ts";
import { attach, detach, engineIdOf, requireEngineVersion } from "./configRepository.attachments.ts";
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
  readKind,
  readPartition,
  type Step,
  withoutVersion,
  writeAll,
} from "./configRepository.table.ts";
import { keyOf } from "./configRepository.tools.ts";
import { driftPartition, gatewayKey, gatewayNameKey, gatewayPartition, kinds, prefixes } from "./keys.ts";
import type { GatewayRecord } from "./records.ts";

/** What a gateway's policy engine was when the gateway was checked against its policies. */
export interface EngineCheck {
  /** The engine's version whose policies were found to fit; absent where nothing was checked (LOG_ONLY). */
  readonly checkedEngineVersion?: number;
}

/** Gateways in the config table. */
export function gatewayItems(table: ConfigTable) {
  return {
    /**
     * Stores a new gateway, together with its use of a policy engine. Its version is 1.
     * @param alongside steps of the same transaction, as with every change in these repositories.
     * @throws GatehouseError `conflict` when the name is taken or the engine has changed since it was checked.
     */
    async createGateway(
      record: GatewayRecord,
      check: EngineCheck = {},
      alongside: readonly Step[] = [],
    ): Promise<void> {
      await commit(table, [
        create(table, itemOf(record), idTaken(record.gatewayId)),
        claimName(table, record),
        ...attach(table, record.policyEngineConfiguration, record.gatewayId, check.checkedEngineVersion),
        ...alongside,
      ]);
    },

    /** Reads a gateway, consistently. */
    async getGateway(gatewayId: string): Promise<GatewayRecord | undefined> {
      const item = await read(table, gatewayKey(gatewayId));
      return item && gatewayOf(item);
    },

    /**
     * Replaces a gateway by `next`, if it is still as `previous` says. Targets stay. Returns what is stored now.
     * @throws GatehouseError `conflict` when the gateway, its engine or the ownership of the new name changed meanwhile.
     */
    async updateGateway(
      previous: GatewayRecord,
      next: Omit<GatewayRecord, "version">,
      check: EngineCheck = {},
      alongside: readonly Step[] = [],
    ): Promise<GatewayRecord> {
      const { gatewayId } = previous;
      const renamed = previous.name !== next.name;
      const update: Step = {
        write: {
          Update: {
            TableName: table.table,
            Key: gatewayKey(gatewayId),
            UpdateExpression: "SET #record = :record, version = version + :one",
            ConditionExpression: "version = :previous",
            ExpressionAttributeNames: { "#record": "record" },
            ExpressionAttributeValues: {
              ":record": withoutVersion(next),
              ":one": 1,
              ":previous": previous.version,
            },
          },
        },
        refused: () => changedMeanwhile(gatewayId),
      };
      await commit(table, [
        update,
        ...(renamed ? [claimName(table, next), releaseName(table, previous)] : []),
        ...changeEngine(table, previous, next, check),
        ...alongside,
      ]);
      return { ...next, version: previous.version + 1 };
    },

    /** One page of the gateways, by id. */
    async listGateways(page: PageRequest = {}): Promise<Page<GatewayRecord>> {
      const { items, ...rest } = await readKind(table, kinds.gateway, page);
      return { items: items.map(gatewayOf), ...rest };
    },

    /**
     * Deletes a gateway, if it is still as `record` says.
     * @throws GatehouseError `conflict` while it has targets, or when it changed meanwhile.
     */
    async deleteGateway(record: GatewayRecord, alongside: readonly Step[] = []): Promise<void> {
      const { gatewayId } = record;
      const stored = await read(table, gatewayKey(gatewayId));
      if (stored === undefined) throw gatewayNotFound(gatewayId);
      if (Number(stored.targetCount) > 0) {
        throw new GatehouseError("conflict", `Gateway ${gatewayId} still has targets; delete them first.`);
      }
      await commit(table, [
        {
          write: {
            Delete: {
              TableName: table.table,
              Key: gatewayKey(gatewayId),
              ConditionExpression: "version = :version AND targetCount = :none",
              ExpressionAttributeValues: { ":version": record.version, ":none": 0 },
            },
          },
          refused: () => changedMeanwhile(gatewayId),
        },
        releaseName(table, record),
        ...detach(table, record.policyEngineConfiguration, gatewayId),
        ...alongside,
      ]);
      // What an interrupted synchronisation may have left; nothing refers to it.
      for (const partition of [gatewayPartition(gatewayId), driftPartition(gatewayId)]) {
        const leftovers = await readPartition(table, partition, { prefix: prefixes.tool, keysOnly: true });
        await writeAll(table, { delete: leftovers.map(keyOf) });
      }
    },
  };
}

/** The step that grows a gateway's version (and its number of targets), so that every reader sees the change. */
export function bumpGateway(
  { table }: ConfigTable,
  gatewayId: string,
  { targets = 0, maximumTargets, ifVersion }: { targets?: number; maximumTargets?: number; ifVersion?: number } = {},
): Step {
  const bounded = maximumTargets !== undefined;
  return {
    write: {
      Update: {
        TableName: table,
        Key: gatewayKey(gatewayId),
        UpdateExpression: "SET version = version + :one, targetCount = targetCount + :targets",
        ConditionExpression: `attribute_exists(pk)${bounded ? " AND targetCount < :maximum" : ""}${ifVersion === undefined ? "" : " AND version = :ifVersion"}`,
        ExpressionAttributeValues: {
          ":one": 1,
          ":targets": targets,
          ...(bounded ? { ":maximum": maximumTargets } : {}),
          ...(ifVersion === undefined ? {} : { ":ifVersion": ifVersion }),
        },
      },
    },
    refused: () =>
      ifVersion !== undefined
        ? changedMeanwhile(gatewayId)
        : bounded
          ? new GatehouseError(
              "quotaExceeded",
              `Gateway ${gatewayId} has ${maximumTargets} targets, which is as many as a gateway may have, or was deleted.`,
            )
          : gatewayNotFound(gatewayId),
  };
}

/** The error for a gateway that isn't there. */
export function gatewayNotFound(gatewayId: string): GatehouseError {
  return new GatehouseError("notFound", `There is no gateway ${gatewayId}.`);
}

/** The gateway that an item holds. */
export function gatewayOf(item: Item): GatewayRecord {
  return { ...(item.record as Omit<GatewayRecord, "version">), version: Number(item.version) }; // Only this file writes it.
}

function itemOf(record: GatewayRecord): Item {
  const { gatewayId } = record;
  return {
    ...gatewayKey(gatewayId),
    gsi1pk: kinds.gateway,
    gsi1sk: gatewayId,
    version: 1,
    targetCount: 0,
    record: withoutVersion(record),
  };
}

function changedMeanwhile(gatewayId: string): GatehouseError {
  return new ChangedMeanwhile(
    `Gateway ${gatewayId} was changed or deleted by somebody else at the same moment; read it again and repeat the change.`,
  );
}

function claimName(table: ConfigTable, { name, gatewayId }: { name: string; gatewayId: string }): Step {
  return create(table, { ...gatewayNameKey(name), gatewayId }, `A gateway named ${name} exists already.`);
}

function releaseName({ table }: ConfigTable, { name }: { name: string }): Step {
  return { write: { Delete: { TableName: table, Key: gatewayNameKey(name) } } };
}

function changeEngine(
  table: ConfigTable,
  previous: GatewayRecord,
  next: Omit<GatewayRecord, "version">,
  { checkedEngineVersion }: EngineCheck,
): Step[] {
  const [before, after] = [previous.policyEngineConfiguration, next.policyEngineConfiguration];
  if (after !== undefined && before !== undefined && engineIdOf(before) === engineIdOf(after)) {
    return checkedEngineVersion === undefined ? [] : [requireEngineVersion(table, after, checkedEngineVersion)];
  }
  return [
    ...detach(table, before, previous.gatewayId),
    ...attach(table, after, previous.gatewayId, checkedEngineVersion),
  ];
}
