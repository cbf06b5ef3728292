import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createDeploymentKey } from "../../identity/outbound/deploymentKey.ts";
import { signingKeyRepository } from "../../storage/signingKeyRepository.ts";
import { vaultRepository } from "../../storage/vaultRepository.ts";
import { askOwn } from "../own/testing.ts";
import { startTestControlPlane, type TestControlPlane } from "../testing.ts";

let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane();
});
afterAll(() => plane.stop());

const rotate = () => askOwn(plane, "POST", "/identities/RotateSigningKey", {});
const keys = () => signingKeyRepository({ client: plane.database.client, table: plane.database.tables.config });
const changes = () => plane.changesOf("arn:aws:bedrock-agentcore:us-east-1:123456789012:token-vault/default");

test("of those who rotate at the same moment one makes the next key, and one event tells of it", async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, rotate));
  const made = answers.filter(({ status }) => status === 200);
  expect(made).toHaveLength(1);
  const { keyId, createdAt, signsFrom } = made[0]?.body ?? {};
  expect(Date.parse(String(signsFrom)) - Date.parse(String(createdAt))).toBe(900_000);
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(7);
  expect((await keys().rotated()).map(({ kid, number }) => [kid, number])).toEqual([[keyId, 1]]);
  expect(changes()).toMatchObject([{ operation: "RotateSigningKey", after: { signingKeyId: keyId } }]);
  expect(changes()[0]).not.toHaveProperty("before");
  const said = {
    status: 409,
    body: { message: `The key ${keyId} is on its way, and signs from ${signsFrom} on: rotate again after that.` },
  };
  expect(await rotate()).toMatchObject(said);
});

test("once the next key signs there can be another, and keys that nobody verifies with are deleted", async () => {
  const { client, tables } = plane.database;
  const deployment = createDeploymentKey({
    keyring: plane.keyring,
    vault: vaultRepository({ client, table: tables.vault }),
    signingKeys: keys(),
    now: () => new Date(),
  });
  const [earlier] = await keys().rotated();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.parse(earlier?.signsFrom ?? "") });
  try {
    expect((await deployment.signer()).kid).toBe(earlier?.kid);
    const { body } = await rotate();
    expect((await keys().rotated()).map(({ kid }) => kid)).toEqual([earlier?.kid, body.keyId]);
    expect(changes().at(-1)).toMatchObject({
      before: { signingKeyId: earlier?.kid },
      after: { signingKeyId: body.keyId },
    });

    vi.setSystemTime(Date.parse(String(body.signsFrom)) + 24 * 3_600_000);
    const { body: last } = await rotate();
    expect((await keys().rotated()).map(({ kid, number }) => [kid, number])).toEqual([
      [body.keyId, 2],
      [last.keyId, 3],
    ]);
    expect((await deployment.jwks()).keys.map(({ kid }) => kid)).toEqual([body.keyId, last.keyId]);
  } finally {
    vi.useRealTimers();
  }
});

test("T18 no event and no answer has a key in it", async () => {
  const told = JSON.stringify([plane.events, await rotate()]);
  for (const { sealed } of await keys().rotated()) expect(told).not.toContain(sealed);
  expect(told).not.toContain('"d"');
});
