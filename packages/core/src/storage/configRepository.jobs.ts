import { GatehouseError } from "../errors.ts";
import {
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
import { generationsPartition, jobKey, jobPrefix, type Key, replaysPartition } from "./keys.ts";
import type { PolicyGenerationRecord, PolicyReplayRecord } from "./records.ts";

/** As long as AgentCore keeps generated policies. */
const retentionSeconds = 7 * 24 * 3_600;

/** Something that was asked for, is worked on by nobody else, is done once, and is kept for a week. */
interface Job {
  readonly status: string;
  readonly createdAt: string;
}

/** Policies written from words, and replays of recorded calls. */
export function jobItems(table: ConfigTable) {
  const generations = jobsOf<PolicyGenerationRecord>(table, generationsPartition, "GENERATING");
  const replays = jobsOf<PolicyReplayRecord>(table, replaysPartition, "REPLAYING");
  return {
    createPolicyGeneration: (record: PolicyGenerationRecord, alongside: readonly Step[]) =>
      generations.create(record.policyEngineId, record.policyGenerationId, record, alongside),
    getPolicyGeneration: generations.get,
    listPolicyGenerations: generations.list,
    finishPolicyGeneration: (record: PolicyGenerationRecord) =>
      generations.finish(record.policyEngineId, record.policyGenerationId, record),

    createPolicyReplay: (record: PolicyReplayRecord, alongside: readonly Step[]) =>
      replays.create(record.gatewayId, record.policyReplayId, record, alongside),
    getPolicyReplay: replays.get,
    listPolicyReplays: replays.list,
    finishPolicyReplay: (record: PolicyReplayRecord) => replays.finish(record.gatewayId, record.policyReplayId, record),
  };
}

function jobsOf<Record extends Job>(
  table: ConfigTable,
  partitionOf: (owner: string) => string,
  /** The status of one that isn't done. */
  underWay: Record["status"],
) {
  const keyOf = (owner: string, id: string): Key => jobKey(partitionOf(owner), id);
  const itemOf = (key: Key, record: Record): Item => ({
    ...key,
    record,
    expiresAt: Math.floor(Date.parse(record.createdAt) / 1_000) + retentionSeconds,
  });
  return {
    /** Stores a new one. @throws GatehouseError `conflict` when the id is taken. */
    async create(owner: string, id: string, record: Record, alongside: readonly Step[]): Promise<void> {
      await commit(table, [create(table, itemOf(keyOf(owner, id), record), idTaken(id)), ...alongside]);
    },

    /** Reads one, consistently; none that has expired. */
    async get(owner: string, id: string): Promise<Record | undefined> {
      const item = await read(table, keyOf(owner, id));
      return item && current(item) ? recordOf<Record>(item) : undefined;
    },

    /** One page, by id; a page may be short, because what has expired isn't on it. */
    async list(owner: string, page: PageRequest = {}): Promise<Page<Record>> {
      const { items, ...rest } = await readPage(table, partitionOf(owner), jobPrefix, page);
      return { items: items.filter(current).map(recordOf<Record>), ...rest };
    },

    /**
     * Stores what came out. The first result stays: a request that is delivered twice changes nothing the second time.
     * @returns whether this was the first.
     * @throws GatehouseError `validation` when the result is too large for an item.
     */
    async finish(owner: string, id: string, record: Record): Promise<boolean> {
      try {
        await commit(table, [
          {
            write: {
              Put: {
                TableName: table.table,
                Item: itemOf(keyOf(owner, id), record),
                ConditionExpression: "#record.#status = :underWay",
                ExpressionAttributeNames: { "#record": "record", "#status": "status" },
                ExpressionAttributeValues: { ":underWay": underWay },
              },
            },
            refused: () => new DoneBefore(),
          },
        ]);
        return true;
      } catch (error) {
        if (error instanceof DoneBefore) return false;
        throw error;
      }
    },
  };
}

class DoneBefore extends GatehouseError {
  constructor() {
    super("conflict", "It was done before, or is gone.");
  }
}

/** DynamoDB takes its time to delete what has expired. */
function current({ expiresAt }: Item): boolean {
  return Number(expiresAt) > Date.now() / 1_000;
}

function recordOf<Record>(item: Item): Record {
  return item.record as Record; // Only this file writes it.
}
