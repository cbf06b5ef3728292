import { GatehouseError } from "../errors.ts";
import {
  ChangedMeanwhile,
  type ConfigTable,
  commit,
  create,
  type Item,
  type Page,
  type PageRequest,
  read,
  readKind,
  type Step,
} from "./configRepository.table.ts";
import type { ApiKeyProviderRecord, Oauth2ProviderRecord, WorkloadIdentityRecord } from "./identityRecords.ts";
import { type IdentityKind, identityKey } from "./keys.ts";

/** Records of one kind, by name. Every change is one transaction with what belongs to it. */
export interface NamedRecords<R> {
  /** Reads a record, consistently. */
  get(name: string): Promise<R | undefined>;
  /** The record of a name. @throws GatehouseError `notFound` */
  existing(name: string): Promise<R>;
  /** One page, by name; a record that was written a moment ago may not be in it yet. */
  list(page?: PageRequest): Promise<Page<R>>;
  /** @throws GatehouseError `conflict` when the name is taken. */
  create(record: R, alongside?: readonly Step[]): Promise<void>;
  /**
   * Replaces a record by `next`, if it is still as `previous` says. Every change has an `updatedAt` of its own, which
   * tells one state of a record from the next.
   * @throws ChangedMeanwhile
   */
  update(previous: R, next: R, alongside?: readonly Step[]): Promise<void>;
  /** Deletes a record, if it is still as it says. @throws ChangedMeanwhile */
  delete(record: R, alongside?: readonly Step[]): Promise<void>;
}

/** The agents and the credential providers of a deployment. What secrets they have are sealed. */
export interface IdentityRepository {
  readonly workloadIdentities: NamedRecords<WorkloadIdentityRecord>;
  readonly apiKeyProviders: NamedRecords<ApiKeyProviderRecord>;
  readonly oauth2Providers: NamedRecords<Oauth2ProviderRecord>;
  /** The same by name alone, for whoever only asks for one. */
  workloadIdentity(name: string): Promise<WorkloadIdentityRecord | undefined>;
  apiKeyProvider(name: string): Promise<ApiKeyProviderRecord | undefined>;
  oauth2Provider(name: string): Promise<Oauth2ProviderRecord | undefined>;
}

/** Agents and credential providers in the config table. */
export function identityRepository(table: ConfigTable): IdentityRepository {
  const workloadIdentities = namedRecords<WorkloadIdentityRecord>(table, "WORKLOAD-IDENTITY", "workload identity");
  const apiKeyProviders = namedRecords<ApiKeyProviderRecord>(table, "API-KEY-PROVIDER", "API key credential provider");
  const oauth2Providers = namedRecords<Oauth2ProviderRecord>(table, "OAUTH2-PROVIDER", "OAuth2 credential provider");
  return {
    workloadIdentities,
    apiKeyProviders,
    oauth2Providers,
    workloadIdentity: workloadIdentities.get,
    apiKeyProvider: apiKeyProviders.get,
    oauth2Provider: oauth2Providers.get,
  };
}

/** @param what names the kind to people, as in `workload identity`. */
function namedRecords<R extends { readonly name: string; readonly updatedAt: string }>(
  table: ConfigTable,
  kind: IdentityKind,
  what: string,
): NamedRecords<R> {
  const recordOf = (item: Item) => item.record as R; // Only this file writes it.

  const itemOf = (record: R): Item => ({
    ...identityKey(kind, record.name),
    gsi1pk: kind,
    gsi1sk: record.name,
    record,
  });

  const unchanged = (previous: R) => ({
    ConditionExpression: "#record.updatedAt = :seen",
    ExpressionAttributeNames: { "#record": "record" },
    ExpressionAttributeValues: { ":seen": previous.updatedAt },
  });

  const changedMeanwhile = (name: string) => () =>
    new ChangedMeanwhile(
      `The ${what} ${name} was changed or deleted by somebody else at the same moment; repeat the change.`,
    );

  const get = async (name: string) => {
    const item = await read(table, identityKey(kind, name));
    return item && recordOf(item);
  };

  return {
    get,

    async existing(name) {
      const record = await get(name);
      if (record === undefined) throw new GatehouseError("notFound", `There is no ${what} named ${name}.`);
      return record;
    },

    async list(page = {}) {
      const { items, ...rest } = await readKind(table, kind, page);
      return { items: items.map(recordOf), ...rest };
    },

    async create(record, alongside = []) {
      const taken = `There is a ${what} named ${record.name} already.`;
      await commit(table, [create(table, itemOf(record), taken), ...alongside]);
    },

    async update(previous, next, alongside = []) {
      const Put = { TableName: table.table, Item: itemOf(next), ...unchanged(previous) };
      await commit(table, [{ write: { Put }, refused: changedMeanwhile(previous.name) }, ...alongside]);
    },

    async delete(record, alongside = []) {
      const Delete = { TableName: table.table, Key: identityKey(kind, record.name), ...unchanged(record) };
      await commit(table, [{ write: { Delete }, refused: changedMeanwhile(record.name) }, ...alongside]);
    },
  };
}
