import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { AdministratorWithClaims } from "./authorize.ts";
import { openSecret } from "./newKey.ts";
import { startTestAdministration, type TestAdministration } from "./testing.ts";

let plane: TestAdministration;
let admin: AdministratorWithClaims;
beforeAll(async () => {
  plane = await startTestAdministration();
});
afterAll(() => plane.stop());
beforeEach(async () => {
  await plane.reset();
  admin = await plane.addKey({ accessKeyId: "GHAKADMIN" });
});

const create = (input: { name?: string; roles?: string[]; expiresAt?: Date } = {}, scope = plane.scopeOf(admin)) =>
  plane.handlers.CreateAccessKey({ name: "ci", roles: ["analyst"], ...input }, scope);
const list = async () => (await plane.handlers.ListAccessKeys({}, plane.scopeOf(admin))).accessKeys;
const inDays = (days: number) => new Date(plane.time.getTime() + days * 86_400_000);

describe("a new key", () => {
  test("has an id and a secret of AWS's length, of which only the id is shown again", async () => {
    const key = await create();
    expect(key.accessKeyId).toMatch(/^GHAK[A-Z2-7]{16}$/);
    expect(key.secretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/);
    expect(key).toMatchObject({ name: "ci", roles: ["analyst"], createdAt: plane.time });
    const listed = (await list()).find(({ accessKeyId }) => accessKeyId === key.accessKeyId);
    expect(listed).toEqual({
      accessKeyId: key.accessKeyId,
      name: "ci",
      roles: ["analyst"],
      status: "ACTIVE",
      createdAt: plane.time,
      createdBy: 'Gatehouse::AccessKey::"GHAKADMIN"',
    });
  });

  test("keeps its secret sealed, for its own id", async () => {
    const { accessKeyId, secretAccessKey } = await create();
    const record = await plane.administration.accessKey(accessKeyId);
    expect(JSON.stringify(record)).not.toContain(secretAccessKey);
    const sealed = record?.sealedSecret ?? "";
    expect(await openSecret(plane.keyring, accessKeyId, sealed)).toBe(secretAccessKey);
    await expect(openSecret(plane.keyring, "GHAKADMIN", sealed)).rejects.toThrow("does not open");
  });

  test("T18 is told without its secret, in the same transaction", async () => {
    const scope = plane.scopeOf(admin);
    const { accessKeyId, secretAccessKey } = await create({}, scope);
    const record = await plane.administration.accessKey(accessKeyId);
    const told = JSON.stringify(scope.changes);
    expect(told).toContain(accessKeyId);
    expect(told).not.toContain(secretAccessKey);
    expect(told).not.toContain(record?.sealedSecret);
    expect(scope.changes).toMatchObject([
      {
        resource: `arn:aws:gatehouse:us-east-1:123456789012:access-key/${accessKeyId}`,
        after: { name: "ci" },
        answer: {},
      },
    ]);
    expect(await plane.recorded()).toBe(1);
  });

  test("may have roles that no policy names, each once", async () => {
    expect((await create({ roles: ["night-shift", "analyst", "night-shift"] })).roles).toEqual([
      "night-shift",
      "analyst",
    ]);
  });

  test("ends when it is said to, which must be in the future", async () => {
    const { accessKeyId } = await create({ expiresAt: inDays(1) });
    const status = async () => (await list()).find((key) => key.accessKeyId === accessKeyId)?.status;
    expect(await status()).toBe("ACTIVE");
    plane.time = inDays(1);
    expect(await status()).toBe("EXPIRED");
    await expect(create({ expiresAt: plane.time })).rejects.toThrow("expiresAt must be in the future");
  });

  test("is refused beyond a hundred, and so is a rotation", async () => {
    for (let index = 1; index < 100; index++) await plane.addKey({ accessKeyId: `GHAK${index}`, roles: [] });
    await expect(create()).rejects.toMatchObject({ code: "quotaExceeded", message: expect.stringContaining("delete") });
    const rotate = plane.handlers.RotateAccessKey({ accessKeyId: "GHAK1" }, plane.scopeOf(admin));
    await expect(rotate).rejects.toMatchObject({ code: "quotaExceeded" });
    expect(await plane.recorded()).toBe(0);
  });

  test.each(["analyst", "policy-author"])("can't be made by a %s", async (role) => {
    const other = await plane.addKey({ accessKeyId: "GHAKOTHER", roles: [role] });
    await expect(create({}, plane.scopeOf(other))).rejects.toMatchObject({ code: "accessDenied" });
    expect(await plane.recorded()).toBe(0);
  });
});

test("keys are listed by pages, each once", async () => {
  for (let index = 0; index < 7; index++) await plane.addKey({ accessKeyId: `GHAK${index}`, roles: [] });
  const seen: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await plane.handlers.ListAccessKeys({ maxResults: 3, nextToken }, plane.scopeOf(admin));
    expect(page.accessKeys.length).toBeLessThanOrEqual(3);
    seen.push(...page.accessKeys.map(({ accessKeyId }) => accessKeyId));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  expect(seen).toEqual([...Array.from({ length: 7 }, (_, index) => `GHAK${index}`), "GHAKADMIN"]);
});

