import { GatehouseError } from "../errors.ts";
import {
  ChangedMeanwhile,
  type ConfigTable,
  commit,
  type Item,
  read,
  readPartition,
  type Step,
} from "./configRepository.table.ts";
import { accessKeyKey, accessKeyPrefix, administrationKey } from "./keys.ts";

/** An access key of an administrator. Times are ISO 8601 in UTC. */
export interface AccessKeyRecord {
  readonly accessKeyId: string;
  /** What the key is for, in its owner's words. */
  readonly name: string;
  readonly roles: readonly string[];
  /** The secret access key, sealed for this id; never answered, told or logged. */
  readonly sealedSecret: string;
  readonly createdAt: string;
  /** Who made it, as in `Gatehouse::AccessKey::"GHAK..."`. */
  readonly createdBy: string;
  /** From then on the key is good for nothing. Absent for a key that stays. */
  readonly expiresAt?: string;
  /** The key works from the machine itself only. */
  readonly loopbackOnly?: boolean;
  /** When it was rotated, and the key that has come in its place. */
  readonly lastRotatedAt?: string;
  readonly replacedBy?: string;
}

/** The administration policies: Cedar text, absent where the shipped ones hold. */
export interface AdministrationPoliciesRecord {
  /** Grows with every change of policies or keys; 0 before the first one. */
  readonly version: number;
  readonly policies?: string;
  /** When the policies were last replaced or taken back. */
  readonly updatedAt?: string;
}

/** Everything that decides who may administer, at one version. */
export interface AdministrationState extends AdministrationPoliciesRecord {
  readonly keys: readonly AccessKeyRecord[];
}

/** As many keys as a person can still look through. */
export const maximumAccessKeys = 100;

/** An expired key is shown for a month, so that somebody who wonders why it stopped finds out. */
const shownAfterExpiryMilliseconds = 30 * 24 * 3_600_000;

/** Who may administer: access keys and administration policies, in the config table. */
export type AdministrationRepository = ReturnType<typeof administrationRepository>;

/**
 * Reads and changes the administration. Every change is one transaction with the steps that belong to it, and happens only
 * if the administration is still as the change has seen it: else it throws `ChangedMeanwhile`. So what was checked for a
 * change, such as that somebody is left who may administer, is so when it is made.
 */
export function administrationRepository(table: ConfigTable) {
  const change = (seen: AdministrationState, steps: readonly Step[], alongside: readonly Step[]) =>
    commit(table, [bump(table, seen), ...steps, ...alongside]);
  const put = (record: AccessKeyRecord, condition?: "attribute_not_exists(pk)"): Step => ({
    write: {
      Put: {
        TableName: table.table,
        Item: itemOf(record),
        ...(condition === undefined ? {} : { ConditionExpression: condition }),
      },
    },
    refused: () => new GatehouseError("conflict", `The access key id ${record.accessKeyId} is taken; try again.`),
  });

  return {
    /** Reads everything, consistently. */
    async load(): Promise<AdministrationState> {
      // The version first: keys that are newer than it fail the change that goes by it, older ones would let it pass.
      const policies = policiesOf(await read(table, administrationKey));
      const items = await readPartition(table, administrationKey.pk, { prefix: accessKeyPrefix });
      return { ...policies, keys: items.map(keyOf) };
    },

    /** Reads the policies, consistently. */
    async policies(): Promise<AdministrationPoliciesRecord> {
      return policiesOf(await read(table, administrationKey));
    },

    /** Reads one key, consistently: a key that was deleted is gone at once. */
    async accessKey(accessKeyId: string): Promise<AccessKeyRecord | undefined> {
      const item = await read(table, accessKeyKey(accessKeyId));
      return item && keyOf(item);
    },

    /**
     * Replaces the policies; without a text, the shipped ones hold again.
     * @throws GatehouseError `conflict` when the administration changed meanwhile.
     */
    async putPolicies(
      seen: AdministrationState,
      { policies, updatedAt }: { readonly policies?: string; readonly updatedAt: string },
      alongside: readonly Step[],
    ): Promise<void> {
      await commit(table, [bump(table, seen, { policies, updatedAt }), ...alongside]);
    },

    /**
     * Stores a new key.
     * @throws GatehouseError `quotaExceeded` at 100 keys, `conflict` when the administration changed meanwhile.
     */
    async createKey(seen: AdministrationState, record: AccessKeyRecord, alongside: readonly Step[]): Promise<void> {
      requireRoom(seen);
      await change(seen, [put(record, "attribute_not_exists(pk)")], alongside);
    },

    /**
     * Stores a key's successor, and the key as it is from now on.
     * @throws GatehouseError `quotaExceeded` at 100 keys, `conflict` when the administration changed meanwhile.
     */
    async rotateKey(
      seen: AdministrationState,
      { rotated, successor }: { readonly rotated: AccessKeyRecord; readonly successor: AccessKeyRecord },
      alongside: readonly Step[],
    ): Promise<void> {
      requireRoom(seen);
      await change(seen, [put(successor, "attribute_not_exists(pk)"), put(rotated)], alongside);
    },

    /** Deletes a key. @throws GatehouseError `conflict` when the administration changed meanwhile. */
    async deleteKey(seen: AdministrationState, accessKeyId: string, alongside: readonly Step[]): Promise<void> {
      const write = { Delete: { TableName: table.table, Key: accessKeyKey(accessKeyId) } };
      await change(seen, [{ write }], alongside);
    },

    /**
     * Stores the key that the host itself brings, new or in the place of its former self, and however many there are.
     * @throws GatehouseError `conflict` when the administration changed meanwhile.
     */
    async putHostKey(seen: AdministrationState, record: AccessKeyRecord): Promise<void> {
      await change(seen, [put(record)], []);
    },
  };
}

