import { GatehouseError } from "../errors.ts";
import { engineIdOf } from "./configRepository.attachments.ts";
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
} from "./configRepository.table.ts";
import { engineKey, engineNameKey, enginePartition, kinds, prefixes } from "./keys.ts";
import type { PolicyEngineRecord } from "./records.ts";

/** Policy engines in the config table. */
export function policyEngineItems(table: ConfigTable) {
  return {
    /**
     * Stores a new engine. Its version is 1.
     * @throws GatehouseError `conflict` when the name is taken.
     */
    async createPolicyEngine(record: PolicyEngineRecord, alongside: readonly Step[] = []): Promise<void> {
      const { policyEngineId, name } = record;
      await commit(table, [
        create(table, itemOf(record), idTaken(policyEngineId)),
        create(table, { ...engineNameKey(name), policyEngineId }, `A policy engine named ${name} exists already.`),
        ...alongside,
      ]);
    },

    /** Reads an engine, consistently. */
    async getPolicyEngine(policyEngineId: string): Promise<PolicyEngineRecord | undefined> {
      const item = await read(table, engineKey(policyEngineId));
      return item && policyEngineOf(item);
    },

    /**
     * Replaces an engine by `next`, if it is still as `previous` says. Returns what is stored now.
     * @throws GatehouseError `conflict` when it changed meanwhile.
     */
    async updatePolicyEngine(
      previous: PolicyEngineRecord,
      next: Omit<PolicyEngineRecord, "version">,
      alongside: readonly Step[] = [],
    ): Promise<PolicyEngineRecord> {
      await commit(table, [bumpPolicyEngine(table, previous, { record: next }), ...alongside]);
      return { ...next, version: previous.version + 1 };
    },

    /** One page of the engines, by id. */
    async listPolicyEngines(page: PageRequest = {}): Promise<Page<PolicyEngineRecord>> {
      const { items, ...rest } = await readKind(table, kinds.engine, page);
      return { items: items.map(policyEngineOf), ...rest };
    },

    /**
     * Deletes an engine, if it is still as `record` says.
     * @throws GatehouseError `conflict` while it has policies or a gateway uses it, or when it changed meanwhile.
     */
    async deletePolicyEngine(
      { policyEngineId, name, version }: PolicyEngineRecord,
      alongside: readonly Step[] = [],
    ): Promise<void> {
      const stored = await read(table, engineKey(policyEngineId));
      if (stored === undefined) throw policyEngineNotFound(policyEngineId);
      if (Number(stored.policyCount) > 0 || Number(stored.gatewayCount) > 0) {
        throw new GatehouseError(
          "conflict",
          `Policy engine ${policyEngineId} still has policies or is used by a gateway: delete its policies and take it off its gateways first.`,
        );
      }
      await commit(table, [
        {
          write: {
            Delete: {
              TableName: table.table,
              Key: engineKey(policyEngineId),
              ConditionExpression: "version = :version AND policyCount = :none AND gatewayCount = :none",
              ExpressionAttributeValues: { ":version": version, ":none": 0 },
            },
          },
          refused: () => changedMeanwhile(policyEngineId),
        },
        { write: { Delete: { TableName: table.table, Key: engineNameKey(name) } } },
        ...alongside,
      ]);
    },

    /** The ids of the gateways that use an engine, read consistently. */
    async gatewaysOfEngine(policyEngineArn: string): Promise<string[]> {
      const pk = enginePartition(engineIdOf({ arn: policyEngineArn }));
      return (await readPartition(table, pk, { prefix: prefixes.attachment })).map((item) => String(item.gatewayId));
    },
  };
}

/**
 * The step that grows an engine's version, if it is still the one that was seen: what was checked against the
 * engine's gateways may only be stored while those are the engine's gateways.
 */
export function bumpPolicyEngine(
  { table }: ConfigTable,
  seen: PolicyEngineRecord,
  { policies = 0, record }: { policies?: number; record?: Omit<PolicyEngineRecord, "version"> } = {},
): Step {
  return {
    write: {
      Update: {
        TableName: table,
        Key: engineKey(seen.policyEngineId),
        UpdateExpression: `SET version = version + :one, policyCount = policyCount + :policies${record ? ", #record = :record" : ""}`,
        ConditionExpression: "version = :seen",
        ...(record ? { ExpressionAttributeNames: { "#record": "record" } } : {}),
        ExpressionAttributeValues: {
          ":one": 1,
          ":policies": policies,
          ":seen": seen.version,
          ...(record ? { ":record": withoutVersion(record) } : {}),
        },
      },
    },
    refused: () => changedMeanwhile(seen.policyEngineId),
  };
}

function changedMeanwhile(policyEngineId: string): ChangedMeanwhile {
  return new ChangedMeanwhile(
    `Policy engine ${policyEngineId} was changed or deleted by somebody else at the same moment; repeat the change.`,
  );
}

/** The error for an engine that isn't there. */
export function policyEngineNotFound(policyEngineId: string): GatehouseError {
  return new GatehouseError("notFound", `There is no policy engine ${policyEngineId}.`);
}

/** The engine that an item holds. */
export function policyEngineOf(item: Item): PolicyEngineRecord {
  return { ...(item.record as Omit<PolicyEngineRecord, "version">), version: Number(item.version) }; // Only this file writes it.
}

function itemOf(record: PolicyEngineRecord): Item {
  return {
    ...engineKey(record.policyEngineId),
    gsi1pk: kinds.engine,
    gsi1sk: record.policyEngineId,
    version: 1,
    policyCount: 0,
    gatewayCount: 0,
    record: withoutVersion(record),
  };
}
