import {
  type ClientAuthenticationMethodType,
  ConflictException,
  CreateApiKeyCredentialProviderCommand,
  CreateOauth2CredentialProviderCommand,
  type CreateOauth2CredentialProviderCommandInput,
  CredentialProviderVendorType,
  type CustomOauth2ProviderConfigInput,
  DeleteApiKeyCredentialProviderCommand,
  DeleteOauth2CredentialProviderCommand,
  GetApiKeyCredentialProviderCommand,
  GetOauth2CredentialProviderCommand,
  paginateListApiKeyCredentialProviders,
  paginateListOauth2CredentialProviders,
  ResourceNotFoundException,
  UpdateApiKeyCredentialProviderCommand,
  UpdateOauth2CredentialProviderCommand,
  ValidationException,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clientSecretContext, registrationOf } from "../../identity/outbound/registration.ts";
import { vendors } from "../../identity/outbound/vendors.ts";
import { type Keyring, NotSealedHere } from "../../identity/vault/keyring.ts";
import type { Oauth2ProviderRecord } from "../../storage/identityRecords.ts";
import { type IdentityRepository, identityRepository } from "../../storage/identityRepository.ts";
import { unusedName } from "../fixtures.ts";
import { startTestControlPlane, type TestControlPlane } from "../testing.ts";

let plane: TestControlPlane;
let records: IdentityRepository;
let keyring: Keyring;
beforeAll(async () => {
  plane = await startTestControlPlane();
  records = identityRepository({ client: plane.database.client, table: plane.database.tables.config });
  keyring = plane.keyring;
});
afterAll(() => plane.stop());

const vault = "arn:aws:bedrock-agentcore:us-east-1:123456789012:token-vault/default";

describe("API keys", () => {
  const create = (name: string, apiKey: string) =>
    plane.client.send(new CreateApiKeyCredentialProviderCommand({ name, apiKey }));

  test("come in, are replaced and deleted, and open for their provider alone", async () => {
    const name = unusedName("crm");
    const created = await create(name, "first key");
    const credentialProviderArn = `${vault}/apikeycredentialprovider/${name}`;
    expect(created).toMatchObject({ name, credentialProviderArn });
    expect(created.apiKeySecretArn?.secretArn).toMatch(/^arn:aws:secretsmanager:us-east-1:123456789012:secret:/);
    const context = { is: "api-key", provider: credentialProviderArn };
    const first = (await records.apiKeyProvider(name))?.sealedApiKey ?? "";
    expect(await keyring.open(first, context)).toBe("first key");
    const other = { ...context, provider: `${vault}/apikeycredentialprovider/other` };
    await expect(keyring.open(first, other)).rejects.toBeInstanceOf(NotSealedHere);

    const updated = await plane.client.send(new UpdateApiKeyCredentialProviderCommand({ name, apiKey: "second" }));
    expect(updated).toMatchObject({ name, credentialProviderArn });
    expect(await keyring.open((await records.apiKeyProvider(name))?.sealedApiKey ?? "", context)).toBe("second");
    const got = await plane.client.send(new GetApiKeyCredentialProviderCommand({ name }));
    expect(got.lastUpdatedTime?.getTime()).toBeGreaterThan(got.createdTime?.getTime() ?? Infinity);

    await expect(create(name, "k")).rejects.toThrow(ConflictException);
    await plane.client.send(new DeleteApiKeyCredentialProviderCommand({ name }));
    const gone = plane.client.send(new GetApiKeyCredentialProviderCommand({ name }));
    await expect(gone).rejects.toThrow(ResourceNotFoundException);
    expect(plane.changesOf(credentialProviderArn).map(({ operation }) => operation)).toEqual([
      "CreateApiKeyCredentialProvider",
      "UpdateApiKeyCredentialProvider",
      "DeleteApiKeyCredentialProvider",
    ]);
  });

  test("are listed without them, page by page", async () => {
    const names = Array.from({ length: 3 }, () => unusedName("listed"));
    for (const name of names) await create(name, "k");
    const listed: (string | undefined)[] = [];
    const pages = paginateListApiKeyCredentialProviders({ client: plane.client, pageSize: 2 }, {});
    for await (const { credentialProviders = [] } of pages) {
      listed.push(...credentialProviders.map(({ name }) => name));
      for (const item of credentialProviders) {
        expect(Object.keys(item).sort()).toEqual(["createdTime", "credentialProviderArn", "lastUpdatedTime", "name"]);
      }
    }
    expect(listed).toEqual(expect.arrayContaining(names));
  });

  test.each(["key\r\nHost: attacker", "key\u0000", " key", "ключ"])(
    "%j, which no header can hold, is refused",
    async (apiKey) => {
      await expect(create(unusedName("crm"), apiKey)).rejects.toThrow(/apiKey must be printable ASCII/);
    },
  );

  test("that are kept elsewhere are refused", async () => {
    const command = new CreateApiKeyCredentialProviderCommand({
      name: unusedName("crm"),
      apiKeySecretSource: "EXTERNAL",
      apiKeySecretConfig: { secretId: "x", jsonKey: "y" },
    });
    await expect(plane.client.send(command)).rejects.toThrow(/apiKeySecretConfig is not supported/);
    const nothing = new CreateApiKeyCredentialProviderCommand({ name: unusedName("crm") });
    await expect(plane.client.send(nothing)).rejects.toThrow(/apiKey is required/);
  });
});

