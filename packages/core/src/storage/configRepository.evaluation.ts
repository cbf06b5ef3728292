import { GatehouseError } from "../errors.ts";
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
  type Step,
} from "./configRepository.table.ts";
import {
  evaluatorKey,
  evaluatorNameKey,
  type Key,
  kinds,
  onlineEvaluationKey,
  onlineEvaluationNameKey,
} from "./keys.ts";
import type { EvaluatorRecord, OnlineEvaluationConfigRecord } from "./records.ts";

/** Evaluators of the account's own in the config table. Those that everybody has are no items. */
export function evaluatorItems(table: ConfigTable) {
  return {
    /**
     * Stores a new evaluator. Its version is 1, and nothing uses it.
     * @throws GatehouseError `conflict` when the name is taken.
     */
    async createEvaluator(record: EvaluatorRecord, alongside: readonly Step[] = []): Promise<void> {
      const { evaluatorId, evaluatorName } = record;
      const attributes = { enabledUses: 0, record: storedEvaluator(record) };
      const item = itemOf(evaluatorKey(evaluatorId), kinds.evaluator, evaluatorId, attributes);
      await commit(table, [
        create(table, item, idTaken(evaluatorId)),
        create(table, evaluatorNameKey(evaluatorName), `An evaluator named ${evaluatorName} exists already.`),
        ...alongside,
      ]);
    },

    /** Reads an evaluator, consistently. */
    async getEvaluator(evaluatorId: string): Promise<EvaluatorRecord | undefined> {
      const item = await read(table, evaluatorKey(evaluatorId));
      return item && evaluatorOf(item);
    },

    /**
     * Replaces an evaluator by `next`, if it is still as `previous` says.
     * @param locked whether it may be in use by an online evaluation that is ENABLED.
     * @throws ChangedMeanwhile also when it came into use meanwhile.
     */
    async updateEvaluator(
      previous: EvaluatorRecord,
      next: EvaluatorRecord,
      { locked }: { readonly locked: "REFUSED" | "ALLOWED" },
      alongside: readonly Step[] = [],
    ): Promise<void> {
      const key = evaluatorKey(previous.evaluatorId);
      const unused = locked === "REFUSED" ? { condition: " AND enabledUses = :none", values: { ":none": 0 } } : {};
      const update = replace(table, key, previous.version, storedEvaluator(next), unused);
      await commit(table, [{ write: update, refused: () => evaluatorChanged(previous.evaluatorId) }, ...alongside]);
    },

    /** One page of the evaluators, by id. */
    async listEvaluators(page: PageRequest = {}): Promise<Page<EvaluatorRecord>> {
      const { items, ...rest } = await readKind(table, kinds.evaluator, page);
      return { items: items.map(evaluatorOf), ...rest };
    },

    /**
     * Deletes an evaluator that no enabled online evaluation uses, if it is still as `record` says.
     * @throws ChangedMeanwhile also when it came into use meanwhile.
     */
    async deleteEvaluator(record: EvaluatorRecord, alongside: readonly Step[] = []): Promise<void> {
      const { evaluatorId, evaluatorName, version } = record;
      const Delete = {
        TableName: table.table,
        Key: evaluatorKey(evaluatorId),
        ConditionExpression: "version = :seen AND enabledUses = :none",
        ExpressionAttributeValues: { ":seen": version, ":none": 0 },
      };
      await commit(table, [
        { write: { Delete }, refused: () => evaluatorChanged(evaluatorId) },
        { write: { Delete: { TableName: table.table, Key: evaluatorNameKey(evaluatorName) } } },
        ...alongside,
      ]);
    },
  };
}

/**
 * Online evaluations in the config table. Each change that enables one, or changes what an enabled one evaluates by, locks
 * and unlocks evaluators in the same transaction.
 */
export function onlineEvaluationItems(table: ConfigTable) {
  return {
    /**
     * Stores a new online evaluation. Its version is 1.
     * @param checked the account's own evaluators, as they were found fit for it.
     * @throws GatehouseError `conflict` when the name is taken or an evaluator has changed since it was checked.
     */
    async createOnlineEvaluationConfig(
      record: OnlineEvaluationConfigRecord,
      checked: readonly EvaluatorRecord[],
      alongside: readonly Step[] = [],
    ): Promise<void> {
      const { onlineEvaluationConfigId: id, onlineEvaluationConfigName: name } = record;
      const item = itemOf(onlineEvaluationKey(id), kinds.onlineEvaluation, id, { record: storedConfig(record) });
      await commit(table, [
        create(table, item, idTaken(id)),
        create(table, onlineEvaluationNameKey(name), `An online evaluation named ${name} exists already.`),
        ...changeLocks(table, [], lockedBy(record), checked),
        ...alongside,
      ]);
    },

    /** Reads an online evaluation, consistently. */
    async getOnlineEvaluationConfig(configId: string): Promise<OnlineEvaluationConfigRecord | undefined> {
      const item = await read(table, onlineEvaluationKey(configId));
      return item && configOf(item);
    },

    /**
     * Replaces an online evaluation by `next`, if it is still as `previous` says.
     * @param checked as for a new one.
     * @throws ChangedMeanwhile also when an evaluator has changed since it was checked.
     */
    async updateOnlineEvaluationConfig(
      previous: OnlineEvaluationConfigRecord,
      next: OnlineEvaluationConfigRecord,
      checked: readonly EvaluatorRecord[],
      alongside: readonly Step[] = [],
    ): Promise<void> {
      const { onlineEvaluationConfigId: id, version } = previous;
      await commit(table, [
        {
          write: replace(table, onlineEvaluationKey(id), version, storedConfig(next)),
          refused: () => configChanged(id),
        },
        ...changeLocks(table, lockedBy(previous), lockedBy(next), checked),
        ...alongside,
      ]);
    },

    /** One page of the online evaluations, by id. */
    async listOnlineEvaluationConfigs(page: PageRequest = {}): Promise<Page<OnlineEvaluationConfigRecord>> {
      const { items, ...rest } = await readKind(table, kinds.onlineEvaluation, page);
      return { items: items.map(configOf), ...rest };
    },

    /** Deletes an online evaluation, if it is still as `record` says. @throws ChangedMeanwhile */
    async deleteOnlineEvaluationConfig(
      record: OnlineEvaluationConfigRecord,
      alongside: readonly Step[] = [],
    ): Promise<void> {
      const { onlineEvaluationConfigId: id, onlineEvaluationConfigName: name, version } = record;
      const Delete = {
        TableName: table.table,
        Key: onlineEvaluationKey(id),
        ConditionExpression: "version = :seen",
        ExpressionAttributeValues: { ":seen": version },
      };
      await commit(table, [
        { write: { Delete }, refused: () => configChanged(id) },
        { write: { Delete: { TableName: table.table, Key: onlineEvaluationNameKey(name) } } },
        ...changeLocks(table, lockedBy(record), [], []),
        ...alongside,
      ]);
    },
  };
}

