import { randomUUID } from "node:crypto";
import { type CredentialsOptions, createCredentials } from "@gatehouse/core/identity/outbound/createCredentials.ts";
import { clientSecretContext } from "@gatehouse/core/identity/outbound/registration.ts";
import { createKeyring, type Keyring } from "@gatehouse/core/identity/vault/keyring.ts";
import { startTestKms } from "@gatehouse/core/identity/vault/testing.ts";
import { dataKeyRepository } from "@gatehouse/core/storage/dataKeyRepository.ts";
import type { Oauth2ProviderRecord } from "@gatehouse/core/storage/identityRecords.ts";
import { type IdentityRepository, identityRepository } from "@gatehouse/core/storage/identityRepository.ts";
import { type RateLimitRepository, rateLimitRepository } from "@gatehouse/core/storage/rateLimitRepository.ts";
import { signingKeyRepository } from "@gatehouse/core/storage/signingKeyRepository.ts";
import { startTestDatabase, type TestDatabase } from "@gatehouse/core/storage/testing.ts";
import { type VaultRepository, vaultRepository } from "@gatehouse/core/storage/vaultRepository.ts";
import { everyGrant } from "./authorizationServer.ts";

/** The address that issuers know the tests' deployment by; nobody listens there. */
export const deploymentUrl = "http://127.0.0.1:8080";
const arns = "arn:aws:bedrock-agentcore:us-east-1:123456789012:token-vault/default";

/** A vault with its database and its KMS, that several processes use as those of a deployment do. */
export interface TestVault extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly repository: IdentityRepository;
  readonly vault: VaultRepository;
  readonly keyring: Keyring;
  readonly rateLimits: RateLimitRepository;
  /** Credentials as another process has them: with a memory of its own. */
  process(overrides?: Partial<CredentialsOptions>): ReturnType<typeof createCredentials>;
  /** A provider with the secret `secret-of-<name>`, unless another is named. */
  oauth2Provider(
    record: Pick<Oauth2ProviderRecord, "name" | "oauthDiscovery"> & Partial<Oauth2ProviderRecord>,
    clientSecret?: string,
  ): Promise<Oauth2ProviderRecord>;
  /** A provider as it is when its secret was sealed for it as it is now. */
  withSecret(record: Oauth2ProviderRecord, clientSecret: string): Promise<Oauth2ProviderRecord>;
  apiKeyProvider(name: string, apiKey: string): Promise<void>;
  agent(name: string, returnUrls: readonly string[]): Promise<void>;
  /** Everything in the vault's table, as text. */
  contents(): Promise<string>;
}

export const secretOf = (name: string): string => `secret-of-${name}`;

/** The client that the vault is of an authorization server, as it is registered there, with whatever it is granted. */
export const clientNamed = (client_id: string) => ({
  client_id,
  client_secret: secretOf(client_id),
  grant_types: everyGrant,
  redirect_uris: [`${deploymentUrl}/oauth/callback/callback-of-${client_id}`],
});

/** Buckets of its own for a process with a clock of its own: those that it has emptied would be full for others in hours. */
function apart(rateLimits: RateLimitRepository): RateLimitRepository {
  const clock = randomUUID();
  return { take: (key, ...rest) => rateLimits.take(`${clock} ${key}`, ...rest) };
}

/** For tests only: starts what a vault needs. */
export async function startTestVault(): Promise<TestVault> {
  const [database, kms] = await Promise.all([startTestDatabase(), startTestKms()]);
  const configTable = { client: database.client, table: database.tables.config };
  const newKeyring = () =>
    createKeyring({ kms: kms.connect(), keyId: kms.keyId, store: dataKeyRepository(configTable) });
  const keyring = newKeyring();
  const repository = identityRepository(configTable);
  const rateLimits = rateLimitRepository({ client: database.client, table: database.tables.aggregates });
  const vault = vaultRepository({ client: database.client, table: database.tables.vault });
  const withSecret: TestVault["withSecret"] = async (record, clientSecret) => ({
    ...record,
    sealedClientSecret: await keyring.seal(clientSecret, clientSecretContext(record)),
  });
  const at = () => ({ createdAt: new Date().toISOString(), updatedAt: new Date().toISOString() });
  return {
    database,
    repository,
    vault,
    keyring,
    rateLimits,
    process: (overrides = {}) =>
      createCredentials({
        providers: repository,
        vault,
        signingKeys: signingKeyRepository(configTable),
        keyring: newKeyring(),
        rateLimits: overrides.now === undefined ? rateLimits : apart(rateLimits),
        url: deploymentUrl,
        allowLoopback: true,
        ...overrides,
      }),
    withSecret,
    async oauth2Provider(given, clientSecret = secretOf(given.name)) {
      const { name } = given;
      const credentialProviderArn = `${arns}/oauth2credentialprovider/${name}`;
      const described: Oauth2ProviderRecord = {
        credentialProviderArn,
        credentialProviderVendor: "CustomOauth2",
        callbackId: `callback-of-${name}`,
        clientId: name,
        clientAuthenticationMethod: "CLIENT_SECRET_BASIC",
        ...at(),
        ...given,
      };
      const record = await withSecret(described, clientSecret);
      await repository.oauth2Providers.create(record);
      return record;
    },
    async apiKeyProvider(name, apiKey) {
      const credentialProviderArn = `${arns}/apikeycredentialprovider/${name}`;
      const sealedApiKey = await keyring.seal(apiKey, { is: "api-key", provider: credentialProviderArn });
      await repository.apiKeyProviders.create({ name, credentialProviderArn, sealedApiKey, ...at() });
    },
    async agent(name, allowedResourceOauth2ReturnUrls) {
      const workloadIdentityArn = `arn:aws:bedrock-agentcore:us-east-1:123456789012:workload-identity/${name}`;
      await repository.workloadIdentities.create({
        name,
        workloadIdentityArn,
        allowedResourceOauth2ReturnUrls,
        ...at(),
      });
    },
    async contents() {
      const { ScanCommand } = await import("@aws-sdk/lib-dynamodb");
      const { Items } = await database.client.send(new ScanCommand({ TableName: database.tables.vault }));
      return JSON.stringify(Items);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([database.stop(), kms.stop()]);
    },
  };
}