const metadata = {
  issuer: "https://issuer.example",
  authorizationEndpoint: "https://issuer.example/authorize",
  tokenEndpoint: "https://issuer.example/token",
};
const oauthDiscovery = { authorizationServerMetadata: metadata };

type Settings = Omit<CreateOauth2CredentialProviderCommandInput, "name">;

function custom(changes: Partial<CustomOauth2ProviderConfigInput> = {}): Settings {
  const config = { clientId: "client", clientSecret: "client secret", oauthDiscovery, ...changes };
  return {
    credentialProviderVendor: "CustomOauth2",
    oauth2ProviderConfigInput: { customOauth2ProviderConfig: config },
  };
}

const createOauth2 = (settings: Settings, name = unusedName("oauth")) =>
  plane.client.send(new CreateOauth2CredentialProviderCommand({ name, ...settings }));
const updateOauth2 = (name: string, settings: Settings) =>
  plane.client.send(new UpdateOauth2CredentialProviderCommand({ name, ...settings }));
const getOauth2 = (name: string | undefined) => plane.client.send(new GetOauth2CredentialProviderCommand({ name }));
const storedOauth2 = async (name = ""): Promise<Oauth2ProviderRecord> => records.oauth2Providers.existing(name);

const opened = (record: Oauth2ProviderRecord) =>
  plane.keyring.open(record.sealedClientSecret ?? "", clientSecretContext(record));

