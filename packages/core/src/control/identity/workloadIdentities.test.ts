import {
  ConflictException,
  CreateGatewayCommand,
  CreateWorkloadIdentityCommand,
  DeleteWorkloadIdentityCommand,
  GetWorkloadIdentityCommand,
  paginateListWorkloadIdentities,
  ResourceNotFoundException,
  UpdateWorkloadIdentityCommand,
  ValidationException,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { identityRepository } from "../../storage/identityRepository.ts";
import { gatewaySettings, unusedName } from "../fixtures.ts";
import { startTestControlPlane, type TestControlPlane } from "../testing.ts";

let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane();
});
afterAll(() => plane.stop());

const create = (name: string, allowedResourceOauth2ReturnUrls?: string[]) =>
  plane.client.send(new CreateWorkloadIdentityCommand({ name, allowedResourceOauth2ReturnUrls }));
const get = (name: string) => plane.client.send(new GetWorkloadIdentityCommand({ name }));
const update = (name: string, allowedResourceOauth2ReturnUrls?: string[]) =>
  plane.client.send(new UpdateWorkloadIdentityCommand({ name, allowedResourceOauth2ReturnUrls }));
const remove = (name: string) => plane.client.send(new DeleteWorkloadIdentityCommand({ name }));
const stored = (name: string) =>
  identityRepository({ client: plane.database.client, table: plane.database.tables.config }).workloadIdentity(name);

test("an agent is created, read, changed and deleted, and each change leaves an event", async () => {
  const name = unusedName("agent");
  const urls = ["https://app.example/done"];
  const created = await create(name, urls);
  const workloadIdentityArn = `arn:aws:bedrock-agentcore:us-east-1:123456789012:workload-identity-directory/default/workload-identity/${name}`;
  expect(created).toMatchObject({ name, workloadIdentityArn, allowedResourceOauth2ReturnUrls: urls });
  const before = await get(name);
  expect(before).toMatchObject({ name, workloadIdentityArn, allowedResourceOauth2ReturnUrls: urls });
  expect(before.createdTime).toBeInstanceOf(Date);

  const changed = await update(name, ["com.example.app:/done"]);
  expect(changed.allowedResourceOauth2ReturnUrls).toEqual(["com.example.app:/done"]);
  expect(changed.lastUpdatedTime?.getTime()).toBeGreaterThan(before.lastUpdatedTime?.getTime() ?? Infinity);
  expect((await update(name)).allowedResourceOauth2ReturnUrls).toEqual([]);

  await remove(name);
  for (const ask of [get, update, remove]) await expect(ask(name)).rejects.toThrow(ResourceNotFoundException);
  const changes = plane.changesOf(workloadIdentityArn);
  expect(changes.map(({ operation }) => operation)).toEqual([
    "CreateWorkloadIdentity",
    "UpdateWorkloadIdentity",
    "UpdateWorkloadIdentity",
    "DeleteWorkloadIdentity",
  ]);
  expect(changes[1]).toMatchObject({
    before: { allowedResourceOauth2ReturnUrls: urls },
    after: { allowedResourceOauth2ReturnUrls: ["com.example.app:/done"] },
  });
});

test("all are listed, page by page", async () => {
  const names = Array.from({ length: 5 }, () => unusedName("listed"));
  for (const name of names) await create(name);
  const listed: (string | undefined)[] = [];
  for await (const { workloadIdentities = [] } of paginateListWorkloadIdentities(
    { client: plane.client, pageSize: 2 },
    {},
  )) {
    expect(workloadIdentities.length).toBeLessThanOrEqual(2);
    listed.push(...workloadIdentities.map(({ name }) => name));
  }
  expect(listed).toEqual(expect.arrayContaining(names));
});

test("a name is taken once", async () => {
  const name = unusedName("agent");
  await create(name);
  await expect(create(name)).rejects.toThrow(ConflictException);
});

test("T05 an agent can't be named like a gateway, whose users have consented to something else", async () => {
  const { gatewayId = "" } = await plane.client.send(new CreateGatewayCommand(gatewaySettings()));
  await expect(create(gatewayId)).rejects.toThrow(/is the id of a gateway/);
});

test("T05 tokens of an agent are not those of the next one of its name", async () => {
  const name = unusedName("agent");
  await create(name);
  const first = await stored(name);
  await remove(name);
  await create(name);
  const second = await stored(name);
  expect(Date.parse(second?.tokensNotBefore ?? "")).toBeGreaterThanOrEqual(Date.parse(first?.createdAt ?? ""));
  expect(second?.tokensNotBefore).toBe(second?.createdAt);
});

test("a change by another operation is not lost: what revokes tokens stays", async () => {
  const name = unusedName("agent");
  await create(name);
  const before = await stored(name);
  await update(name, ["https://app.example/"]);
  expect((await stored(name))?.tokensNotBefore).toBe(before?.tokensNotBefore);
});

describe("T20 where browsers may be sent after a consent", () => {
  test.each([
    "https://app.example/done?tab=1",
    "http://localhost:8080/callback",
    "http://127.0.0.1/callback",
    "com.example.app:/oauth",
  ])("%s is taken", async (url) => {
    expect((await create(unusedName("agent"), [url])).allowedResourceOauth2ReturnUrls).toEqual([url]);
  });

  test.each([
    "javascript:alert(1)",
    "javascript://app.example/%0aalert(1)",
    "data:text/html,hello",
    "file:///etc/passwd",
    "vbscript:x",
    "http://app.example/done",
    "http://localhost.attacker.example/",
    "https://user:password@app.example/",
    "https://app.example/done#fragment",
    "myapp:/done",
    "https://",
  ])("%s is refused by its place in the list", async (url) => {
    await expect(create(unusedName("agent"), ["https://app.example/", url])).rejects.toThrow(
      /allowedResourceOauth2ReturnUrls\[1\]/,
    );
    await expect(create(unusedName("agent"), [url])).rejects.toThrow(ValidationException);
  });
});
