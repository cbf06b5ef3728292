import { randomUUID } from "node:crypto";
import { createKeyring, type Keyring } from "../../identity/vault/keyring.ts";
import { startTestKms } from "../../identity/vault/testing.ts";
import {
  type AccessKeyRecord,
  type AdministrationRepository,
  administrationRepository,
} from "../../storage/administrationRepository.ts";
import { type ConfigTable, readPartition, writeAll } from "../../storage/configRepository.table.ts";
import { dataKeyRepository } from "../../storage/dataKeyRepository.ts";
import { administrationKey, type Key } from "../../storage/keys.ts";
import { startTestDatabase } from "../../storage/testing.ts";
import type { Change, RequestScope } from "../scope.ts";
import { type AdministratorWithClaims, createAuthorizer } from "./authorize.ts";
import type { AdministrationDependencies } from "./dependencies.ts";
import { administrationHandlers } from "./handlers.ts";
import { sealSecret } from "./newKey.ts";

/** An administration of its own for tests, with a real engine and a real keyring. */
export interface TestAdministration extends AdministrationDependencies {
  readonly administration: AdministrationRepository;
  readonly keyring: Keyring;
  readonly handlers: ReturnType<typeof administrationHandlers>;
  readonly table: ConfigTable;
  /** What `now` is, until it is set to something else. */
  time: Date;
  /** Stores a key as it stands, whose secret is its id in small letters, and says who that is. */
  addKey(record: Partial<AccessKeyRecord> & { readonly accessKeyId: string }): Promise<AdministratorWithClaims>;
  /** The request of an administrator; its changes leave an item each in the table. */
  scopeOf(administrator: AdministratorWithClaims): RequestScope & { readonly changes: readonly Change[] };
  /** How many changes there were, by the items that they left. */
  recorded(): Promise<number>;
  /** Forgets keys, policies and recorded changes. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

const recordedPartition = "TEST-CHANGE";
const location = { region: "us-east-1", accountId: "123456789012" };

/** For tests only: starts the engine and what stands on it. */
export async function startTestAdministration(): Promise<TestAdministration> {
  const [database, kms] = await Promise.all([startTestDatabase(), startTestKms()]);
  const table = { client: database.client, table: database.tables.config };
  const keyring = createKeyring({ kms: kms.client, keyId: kms.keyId, store: dataKeyRepository(table) });
  const administration = administrationRepository(table);
  const dependencies = { ...location, administration, keyring, authorizer: createAuthorizer(), now: () => test.time };
  const test: TestAdministration = {
    ...dependencies,
    table,
    handlers: administrationHandlers(dependencies),
    time: new Date("2026-11-22T10:00:00.000Z"),
    async addKey({ accessKeyId, roles = ["admin"], ...rest }) {
      const sealedSecret = await sealSecret(keyring, accessKeyId, secretOf(accessKeyId));
      const made = { name: "test", createdAt: test.time.toISOString(), createdBy: "test" };
      const seen = await administration.load();
      await administration.putHostKey(seen, { accessKeyId, roles, sealedSecret, ...made, ...rest });
      return { type: "Gatehouse::AccessKey", id: accessKeyId, roles };
    },
    scopeOf(administrator) {
      const changes: Change[] = [];
      const alongside = (change: Change) => {
        changes.push(change);
        return [{ write: { Put: { TableName: table.table, Item: { pk: recordedPartition, sk: randomUUID() } } } }];
      };
      return { administrator, alongside, changes };
    },
    recorded: async () => (await readPartition(table, recordedPartition)).length,
    async reset() {
      const items = await Promise.all([administrationKey.pk, recordedPartition].map((pk) => readPartition(table, pk)));
      await writeAll(table, { delete: items.flat().map(({ pk, sk }) => ({ pk, sk }) as Key) });
      test.time = new Date("2026-11-22T10:00:00.000Z");
    },
    stop: async () => {
      await Promise.all([database.stop(), kms.stop()]);
    },
  };
  return test;
}

/** The secret of a key that `addKey` has stored. */
export function secretOf(accessKeyId: string): string {
  return accessKeyId.toLowerCase();
}