/** The step that grows the version, if it is still the one that was seen. */
function bump(
  { table }: ConfigTable,
  { version }: AdministrationState,
  next?: { readonly policies?: string | undefined; readonly updatedAt: string },
): Step {
  const { policies, updatedAt } = next ?? {};
  const set = [
    "version = :next",
    ...(next ? ["updatedAt = :updatedAt"] : []),
    ...(policies === undefined ? [] : ["policies = :text"]),
  ];
  return {
    write: {
      Update: {
        TableName: table,
        Key: administrationKey,
        UpdateExpression: `SET ${set.join(", ")}${next && policies === undefined ? " REMOVE policies" : ""}`,
        ConditionExpression: version === 0 ? "attribute_not_exists(version)" : "version = :seen",
        ExpressionAttributeValues: {
          ":next": version + 1,
          ...(version === 0 ? {} : { ":seen": version }),
          ...(next ? { ":updatedAt": updatedAt } : {}),
          ...(policies === undefined ? {} : { ":text": policies }),
        },
      },
    },
    refused: () =>
      new ChangedMeanwhile(
        "Access keys or administration policies were changed by somebody else at the same moment; repeat the change.",
      ),
  };
}

function requireRoom({ keys }: AdministrationState): void {
  if (keys.length < maximumAccessKeys) return;
  throw new GatehouseError(
    "quotaExceeded",
    `There are ${keys.length} access keys, and at most ${maximumAccessKeys}: delete those that have expired or that nobody uses.`,
  );
}

function policiesOf(item: Item | undefined): AdministrationPoliciesRecord {
  const { version = 0, policies, updatedAt } = item ?? {};
  return {
    version: Number(version),
    ...(typeof policies === "string" ? { policies } : {}),
    ...(typeof updatedAt === "string" ? { updatedAt } : {}),
  };
}

function keyOf(item: Item): AccessKeyRecord {
  return item.record as AccessKeyRecord; // Only this file writes it.
}

function itemOf(record: AccessKeyRecord): Item {
  const { accessKeyId, expiresAt } = record;
  const end = expiresAt === undefined ? undefined : Date.parse(expiresAt) + shownAfterExpiryMilliseconds;
  return {
    ...accessKeyKey(accessKeyId),
    record,
    ...(end === undefined ? {} : { expiresAt: Math.ceil(end / 1_000) }),
  };
}
