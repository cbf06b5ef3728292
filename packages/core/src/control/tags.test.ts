import {
  CreateApiKeyCredentialProviderCommand,
  CreateGatewayCommand,
  CreateOauth2CredentialProviderCommand,
  CreatePolicyEngineCommand,
  CreateWorkloadIdentityCommand,
  ListTagsForResourceCommand,
  ResourceNotFoundException,
  ServiceQuotaExceededException,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateGatewayCommand,
  ValidationException,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gatewaySettings, unusedName } from "./fixtures.ts";
import { startTestControlPlane, type TestControlPlane } from "./testing.ts";

let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane();
});
afterAll(() => plane.stop());

const tagsOf = async (resourceArn: string | undefined) =>
  (await plane.client.send(new ListTagsForResourceCommand({ resourceArn }))).tags;

describe.each([
  {
    kind: "gateway",
    create: async (tags?: Record<string, string>) =>
      (await plane.client.send(new CreateGatewayCommand({ ...gatewaySettings(), tags }))).gatewayArn,
  },
  {
    kind: "policy engine",
    create: async (tags?: Record<string, string>) =>
      (await plane.client.send(new CreatePolicyEngineCommand({ name: unusedName("engine"), tags }))).policyEngineArn,
  },
  {
    kind: "workload identity",
    create: async (tags?: Record<string, string>) =>
      (await plane.client.send(new CreateWorkloadIdentityCommand({ name: unusedName("agent"), tags })))
        .workloadIdentityArn,
  },
  {
    kind: "API key credential provider",
    create: async (tags?: Record<string, string>) => {
      const command = new CreateApiKeyCredentialProviderCommand({ name: unusedName("crm"), apiKey: "k", tags });
      return (await plane.client.send(command)).credentialProviderArn;
    },
  },
  {
    kind: "OAuth2 credential provider",
    create: async (tags?: Record<string, string>) => {
      const command = new CreateOauth2CredentialProviderCommand({
        name: unusedName("crm"),
        credentialProviderVendor: "GithubOauth2",
        oauth2ProviderConfigInput: { githubOauth2ProviderConfig: { clientId: "c", clientSecret: "s" } },
        tags,
      });
      return (await plane.client.send(command)).credentialProviderArn;
    },
  },
])("tags of a $kind", ({ create }) => {
  test("come with its creation, are added, replaced and taken away", async () => {
    const resourceArn = await create({ team: "claims", stage: "test" });
    expect(await tagsOf(resourceArn)).toEqual({ team: "claims", stage: "test" });
    await plane.client.send(new TagResourceCommand({ resourceArn, tags: { stage: "production", "cost:centre": "7" } }));
    await plane.client.send(new UntagResourceCommand({ resourceArn, tagKeys: ["team", "never-there"] }));
    expect(await tagsOf(resourceArn)).toEqual({ stage: "production", "cost:centre": "7" });
  });

  test("16 administrators at once lose none of each other's", async () => {
    const resourceArn = await create();
    const one = (index: number) => new TagResourceCommand({ resourceArn, tags: { [`key${index}`]: String(index) } });
    await Promise.all(Array.from({ length: 16 }, (_, index) => plane.client.send(one(index))));
    expect(Object.keys((await tagsOf(resourceArn)) ?? {})).toHaveLength(16);
    expect(plane.changesOf(resourceArn).filter(({ operation }) => operation === "TagResource")).toHaveLength(16);
  });

  test("are 50 at most", async () => {
    const resourceArn = await create(Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${index}`, ""])));
    const tag = (key: string) => plane.client.send(new TagResourceCommand({ resourceArn, tags: { [key]: "v" } }));
    await tag("k49");
    await expect(tag("k50")).rejects.toThrow(ServiceQuotaExceededException);
  });
});

test("an update of the gateway keeps its tags", async () => {
  const settings = gatewaySettings();
  const created = await plane.client.send(new CreateGatewayCommand({ ...settings, tags: { a: "b" } }));
  await plane.client.send(new UpdateGatewayCommand({ ...settings, gatewayIdentifier: created.gatewayId }));
  expect(await tagsOf(created.gatewayArn)).toEqual({ a: "b" });
});

test.each([
  ["arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/gone-0123456789", ResourceNotFoundException],
  ["arn:aws:bedrock-agentcore:us-east-1:123456789012:policy-engine/gone-0123456789", ResourceNotFoundException],
  [
    "arn:aws:bedrock-agentcore:us-east-1:123456789012:token-vault/default/oauth2credentialprovider/gone",
    ResourceNotFoundException,
  ],
  [
    "arn:aws:bedrock-agentcore:us-east-1:123456789012:token-vault/other/oauth2credentialprovider/gone",
    ValidationException,
  ],
  ["arn:aws:bedrock-agentcore:us-east-1:123456789012:memory/mine-0123456789", ValidationException],
  ["arn:aws:bedrock-agentcore:eu-west-1:123456789012:gateway/gone-0123456789", ValidationException],
  ["arn:aws:s3:::bucket-of-somebody", ValidationException],
])("%s has no tags", async (resourceArn, error) => {
  await expect(tagsOf(resourceArn)).rejects.toThrow(error);
  const tag = new TagResourceCommand({ resourceArn, tags: { a: "b" } });
  await expect(plane.client.send(tag)).rejects.toThrow(error);
});
