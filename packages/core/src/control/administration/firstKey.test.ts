import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createEventOutbox } from "../../observability/eventOutbox.ts";
import { createTestBus } from "../../observability/testing.ts";
import { outboxRepository } from "../../storage/outboxRepository.ts";
import { createFirstAccessKey } from "./firstKey.ts";
import { openSecret } from "./newKey.ts";
import { startTestAdministration, type TestAdministration } from "./testing.ts";

const bus = createTestBus();
const asker = { functionArn: "arn:aws:lambda:us-east-1:123456789012:function:firstKey", requestId: "request" };
let plane: TestAdministration;
beforeAll(async () => {
  plane = await startTestAdministration();
});
afterAll(() => plane.stop());
beforeEach(async () => {
  bus.fail(false);
  bus.events.length = 0;
  await plane.reset();
});

function create() {
  const outbox = outboxRepository({ client: plane.table.client, table: plane.table.table });
  const dependencies = { ...plane, now: () => plane.time };
  return createFirstAccessKey(
    { ...dependencies, outbox: createEventOutbox({ eventBridge: bus.client, bus: "test", outbox }) },
    asker,
  );
}
const inHours = (hours: number) => new Date(plane.time.getTime() + hours * 3_600_000);

test("a new deployment gets a key that can administer, for a day", async () => {
  const key = await create();
  expect(key).toMatchObject({ roles: ["admin"], createdAt: plane.time, expiresAt: inHours(24) });
  const record = await plane.administration.accessKey(key.accessKeyId);
  expect(await openSecret(plane.keyring, key.accessKeyId, record?.sealedSecret ?? "")).toBe(key.secretAccessKey);
  const scope = plane.scopeOf({ type: "Gatehouse::AccessKey", id: key.accessKeyId, roles: key.roles });
  await expect(plane.handlers.CreateAccessKey({ name: "mine", roles: ["admin"] }, scope)).resolves.toBeDefined();
});

test("T18 the change is recorded, by the function and without a secret", async () => {
  const key = await create();
  const told = JSON.stringify(bus.events);
  expect(bus.events).toMatchObject([
    {
      type: "ConfigurationChanged",
      detail: {
        operation: "CreateAccessKey",
        administrator: { type: "AWS::Lambda", id: asker.functionArn },
        resource: `arn:aws:gatehouse:us-east-1:123456789012:access-key/${key.accessKeyId}`,
        after: { accessKeyId: key.accessKeyId, roles: ["admin"] },
      },
    },
  ]);
  expect(told).not.toContain(key.secretAccessKey);
  expect(told).not.toContain("sealedSecret");
});

test("where a key can administer, there is no other first key", async () => {
  const { accessKeyId } = await create();
  await expect(create()).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining(accessKeyId) });
});

test("of two who ask at once, one is refused", async () => {
  const results = await Promise.allSettled([create(), create()]);
  expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  expect((await plane.administration.load()).keys).toHaveLength(1);
});

test.each([
  ["can administer nothing", { roles: ["analyst"] }],
  ["has expired", { expiresAt: "2020-01-01T00:00:00.000Z" }],
  ["works on a machine only", { loopbackOnly: true }],
])("a key that %s is in nobody's way", async (_, record) => {
  await plane.addKey({ accessKeyId: "GHAKOTHER", ...record });
  await expect(create()).resolves.toBeDefined();
});

test("when the first key has expired, there is another one", async () => {
  await create();
  plane.time = inHours(24);
  await expect(create()).resolves.toBeDefined();
});

test("policies that give admin nothing are said to do so, and no key is made", async () => {
  const admin = await plane.addKey({ accessKeyId: "GHAKADMIN", roles: ["owner"], expiresAt: inHours(1).toISOString() });
  const seen = await plane.administration.load();
  const policies = 'permit(principal in Gatehouse::Role::"owner", action, resource);';
  await plane.administration.putPolicies(seen, { policies, updatedAt: plane.time.toISOString() }, []);
  expect(admin.roles).toEqual(["owner"]);
  plane.time = inHours(2);
  await expect(create()).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("policies") });
  expect((await plane.administration.load()).keys).toHaveLength(1);
});

test("while the bus is away, the key is made and its record waits in the outbox", async () => {
  bus.fail(true);
  await create();
  const outbox = outboxRepository({ client: plane.table.client, table: plane.table.table });
  expect(await outbox.oldest(10)).toHaveLength(1);
});