describe("OAuth2 clients", () => {
  test("come in, are replaced and deleted, and their secrets open for their provider alone", async () => {
    const { name = "", callbackUrl, ...created } = await createOauth2(custom());
    const credentialProviderArn = `${vault}/oauth2credentialprovider/${name}`;
    expect(created).toMatchObject({ credentialProviderArn, status: "READY" });
    expect(callbackUrl).toMatch(/^http:\/\/127\.0\.0\.1:4000\/oauth\/callback\/[A-Za-z0-9_-]{22}$/);
    expect(created.clientSecretArn?.secretArn).toMatch(/^arn:aws:secretsmanager:/);
    const stored = await storedOauth2(name);
    const context = clientSecretContext(stored);
    const first = stored.sealedClientSecret ?? "";
    expect(await keyring.open(first, context)).toBe("client secret");
    await expect(keyring.open(first, { ...context, is: "api-key" })).rejects.toBeInstanceOf(NotSealedHere);

    const got = await getOauth2(name);
    expect(got).toMatchObject({
      callbackUrl,
      credentialProviderVendor: "CustomOauth2",
      oauth2ProviderConfigOutput: {
        customOauth2ProviderConfig: {
          clientId: "client",
          oauthDiscovery,
          clientAuthenticationMethod: "CLIENT_SECRET_BASIC",
        },
      },
    });
    const discoveryUrl = "https://other.example/.well-known/openid-configuration";
    const updated = await updateOauth2(name, custom({ oauthDiscovery: { discoveryUrl }, clientSecret: "second" }));
    expect(updated).toMatchObject({
      callbackUrl,
      oauth2ProviderConfigOutput: { customOauth2ProviderConfig: { oauthDiscovery: { discoveryUrl } } },
    });
    expect(await opened(await storedOauth2(name))).toBe("second");

    await expect(createOauth2(custom(), name)).rejects.toThrow(ConflictException);
    await plane.client.send(new DeleteOauth2CredentialProviderCommand({ name }));
    for (const ask of [() => getOauth2(name), () => updateOauth2(name, custom())]) {
      await expect(ask()).rejects.toThrow(ResourceNotFoundException);
    }
    expect(plane.changesOf(credentialProviderArn).map(({ operation }) => operation)).toEqual([
      "CreateOauth2CredentialProvider",
      "UpdateOauth2CredentialProvider",
      "DeleteOauth2CredentialProvider",
    ]);
  });

  test("are listed, page by page", async () => {
    const names = await Promise.all([1, 2, 3].map(async () => (await createOauth2(custom())).name));
    const listed: (string | undefined)[] = [];
    const pages = paginateListOauth2CredentialProviders({ client: plane.client, pageSize: 2 }, {});
    for await (const { credentialProviders = [] } of pages) listed.push(...credentialProviders.map(({ name }) => name));
    expect(listed).toEqual(expect.arrayContaining(names));
  });

  test("of several changes at once, none is lost unseen: each is made, or refused", async () => {
    const { name = "" } = await createOauth2(custom());
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) => updateOauth2(name, custom({ clientId: `client-${index}` }))),
    );
    const refused = results.filter(({ status }) => status === "rejected");
    for (const result of refused) expect(result).toMatchObject({ reason: expect.any(ConflictException) });
    expect(refused.length).toBeLessThan(8);
    const { credentialProviderArn } = await storedOauth2(name);
    const updates = plane.changesOf(credentialProviderArn).filter(({ operation }) => operation.startsWith("Update"));
    expect(updates).toHaveLength(8 - refused.length);
  });

  test.each<[string, ClientAuthenticationMethodType, Partial<CustomOauth2ProviderConfigInput>]>([
    ["by default", "CLIENT_SECRET_BASIC", {}],
    ["as asked for", "CLIENT_SECRET_POST", { clientAuthenticationMethod: "CLIENT_SECRET_POST" }],
    [
      "as the server's metadata leaves it",
      "CLIENT_SECRET_POST",
      {
        oauthDiscovery: {
          authorizationServerMetadata: { ...metadata, tokenEndpointAuthMethods: ["client_secret_post"] },
        },
      },
    ],
    [
      "without a secret",
      "AWS_IAM_ID_TOKEN_JWT",
      { clientAuthenticationMethod: "AWS_IAM_ID_TOKEN_JWT", clientSecret: undefined },
    ],
  ])("authenticate %s: %s", async (_, method, changes) => {
    const { name } = await createOauth2(custom(changes));
    const record = await storedOauth2(name);
    expect(record.clientAuthenticationMethod).toBe(method);
    expect(record.sealedClientSecret === undefined).toBe(method === "AWS_IAM_ID_TOKEN_JWT");
  });

  test("keep how tokens are exchanged", async () => {
    const onBehalfOfTokenExchangeConfig = {
      grantType: "TOKEN_EXCHANGE",
      tokenExchangeGrantTypeConfig: { actorTokenContent: "M2M", actorTokenScopes: ["act"] },
    } as const satisfies CustomOauth2ProviderConfigInput["onBehalfOfTokenExchangeConfig"];
    const { name } = await createOauth2(
      custom({
        onBehalfOfTokenExchangeConfig: {
          ...onBehalfOfTokenExchangeConfig,
          tokenExchangeGrantTypeConfig: { actorTokenContent: "M2M", actorTokenScopes: ["act"] },
        },
      }),
    );
    expect((await getOauth2(name)).oauth2ProviderConfigOutput).toMatchObject({
      customOauth2ProviderConfig: { onBehalfOfTokenExchangeConfig },
    });
  });

  const at = "oauth2ProviderConfigInput.customOauth2ProviderConfig";
  test.each<[string, Partial<CustomOauth2ProviderConfigInput>]>([
    ["clientId is required", { clientId: "" }],
    ["clientSecret is required", { clientSecret: undefined }],
    ["clientSecret can't be set", { clientAuthenticationMethod: "AWS_IAM_ID_TOKEN_JWT" }],
    ["clientSecretSource must be MANAGED", { clientSecretSource: "EXTERNAL" }],
    ["clientAuthenticationMethod can't be PRIVATE_KEY_JWT", { clientAuthenticationMethod: "PRIVATE_KEY_JWT" }],
    [
      "oauthDiscovery.discoveryUrl .*must use https",
      { oauthDiscovery: { discoveryUrl: "http://issuer.example/.well-known/openid-configuration" } },
    ],
    [
      "oauthDiscovery.authorizationServerMetadata.tokenEndpoint .*special address",
      { oauthDiscovery: { authorizationServerMetadata: { ...metadata, tokenEndpoint: "https://169.254.169.254/t" } } },
    ],
    [
      "oauthDiscovery.authorizationServerMetadata.responseTypes must have code",
      { oauthDiscovery: { authorizationServerMetadata: { ...metadata, responseTypes: ["token"] } } },
    ],
    [
      "onBehalfOfTokenExchangeConfig.tokenExchangeGrantTypeConfig can't be set",
      {
        onBehalfOfTokenExchangeConfig: {
          grantType: "JWT_AUTHORIZATION_GRANT",
          tokenExchangeGrantTypeConfig: { actorTokenContent: "NONE" },
        },
      },
    ],
    [
      "onBehalfOfTokenExchangeConfig.tokenExchangeGrantTypeConfig.actorTokenScopes can only be set",
      {
        onBehalfOfTokenExchangeConfig: {
          grantType: "TOKEN_EXCHANGE",
          tokenExchangeGrantTypeConfig: { actorTokenContent: "NONE", actorTokenScopes: ["a"] },
        },
      },
    ],
  ])("%s", async (message, changes) => {
    await expect(createOauth2(custom(changes))).rejects.toThrow(new RegExp(`${at}\\.${message}`));
    await expect(createOauth2(custom(changes))).rejects.toThrow(ValidationException);
  });

  test("T18 the secret of a row that leads elsewhere, and wasn't sealed for it, doesn't open", async () => {
    const { name = "" } = await createOauth2(custom());
    const record = await storedOauth2(name);
    expect(await opened({ ...record, tags: { team: "crm" }, updatedAt: "later" })).toBe("client secret");
    const { discoveryUrl, authorizationServerMetadata: given } = record.oauthDiscovery;
    const attacker = "https://attacker.example/token";
    for (const changes of [
      { oauthDiscovery: { discoveryUrl: attacker } },
      { oauthDiscovery: { discoveryUrl: attacker, ...(given && { authorizationServerMetadata: given }) } },
      {
        oauthDiscovery: {
          ...(discoveryUrl && { discoveryUrl }),
          authorizationServerMetadata: { ...metadata, tokenEndpoint: attacker },
        },
      },
      { oauthDiscovery: { authorizationServerMetadata: { ...metadata, issuer: attacker } } },
      { clientId: "another" },
      { callbackId: "another" },
    ]) {
      // Among them rows that the API would never write.
      const moved = { ...record, ...changes } as Oauth2ProviderRecord;
      await expect(opened(moved)).rejects.toBeInstanceOf(NotSealedHere);
    }
  });

  test("T05 what one registration was given doesn't belong to the next one of the same name", async () => {
    const { name = "" } = await createOauth2(custom());
    const first = registrationOf(await storedOauth2(name));
    await updateOauth2(name, custom({ clientSecret: "rotated" }));
    expect(registrationOf(await storedOauth2(name))).toBe(first);
    const tokenEndpoint = "https://attacker.example/token";
    const elsewhere = { authorizationServerMetadata: { ...metadata, tokenEndpoint } };
    await updateOauth2(name, custom({ oauthDiscovery: elsewhere }));
    const second = registrationOf(await storedOauth2(name));
    await plane.client.send(new DeleteOauth2CredentialProviderCommand({ name }));
    await createOauth2(custom(), name);
    expect(new Set([first, second, registrationOf(await storedOauth2(name))]).size).toBe(3);
  });
});