describe("a rotated key", () => {
  const rotate = (accessKeyId: string, graceSeconds?: number, scope = plane.scopeOf(admin)) =>
    plane.handlers.RotateAccessKey({ accessKeyId, graceSeconds }, scope);

  test("has a successor of the same name and roles, and stays good for an hour", async () => {
    const old = await create();
    const next = await rotate(old.accessKeyId);
    expect(next).toMatchObject({ name: "ci", roles: ["analyst"] });
    expect(next.accessKeyId).not.toBe(old.accessKeyId);
    expect(next.secretAccessKey).not.toBe(old.secretAccessKey);
    const listed = (await list()).find(({ accessKeyId }) => accessKeyId === old.accessKeyId);
    expect(listed).toMatchObject({
      status: "ACTIVE",
      expiresAt: new Date(plane.time.getTime() + 3_600_000),
      lastRotatedAt: plane.time,
      replacedBy: next.accessKeyId,
    });
  });

  test("ends at once without a grace, and is rotated only once", async () => {
    const old = await create();
    const next = await rotate(old.accessKeyId, 0);
    expect((await list()).find(({ accessKeyId }) => accessKeyId === old.accessKeyId)?.status).toBe("EXPIRED");
    await expect(rotate(old.accessKeyId)).rejects.toThrow(`rotate ${next.accessKeyId} instead`);
  });

  test("that has expired is not brought back", async () => {
    const old = await create({ expiresAt: inDays(1) });
    plane.time = inDays(2);
    await expect(rotate(old.accessKeyId)).rejects.toThrow("has expired: create a new one");
  });

  test("hands on its term, and never gets a longer one by its grace", async () => {
    const expiresAt = inDays(1);
    const old = await create({ expiresAt });
    expect((await rotate(old.accessKeyId, 604_800)).expiresAt).toEqual(expiresAt);
    expect((await list()).map((key) => key.expiresAt)).toEqual(
      expect.arrayContaining([expiresAt, expiresAt, undefined]),
    );
  });

  test("is told with what it became, without a secret", async () => {
    const old = await create();
    const scope = plane.scopeOf(admin);
    const next = await rotate(old.accessKeyId, 60, scope);
    expect(scope.changes).toMatchObject([{ before: { status: "ACTIVE" }, after: { replacedBy: next.accessKeyId } }]);
    expect(JSON.stringify(scope.changes)).not.toContain("sealedSecret");
    expect(JSON.stringify(scope.changes)).not.toContain(next.secretAccessKey);
  });

  test("ends the old key after the grace period, however late it would have ended", async () => {
    await plane.addKey({ accessKeyId: "GHAKLATE", expiresAt: "+012026-01-01T00:00:00.000Z" });
    await rotate("GHAKLATE", 60);
    const { expiresAt } = (await plane.administration.accessKey("GHAKLATE")) ?? {};
    expect(expiresAt).toBe(new Date(plane.time.getTime() + 60_000).toISOString());
  });

  test("of the only key that can put things right leaves it time: an answer can be lost, and with it the new secret", async () => {
    await expect(rotate("GHAKADMIN", 0)).rejects.toMatchObject({ code: "conflict" });
    await expect(rotate("GHAKADMIN", 59)).rejects.toThrow("graceSeconds");
    await rotate("GHAKADMIN", 60);
    expect((await plane.administration.accessKey("GHAKADMIN"))?.expiresAt).toBeDefined();
  });

  test("can be the caller's own, which its successor replaces", async () => {
    await plane.addKey({ accessKeyId: "GHAKOTHER" });
    const next = await rotate("GHAKADMIN", 0);
    expect((await plane.administration.accessKey(next.accessKeyId))?.roles).toEqual(["admin"]);
    await expect(rotate("GHAKADMIN")).rejects.toMatchObject({ code: "accessDenied" });
  });
});

test("a deleted key is gone, and told as it was", async () => {
  const { accessKeyId } = await create();
  const scope = plane.scopeOf(admin);
  expect(await plane.handlers.DeleteAccessKey({ accessKeyId }, scope)).toEqual({ accessKeyId });
  expect(await plane.administration.accessKey(accessKeyId)).toBeUndefined();
  expect(scope.changes).toMatchObject([{ before: { accessKeyId, name: "ci" }, answer: { accessKeyId } }]);
  expect(scope.changes[0]).not.toHaveProperty("after");
  await expect(plane.handlers.DeleteAccessKey({ accessKeyId }, scope)).rejects.toMatchObject({ code: "notFound" });
});

test("changes at the same moment all come about, each once", async () => {
  await Promise.all(Array.from({ length: 8 }, (_, index) => create({ name: `key ${index}` })));
  const names = (await list()).map(({ name }) => name).filter((name) => name.startsWith("key"));
  expect(names.sort()).toEqual(Array.from({ length: 8 }, (_, index) => `key ${index}`));
  expect(await plane.recorded()).toBe(8);
});
