import { GatehouseError } from "../errors.ts";
import { bumpPolicyEngine } from "./configRepository.policyEngines.ts";
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
  type Step,
} from "./configRepository.table.ts";
import { enginePartition, policyKey, policyNameKey, prefixes } from "./keys.ts";
import type { PolicyEngineRecord, PolicyRecord } from "./records.ts";

/**
 * Policies in the config table. Every change grows the version of their engine in the same transaction, and happens
 * only if the engine is still of the version that the caller has seen.
 */
export function policyItems(table: ConfigTable) {
  return {
    /** @throws GatehouseError `conflict` when the name is taken in the engine, or the engine changed meanwhile. */
    async createPolicy(
      engine: PolicyEngineRecord,
      record: PolicyRecord,
      alongside: readonly Step[] = [],
    ): Promise<void> {
      const { policyEngineId, policyId, name } = record;
      await commit(table, [
        create(
          table,
          { ...policyNameKey(policyEngineId, name), policyId },
          `The policy engine already has a policy named ${name}.`,
        ),
        create(table, itemOf(record), idTaken(policyId)),
        bumpPolicyEngine(table, engine, { policies: 1 }),
        ...alongside,
      ]);
    },

    /** Reads a policy, consistently. */
    async getPolicy(policyEngineId: string, policyId: string): Promise<PolicyRecord | undefined> {
      const item = await read(table, policyKey(policyEngineId, policyId));
      return item && policyOf(item);
    },

    /** @throws GatehouseError `conflict` when the policy or its engine changed meanwhile. */
    async updatePolicy(
      engine: PolicyEngineRecord,
      previous: PolicyRecord,
      next: PolicyRecord,
      alongside: readonly Step[] = [],
    ): Promise<void> {
      await commit(table, [
        bumpPolicyEngine(table, engine),
        {
          write: {
            Put: {
              TableName: table.table,
              Item: itemOf(next),
              ConditionExpression: "#record.updatedAt = :previous",
              ExpressionAttributeNames: { "#record": "record" },
              ExpressionAttributeValues: { ":previous": previous.updatedAt },
            },
          },
          refused: () => changedMeanwhile(previous.policyId),
        },
        ...alongside,
      ]);
    },

    /** One page of an engine's policies, by id. */
    async listPolicies(policyEngineId: string, page: PageRequest = {}): Promise<Page<PolicyRecord>> {
      const { items, ...rest } = await readPage(table, enginePartition(policyEngineId), prefixes.policy, page);
      return { items: items.map(policyOf), ...rest };
    },

    /** @throws GatehouseError `conflict` when the policy or its engine changed meanwhile. */
    async deletePolicy(
      engine: PolicyEngineRecord,
      { policyEngineId, policyId, name }: PolicyRecord,
      alongside: readonly Step[] = [],
    ): Promise<void> {
      await commit(table, [
        bumpPolicyEngine(table, engine, { policies: -1 }),
        {
          write: {
            Delete: {
              TableName: table.table,
              Key: policyKey(policyEngineId, policyId),
              ConditionExpression: "attribute_exists(pk)",
            },
          },
          refused: () => changedMeanwhile(policyId),
        },
        { write: { Delete: { TableName: table.table, Key: policyNameKey(policyEngineId, name) } } },
        ...alongside,
      ]);
    },
  };
}

/** The error for a policy that isn't there. */
export function policyNotFound(policyEngineId: string, policyId: string): GatehouseError {
  return new GatehouseError("notFound", `Policy engine ${policyEngineId} has no policy ${policyId}.`);
}

/** The policy that an item holds. */
export function policyOf(item: Item): PolicyRecord {
  return item.record as PolicyRecord; // Only this file writes it.
}

/** What doesn't know LOG_ONLY would enforce such a policy, so that it must not read it. */
function itemOf(record: PolicyRecord): Item {
  const { policyEngineId, policyId, enforcementMode } = record;
  const version = enforcementMode === "LOG_ONLY" ? { itemVersion: 2 } : {};
  return { ...policyKey(policyEngineId, policyId), ...version, record };
}

function changedMeanwhile(policyId: string): GatehouseError {
  return new ChangedMeanwhile(
    `Policy ${policyId} was changed or deleted by somebody else at the same moment; repeat the change.`,
  );
}
