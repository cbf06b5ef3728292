import {
  CreateApiKeyCredentialProviderCommand,
  GetApiKeyCredentialProviderCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { applyDocument } from "@gatehouse/apply/applyDocument.ts";
import { exportDocument } from "@gatehouse/apply/exportDocument.ts";
import type { Plan } from "@gatehouse/apply/plan.ts";
import { printedPlan } from "@gatehouse/apply/print.ts";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";

let gatehouse: TestGatehouse;
beforeAll(async () => {
  gatehouse = await startGatehouse();
});
afterAll(() => gatehouse[Symbol.asyncDispose]());

const none = "workloadIdentities: {}\napiKeyCredentialProviders: {}\noauth2CredentialProviders: {}\n";
afterEach(() => apply(none, { prune: true }));

const secrets = { CRM_API_KEY: "crm-key-5b1f", GITHUB_CLIENT_SECRET: "github-9c2e", SHOP_CLIENT_SECRET: "shop-77aa" };

function apply(
  text: string,
  options: { prune?: boolean; secrets?: boolean } = {},
  environment: Record<string, string | undefined> = secrets,
) {
  return applyDocument({ client: gatehouse.control, document: { text, environment }, ...options });
}
const exported = () => exportDocument({ client: gatehouse.control });
const printed = ({ plan }: { readonly plan: Plan }) => printedPlan(plan);
const problemsOf = (text: string, environment?: Record<string, string | undefined>) =>
  apply(text, {}, environment).then(printed, (error: Error) => error.message);

const document = `workloadIdentities:
  claims_agent:
    allowedResourceOauth2ReturnUrls:
      - https://app.example/done
    tags:
      team: claims
apiKeyCredentialProviders:
  crm:
    apiKeyFrom: CRM_API_KEY
oauth2CredentialProviders:
  github:
    credentialProviderVendor: GithubOauth2
    oauth2ProviderConfigInput:
      githubOauth2ProviderConfig:
        clientId: abc
    clientSecretFrom: GITHUB_CLIENT_SECRET
  shop:
    credentialProviderVendor: OktaOauth2
    oauth2ProviderConfigInput:
      includedOauth2ProviderConfig:
        clientId: shop
        issuer: https://shop.okta.com
    clientSecretFrom: SHOP_CLIENT_SECRET
`;

test("agents and credential providers are created, changed and deleted; what is so already isn't touched", async () => {
  expect(printed(await apply(document))).toBe(`+ create workload identity claims_agent
+ create API key credential provider crm
+ create OAuth2 credential provider github
+ create OAuth2 credential provider shop
4 to create, 0 to change, 0 to delete.`);
  expect(printed(await apply(document))).toBe("No difference.");

  const changed = document.replace("/done", "/consented").replace("clientId: abc", "clientId: def");
  expect(printed(await apply(changed))).toBe(`~ change workload identity claims_agent
    allowedResourceOauth2ReturnUrls: ["https://app.example/done"] → ["https://app.example/consented"]
~ change OAuth2 credential provider github
    clientId: "abc" → "def"
0 to create, 2 to change, 0 to delete.`);
  expect(printed(await apply(changed))).toBe("No difference.");
});

test("what is exported makes no difference, and holds no secret", async () => {
  await apply(document);
  const text = await exported();
  expect(text).toBe(document);
  expect(printed(await apply(text, { prune: true }))).toBe("No difference.");
  for (const secret of Object.values(secrets)) expect(text).not.toContain(secret);
});

test("every way to say where an authorization server is comes back as it was", async () => {
  const custom = `oauth2CredentialProviders:
  custom:
    credentialProviderVendor: CustomOauth2
    oauth2ProviderConfigInput:
      customOauth2ProviderConfig:
        clientId: c
        clientAuthenticationMethod: AWS_IAM_ID_TOKEN_JWT
        onBehalfOfTokenExchangeConfig:
          grantType: TOKEN_EXCHANGE
          tokenExchangeGrantTypeConfig:
            actorTokenContent: NONE
        oauthDiscovery:
          authorizationServerMetadata:
            issuer: https://issuer.example
            authorizationEndpoint: https://issuer.example/authorize
            tokenEndpoint: https://issuer.example/token
  microsoft:
    credentialProviderVendor: MicrosoftOauth2
    oauth2ProviderConfigInput:
      microsoftOauth2ProviderConfig:
        clientId: m
        tenantId: contoso.example
    clientSecretFrom: MICROSOFT_CLIENT_SECRET
`;
  await apply(custom, {}, { MICROSOFT_CLIENT_SECRET: "s" });
  expect(printed(await apply(custom, {}, { MICROSOFT_CLIENT_SECRET: "s" }))).toBe("No difference.");
  const again = await exported();
  expect(printed(await apply(again, {}, { MICROSOFT_CLIENT_SECRET: "s" }))).toBe("No difference.");
  expect(again).toContain("tenantId: contoso.example");
});

test("secrets are sent again when that is asked for, and shown nowhere", async () => {
  await apply(document);
  const get = () => gatehouse.control.send(new GetApiKeyCredentialProviderCommand({ name: "crm" }));
  const before = await get();
  const result = await apply(document, { secrets: true }, { ...secrets, CRM_API_KEY: "crm-key-rotated" });
  expect(result.plan.changes.map(({ action, name }) => `${action} ${name}`)).toEqual([
    "change crm",
    "change github",
    "change shop",
  ]);
  expect((await get()).lastUpdatedTime?.getTime()).toBeGreaterThan(before.lastUpdatedTime?.getTime() ?? Infinity);
  const shown = printed(result) + JSON.stringify(result.plan);
  for (const secret of [...Object.values(secrets), "crm-key-rotated"]) expect(shown).not.toContain(secret);
});

test("what isn't in the file is left alone, and pruned only where the file speaks of its kind", async () => {
  await gatehouse.control.send(new CreateApiKeyCredentialProviderCommand({ name: "by_hand", apiKey: "k" }));
  expect(printed(await apply(document))).toContain("4 to create, 0 to change, 0 to delete.");
  expect(printed(await apply("workloadIdentities: {}", { prune: true }))).toBe(`- delete workload identity claims_agent
0 to create, 0 to change, 1 to delete.`);
  expect(await exported()).toContain("by_hand");
  expect(printed(await apply("apiKeyCredentialProviders: {}", { prune: true }))).toContain("2 to delete");
});

test("T18 a secret in the file is refused, and not repeated", async () => {
  const secret = "in-the-file-4f0a";
  const inConfig = document.replace("clientId: abc", `clientId: abc\n        clientSecret: ${secret}`);
  const problems = await problemsOf(inConfig);
  expect(problems).toContain("githubOauth2ProviderConfig.clientSecret can't stand in a file");
  const inFrom = await problemsOf(document.replace("CRM_API_KEY", secret));
  expect(inFrom).toContain("apiKeyCredentialProviders.crm.apiKeyFrom must be the name of an environment variable");
  expect(problems + inFrom).not.toContain(secret);
});

test.each([
  ["needs the environment variable CRM_API_KEY, which isn't set", document, { CRM_API_KEY: undefined }],
  ["apiKeyFrom is required", document.replace("apiKeyFrom: CRM_API_KEY", "tags: { a: b }"), {}],
  [
    "oauth2CredentialProviders.github.clientSecretFrom is required",
    document.replace("    clientSecretFrom: GITHUB_CLIENT_SECRET\n", ""),
    {},
  ],
  [
    "oauth2CredentialProviders.github.oauth2ProviderConfigInput must have githubOauth2ProviderConfig",
    document.replace("githubOauth2ProviderConfig", "googleOauth2ProviderConfig"),
    {},
  ],
  [
    "workloadIdentities.claims_agent.allowedResourceOauth2ReturnUrls[0] must use https",
    document.replace("https://app.example/done", "http://app.example/done"),
    {},
  ],
  ["apiKey is not known here; there are apiKeyFrom, tags", document.replace("apiKeyFrom", "apiKey"), {}],
])("before anything is changed: %s", async (problem, text, environment) => {
  expect(await problemsOf(text, { ...secrets, ...environment })).toContain(problem);
  expect(await exported()).toBe("{}\n");
});