/** The account's own evaluators that a config evaluates by: ids of those that everybody has are told by their dot. */
export function ownEvaluatorsOf({ evaluators }: Pick<OnlineEvaluationConfigRecord, "evaluators">): string[] {
  return evaluators.flatMap(({ evaluatorId = "" }) => (evaluatorId.includes(".") ? [] : [evaluatorId]));
}

/** The error for an evaluator that isn't there. */
export function evaluatorNotFound(evaluatorId: string): GatehouseError {
  return new GatehouseError("notFound", `There is no evaluator ${evaluatorId}.`);
}

/** The error for an online evaluation that isn't there. */
export function onlineEvaluationConfigNotFound(configId: string): GatehouseError {
  return new GatehouseError("notFound", `There is no online evaluation config ${configId}.`);
}

function lockedBy(config: OnlineEvaluationConfigRecord): readonly string[] {
  return config.executionStatus === "ENABLED" ? ownEvaluatorsOf(config) : [];
}

/**
 * The steps from one set of locked evaluators to another. What is locked from now on must be of the version that was
 * checked; what stays locked can't have changed.
 */
function changeLocks(
  { table }: ConfigTable,
  before: readonly string[],
  after: readonly string[],
  checked: readonly EvaluatorRecord[],
): Step[] {
  const versions = new Map(checked.map(({ evaluatorId, version }) => [evaluatorId, version]));
  const count = (evaluatorId: string, change: 1 | -1, condition: string, values: Record<string, number>): Step => ({
    write: {
      Update: {
        TableName: table,
        Key: evaluatorKey(evaluatorId),
        UpdateExpression: "SET enabledUses = enabledUses + :change",
        ConditionExpression: condition,
        ExpressionAttributeValues: { ":change": change, ...values },
      },
    },
    refused: () => evaluatorChanged(evaluatorId),
  });
  return [
    ...after
      .filter((id) => !before.includes(id))
      // Versions begin with 1: what nobody has checked is locked by nobody.
      .map((id) => count(id, 1, "version = :checked", { ":checked": versions.get(id) ?? 0 })),
    ...before.filter((id) => !after.includes(id)).map((id) => count(id, -1, "enabledUses > :none", { ":none": 0 })),
  ];
}

/** The item of a new one. */
function itemOf(key: Key, kind: string, id: string, attributes: Item): Item {
  return { ...key, gsi1pk: kind, gsi1sk: id, version: 1, ...attributes };
}

function replace(
  { table }: ConfigTable,
  key: Key,
  seen: number,
  record: object,
  { condition = "", values = {} }: { readonly condition?: string; readonly values?: Item } = {},
): Step["write"] {
  return {
    Update: {
      TableName: table,
      Key: key,
      UpdateExpression: "SET #record = :record, version = version + :one",
      ConditionExpression: `version = :seen${condition}`,
      ExpressionAttributeNames: { "#record": "record" },
      ExpressionAttributeValues: { ":record": record, ":one": 1, ":seen": seen, ...values },
    },
  };
}

function storedEvaluator({ version: _, enabledUses: __, ...record }: EvaluatorRecord): object {
  return record;
}

function evaluatorOf(item: Item): EvaluatorRecord {
  const record = item.record as Omit<EvaluatorRecord, "version" | "enabledUses">; // Only this file writes it.
  return { ...record, version: Number(item.version), enabledUses: Number(item.enabledUses) };
}

function storedConfig({ version: _, ...record }: OnlineEvaluationConfigRecord): object {
  return record;
}

function configOf(item: Item): OnlineEvaluationConfigRecord {
  return { ...(item.record as Omit<OnlineEvaluationConfigRecord, "version">), version: Number(item.version) }; // As above.
}

function evaluatorChanged(evaluatorId: string): ChangedMeanwhile {
  return new ChangedMeanwhile(
    `Evaluator ${evaluatorId} was changed, deleted or taken into use by somebody else at the same moment; repeat the change.`,
  );
}

function configChanged(configId: string): ChangedMeanwhile {
  return new ChangedMeanwhile(
    `Online evaluation config ${configId} was changed or deleted by somebody else at the same moment; repeat the change.`,
  );
}
