import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ensureDefaultKey } from "./defaultKey.ts";
import { openSecret } from "./newKey.ts";
import { startTestAdministration, type TestAdministration } from "./testing.ts";

let plane: TestAdministration;
beforeAll(async () => {
  plane = await startTestAdministration();
});
afterAll(() => plane.stop());
beforeEach(() => plane.reset());

const key = { accessKeyId: "GHAKLAPTOPLAPTOPLAPT", secretAccessKey: "a secret that only this machine has" };
const ensure = (secretAccessKey = key.secretAccessKey) => ensureDefaultKey(plane, { ...key, secretAccessKey });
const secret = async () => {
  const record = await plane.administration.accessKey(key.accessKeyId);
  return openSecret(plane.keyring, key.accessKeyId, record?.sealedSecret ?? "");
};

test("makes an admin key for this machine only", async () => {
  await ensure();
  expect(await plane.administration.accessKey(key.accessKeyId)).toMatchObject({ roles: ["admin"], loopbackOnly: true });
  expect(await secret()).toBe(key.secretAccessKey);
});

test("does nothing the second time", async () => {
  await ensure();
  const before = await plane.administration.load();
  await ensure();
  expect(await plane.administration.load()).toEqual(before);
});

test.each([
  ["with other roles", { roles: ["analyst"] }],
  ["that works from anywhere", { loopbackOnly: false }],
  ["that ends", { loopbackOnly: true, expiresAt: "2030-01-01T00:00:00.000Z" }],
  ["whose secret is of another keyring", { loopbackOnly: true, sealedSecret: "AAAA" }],
])("replaces a key %s", async (_, record) => {
  await plane.addKey({ accessKeyId: key.accessKeyId, ...record });
  await ensure();
  const stored = await plane.administration.accessKey(key.accessKeyId);
  expect(stored).toMatchObject({ roles: ["admin"], loopbackOnly: true });
  expect(stored).not.toHaveProperty("expiresAt");
  expect(await secret()).toBe(key.secretAccessKey);
});

test("takes another secret", async () => {
  await ensure();
  await ensure("another one");
  expect(await secret()).toBe("another one");
});

test("of several starts at once, all find the key as it should be", async () => {
  await Promise.all([ensure(), ensure(), ensure()]);
  expect((await plane.administration.load()).keys).toHaveLength(1);
  expect(await secret()).toBe(key.secretAccessKey);
});
