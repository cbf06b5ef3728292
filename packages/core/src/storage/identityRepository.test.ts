import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ChangedMeanwhile } from "./configRepository.table.ts";
import type { WorkloadIdentityRecord } from "./identityRecords.ts";
import { type IdentityRepository, identityRepository } from "./identityRepository.ts";
import { startTestDatabase, type TestDatabase } from "./testing.ts";

let database: TestDatabase;
let repository: IdentityRepository;

beforeAll(async () => {
  database = await startTestDatabase();
  repository = identityRepository({ client: database.client, table: database.tables.config });
});
afterAll(() => database.stop());

function agent(name: string, changes: Partial<WorkloadIdentityRecord> = {}): WorkloadIdentityRecord {
  return {
    name,
    workloadIdentityArn: `arn:aws:bedrock-agentcore:us-east-1:123456789012:workload-identity-directory/default/workload-identity/${name}`,
    allowedResourceOauth2ReturnUrls: [],
    createdAt: "2026-01-01T00:00:00.000Z",
    updatedAt: "2026-01-01T00:00:00.000Z",
    ...changes,
  };
}

describe("records by name", () => {
  test("are read back as they were written, and are gone when deleted", async () => {
    const record = agent("reader", { tags: { team: "claims" } });
    await repository.workloadIdentities.create(record);
    expect(await repository.workloadIdentity("reader")).toEqual(record);
    await repository.workloadIdentities.delete(record);
    expect(await repository.workloadIdentity("reader")).toBeUndefined();
    await expect(repository.workloadIdentities.existing("reader")).rejects.toMatchObject({ code: "notFound" });
  });

  test("a name is taken once in its kind, and free in the others", async () => {
    await repository.workloadIdentities.create(agent("shared"));
    await expect(repository.workloadIdentities.create(agent("shared"))).rejects.toMatchObject({ code: "conflict" });
    expect(await repository.apiKeyProvider("shared")).toBeUndefined();
  });

  test("of two changes of one state, the second is refused", async () => {
    const first = agent("contended");
    await repository.workloadIdentities.create(first);
    const second = { ...first, updatedAt: "2026-01-02T00:00:00.000Z" };
    await repository.workloadIdentities.update(first, second);
    await expect(
      repository.workloadIdentities.update(first, { ...first, updatedAt: "2026-01-03T00:00:00.000Z" }),
    ).rejects.toBeInstanceOf(ChangedMeanwhile);
    await expect(repository.workloadIdentities.delete(first)).rejects.toBeInstanceOf(ChangedMeanwhile);
    expect(await repository.workloadIdentity("contended")).toEqual(second);
  });

  test("nothing is brought back by a change of what was deleted meanwhile", async () => {
    const record = agent("gone");
    await repository.workloadIdentities.create(record);
    await repository.workloadIdentities.delete(record);
    const next = { ...record, updatedAt: "2026-01-02T00:00:00.000Z" };
    await expect(repository.workloadIdentities.update(record, next)).rejects.toBeInstanceOf(ChangedMeanwhile);
    expect(await repository.workloadIdentity("gone")).toBeUndefined();
  });

  test("are listed by name, page by page", async () => {
    for (const name of ["page-c", "page-a", "page-b"]) await repository.workloadIdentities.create(agent(name));
    const names: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await repository.workloadIdentities.list({ maxResults: 2, nextToken });
      names.push(...page.items.map(({ name }) => name));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(names.filter((name) => name.startsWith("page-"))).toEqual(["page-a", "page-b", "page-c"]);
  });
});
