import {
  CreateApiKeyCredentialProviderCommand,
  GetTokenVaultCommand,
  ResourceNotFoundException,
  SetTokenVaultCMKCommand,
  UpdateApiKeyCredentialProviderCommand,
  ValidationException,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keyIdOf } from "../../identity/vault/sealed.ts";
import { identityRepository } from "../../storage/identityRepository.ts";
import { unusedName } from "../fixtures.ts";
import { askOwn } from "../own/testing.ts";
import { startTestControlPlane, type TestControlPlane } from "../testing.ts";

let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane();
});
afterAll(() => plane.stop());

const kmsKeyArn = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000";

test("there is one vault, under the key of the deployment", async () => {
  const vault = await plane.client.send(new GetTokenVaultCommand({}));
  expect(vault).toMatchObject({ tokenVaultId: "default", kmsConfiguration: { keyType: "ServiceManagedKey" } });
  expect(vault.lastModifiedDate?.getTime()).toBeGreaterThan(Date.parse("2026-01-01"));
  const other = plane.client.send(new GetTokenVaultCommand({ tokenVaultId: "other" }));
  await expect(other).rejects.toThrow(ResourceNotFoundException);
});

test("the key that the vault has may be set again, and no other", async () => {
  const set = (kmsConfiguration: SetTokenVaultCMKCommand["input"]["kmsConfiguration"]) =>
    plane.client.send(new SetTokenVaultCMKCommand({ kmsConfiguration }));
  expect(await set({ keyType: "ServiceManagedKey" })).toMatchObject({ tokenVaultId: "default" });
  await expect(set({ keyType: "CustomerManagedKey", kmsKeyArn })).rejects.toThrow(/chosen when Gatehouse is deployed/);
  await expect(set({ keyType: "ServiceManagedKey", kmsKeyArn })).rejects.toThrow(ValidationException);
});

test("a rotated data key seals what comes, and what was sealed before still opens", async () => {
  const records = identityRepository({ client: plane.database.client, table: plane.database.tables.config });
  const name = unusedName("rotated");
  const { credentialProviderArn = "" } = await plane.client.send(
    new CreateApiKeyCredentialProviderCommand({ name, apiKey: "before" }),
  );
  const sealed = async () => (await records.apiKeyProviders.existing(name)).sealedApiKey;
  const context = { is: "api-key", provider: credentialProviderArn };
  const before = await sealed();
  const rotated = await askOwn(plane, "POST", "/identities/RotateDataKey", {});
  expect(rotated).toMatchObject({ status: 200, body: { dataKeyId: "0002" } });
  expect(await plane.keyring.open(before, context)).toBe("before");

  await plane.client.send(new UpdateApiKeyCredentialProviderCommand({ name, apiKey: "after" }));
  expect([keyIdOf(before), keyIdOf(await sealed())]).toEqual(["0001", "0002"]);
  expect(await plane.keyring.open(await sealed(), context)).toBe("after");
  const [change] = plane.changesOf("arn:aws:bedrock-agentcore:us-east-1:123456789012:token-vault/default");
  expect(change).toMatchObject({
    operation: "RotateDataKey",
    before: { dataKeyId: "0001" },
    after: { dataKeyId: "0002" },
  });
});

test("those who rotate at the same moment each get a key of their own", async () => {
  const answers = await Promise.all([1, 2, 3, 4].map(() => askOwn(plane, "POST", "/identities/RotateDataKey", {})));
  expect(new Set(answers.map(({ body }) => body.dataKeyId)).size).toBe(4);
});