describe("vendors", () => {
  const settingsOf = (vendor: CredentialProviderVendorType, config: object): Settings =>
    ({
      credentialProviderVendor: vendor,
      oauth2ProviderConfigInput: { [vendors[vendor].member]: config },
    }) as object as Settings;
  const client = { clientId: "client", clientSecret: "client secret" };
  const all = Object.values(CredentialProviderVendorType);

  test.each(all.filter((vendor) => typeof vendors[vendor].server !== "string"))(
    "%s needs a client alone",
    async (vendor) => {
      const { name } = await createOauth2(settingsOf(vendor, client));
      const { oauthDiscovery, clientAuthenticationMethod } = await storedOauth2(name);
      const addresses = [
        oauthDiscovery.discoveryUrl,
        ...Object.values(oauthDiscovery.authorizationServerMetadata ?? {}),
      ];
      for (const address of addresses.filter((one) => one !== undefined)) expect(address).toMatch(/^https:\/\//);
      expect(clientAuthenticationMethod).toBe(vendors[vendor].clientAuthentication);
      const { oauth2ProviderConfigOutput: output } = await getOauth2(name);
      expect(output).toEqual({ [vendors[vendor].member]: { clientId: "client", oauthDiscovery } });
    },
  );

  test.each(all.filter((vendor) => vendors[vendor].server === "TENANT"))("%s needs an issuer", async (vendor) => {
    await expect(createOauth2(settingsOf(vendor, client))).rejects.toThrow(/issuer is required/);
    const { issuer, authorizationEndpoint, tokenEndpoint } = metadata;
    const { name } = await createOauth2(settingsOf(vendor, { ...client, issuer }));
    expect((await storedOauth2(name)).oauthDiscovery).toEqual({
      discoveryUrl: "https://issuer.example/.well-known/openid-configuration",
    });
    const explicit = await createOauth2(
      settingsOf(vendor, { ...client, issuer, authorizationEndpoint, tokenEndpoint }),
    );
    expect((await storedOauth2(explicit.name)).oauthDiscovery).toEqual(oauthDiscovery);
    const half = createOauth2(settingsOf(vendor, { ...client, issuer, tokenEndpoint }));
    await expect(half).rejects.toThrow(/authorizationEndpoint is required with tokenEndpoint/);
  });

  test("a tenant of Microsoft is a part of the path, and of nothing else", async () => {
    const { name } = await createOauth2(settingsOf("MicrosoftOauth2", { ...client, tenantId: "contoso.example" }));
    expect((await storedOauth2(name)).oauthDiscovery).toEqual({
      discoveryUrl: "https://login.microsoftonline.com/contoso.example/v2.0/.well-known/openid-configuration",
    });
    for (const tenantId of ["../evil", "a/b", "..", "a?b", "@attacker.example"]) {
      const command = createOauth2(settingsOf("MicrosoftOauth2", { ...client, tenantId }));
      await expect(command).rejects.toThrow(/tenantId must be/);
    }
  });

  test("settings of another vendor, or endpoints where all have the same, are refused", async () => {
    const other = { ...settingsOf("GoogleOauth2", client), credentialProviderVendor: "GithubOauth2" } as const;
    await expect(createOauth2(other)).rejects.toThrow(/must have githubOauth2ProviderConfig/);
    const endpoint = settingsOf("SpotifyOauth2", { ...client, tokenEndpoint: "https://attacker.example/" });
    await expect(createOauth2(endpoint)).rejects.toThrow(/tokenEndpoint can't be set/);
  });
});

test("T18 no secret is in an answer, an event, an error or the table", async () => {
  const secrets = { apiKey: "api-key-0bd5c1", clientSecret: "client-secret-91c4ae", refused: "refused-7a11f0" };
  const name = unusedName("secret");
  const answers: unknown[] = [];
  const ask = async (answer: Promise<unknown>) => answers.push(await answer.catch((error: unknown) => String(error)));
  const { client } = plane;
  await ask(client.send(new CreateApiKeyCredentialProviderCommand({ name, apiKey: secrets.apiKey })));
  await ask(client.send(new CreateApiKeyCredentialProviderCommand({ name, apiKey: secrets.apiKey })));
  await ask(client.send(new UpdateApiKeyCredentialProviderCommand({ name, apiKey: secrets.apiKey })));
  await ask(client.send(new UpdateApiKeyCredentialProviderCommand({ name, apiKey: `${secrets.refused}\n` })));
  await ask(client.send(new GetApiKeyCredentialProviderCommand({ name })));
  await ask(createOauth2(custom({ clientSecret: secrets.clientSecret }), name));
  await ask(createOauth2(custom({ clientSecret: secrets.clientSecret }), name));
  await ask(updateOauth2(name, custom({ clientSecret: secrets.clientSecret })));
  await ask(updateOauth2(name, custom({ clientSecret: secrets.refused.repeat(1_000) })));
  await ask(updateOauth2(name, custom({ clientSecret: secrets.refused, clientId: "" })));
  await ask(getOauth2(name));
  const items = await Promise.all(
    Object.values(plane.database.tables).map((TableName) => plane.database.client.send(new ScanCommand({ TableName }))),
  );
  const sinks = JSON.stringify([answers, plane.events, plane.errors.map(String), items.map(({ Items }) => Items)]);
  // What is searched has really been written there.
  expect(sinks.split(name).length).toBeGreaterThan(10);
  for (const secret of Object.values(secrets)) expect(sinks).not.toContain(secret);
});
