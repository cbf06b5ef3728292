import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type AccessKeyRecord,
  type AdministrationRepository,
  administrationRepository,
} from "./administrationRepository.ts";
import { type ConfigTable, read, readPartition, type Step, writeAll } from "./configRepository.table.ts";
import { accessKeyKey, administrationKey, type Key } from "./keys.ts";
import { startTestDatabase, type TestDatabase } from "./testing.ts";

let database: TestDatabase;
let table: ConfigTable;
let repository: AdministrationRepository;
beforeAll(async () => {
  database = await startTestDatabase();
  table = { client: database.client, table: database.tables.config };
  repository = administrationRepository(table);
});
afterAll(() => database.stop());

const beside: Key = { pk: "BESIDE", sk: "BESIDE" };
beforeEach(async () => {
  const items = await readPartition(table, administrationKey.pk);
  await writeAll(table, { delete: [...items.map(({ pk, sk }) => ({ pk, sk }) as Key), beside] });
});

const key = (accessKeyId: string, changes: Partial<AccessKeyRecord> = {}): AccessKeyRecord => ({
  accessKeyId,
  name: "test",
  roles: ["admin"],
  sealedSecret: "sealed",
  createdAt: "2026-11-22T10:00:00.000Z",
  createdBy: "test",
  ...changes,
});
const alongside = (): Step[] => [{ write: { Put: { TableName: table.table, Item: beside } } }];
const updatedAt = "2026-11-22T11:00:00.000Z";

test("an administration that nobody has touched is at version 0, with no keys and no policies of its own", async () => {
  expect(await repository.load()).toEqual({ version: 0, keys: [] });
  expect(await repository.policies()).toEqual({ version: 0 });
  expect(await repository.accessKey("GHAK1")).toBeUndefined();
});

describe("a change", () => {
  test("grows the version by one, and takes what belongs to it along", async () => {
    await repository.createKey(await repository.load(), key("GHAK1"), alongside());
    expect(await repository.load()).toEqual({ version: 1, keys: [key("GHAK1")] });
    expect(await repository.accessKey("GHAK1")).toEqual(key("GHAK1"));
    expect(await read(table, beside)).toBeDefined();

    const rotated = key("GHAK1", { expiresAt: updatedAt, replacedBy: "GHAK2" });
    await repository.rotateKey(await repository.load(), { rotated, successor: key("GHAK2") }, []);
    expect(await repository.load()).toEqual({ version: 2, keys: [rotated, key("GHAK2")] });

    await repository.deleteKey(await repository.load(), "GHAK1", []);
    expect(await repository.load()).toEqual({ version: 3, keys: [key("GHAK2")] });

    await repository.putPolicies(await repository.load(), { policies: "// own", updatedAt }, []);
    expect(await repository.load()).toEqual({ version: 4, policies: "// own", updatedAt, keys: [key("GHAK2")] });

    await repository.putPolicies(await repository.load(), { updatedAt }, []);
    expect(await repository.policies()).toEqual({ version: 5, updatedAt });
  });

  test.each<[string, (seen: Awaited<ReturnType<AdministrationRepository["load"]>>) => Promise<void>]>([
    ["createKey", (seen) => repository.createKey(seen, key("GHAK2"), alongside())],
    [
      "rotateKey",
      (seen) => repository.rotateKey(seen, { rotated: key("GHAK1"), successor: key("GHAK2") }, alongside()),
    ],
    ["deleteKey", (seen) => repository.deleteKey(seen, "GHAK1", alongside())],
    ["putPolicies", (seen) => repository.putPolicies(seen, { policies: "// own", updatedAt }, alongside())],
    ["putHostKey", (seen) => repository.putHostKey(seen, key("GHAK2"))],
  ])("%s happens only to what it has seen, or not at all", async (_, change) => {
    const first = await repository.load();
    await repository.createKey(first, key("GHAK1"), []);
    const before = await repository.load();
    await expect(change(first)).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("repeat") });
    expect(await repository.load()).toEqual(before);
    expect(await read(table, beside)).toBeUndefined();
  });

  test("doesn't replace a key of the same id", async () => {
    await repository.createKey(await repository.load(), key("GHAK1"), []);
    const again = repository.createKey(await repository.load(), key("GHAK1", { roles: [] }), []);
    await expect(again).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("taken") });
    await repository.putHostKey(await repository.load(), key("GHAK1", { roles: [] }));
    expect((await repository.accessKey("GHAK1"))?.roles).toEqual([]);
  });
});

test("policies of 100 KB fit", async () => {
  const policies = "é".repeat(51_200);
  await repository.putPolicies(await repository.load(), { policies, updatedAt }, []);
  expect((await repository.policies()).policies).toBe(policies);
});

test("a key that ends is forgotten a month later, and one that stays is not", async () => {
  await repository.putHostKey(await repository.load(), key("GHAK1", { expiresAt: "2026-12-01T00:00:00.000Z" }));
  await repository.putHostKey(await repository.load(), key("GHAK2"));
  expect((await read(table, accessKeyKey("GHAK1")))?.expiresAt).toBe(Date.parse("2026-12-31T00:00:00.000Z") / 1_000);
  expect(await read(table, accessKeyKey("GHAK2"))).not.toHaveProperty("expiresAt");
});

test("an administration whose item was deleted begins anew with the shipped policies, and keeps its keys", async () => {
  await repository.createKey(await repository.load(), key("GHAK1"), []);
  await repository.putPolicies(await repository.load(), { policies: "// own", updatedAt }, []);
  await writeAll(table, { delete: [administrationKey] });
  expect(await repository.load()).toEqual({ version: 0, keys: [key("GHAK1")] });
  await repository.createKey(await repository.load(), key("GHAK2"), []);
  expect((await repository.load()).version).toBe(1);
});
