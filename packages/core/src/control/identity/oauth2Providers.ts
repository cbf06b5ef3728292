import { randomBytes } from "node:crypto";
import { clientSecretContext } from "../../identity/outbound/registration.ts";
import { vendors } from "../../identity/outbound/vendors.ts";
import type { Oauth2ProviderRecord } from "../../storage/identityRecords.ts";
import { defined } from "../defined.ts";
import type { ControlPlaneDependencies, Handlers } from "../handlers.ts";
import type { OutputOf } from "../operationTypes.ts";
import { now } from "../times.ts";
import { oauth2ProviderArn, secretArn } from "./arns.ts";
import { namedResources } from "./namedResources.ts";
import { type Oauth2Settings, oauth2SettingsOf } from "./oauth2Settings.ts";

/** The operations on clients that Gatehouse is of others' authorization servers. A secret comes in and never out again. */
export function oauth2ProviderHandlers(dependencies: ControlPlaneDependencies) {
  const { identityRepository, keyring, allowLoopback, url } = dependencies;
  const providers = () => identityRepository.oauth2Providers;

  const withSecret = async <Provider extends Parameters<typeof clientSecretContext>[0]>(
    provider: Provider,
    { clientSecret }: Oauth2Settings,
  ) =>
    clientSecret === undefined
      ? provider
      : { ...provider, sealedClientSecret: await keyring.seal(clientSecret, clientSecretContext(provider)) };

  const describe = (record: Oauth2ProviderRecord) =>
    ({
      clientSecretArn: { secretArn: secretArn(dependencies, "oauth2", record.name) },
      ...summarize(record),
      callbackUrl: `${url}/oauth/callback/${record.callbackId}`,
      oauth2ProviderConfigOutput: configOf(record),
      status: "READY" as const,
    }) satisfies OutputOf<"GetOauth2CredentialProvider">;

  const resources = namedResources({
    records: providers,
    what: "OAuth2 credential provider",
    arnOf: ({ credentialProviderArn }) => credentialProviderArn,
    describe,
    readBy,
  });

  return {
    async CreateOauth2CredentialProvider(input, scope) {
      const given = oauth2SettingsOf(input, allowLoopback);
      const { name, tags } = input;
      const credentialProviderArn = oauth2ProviderArn(dependencies, name);
      const time = now();
      const callbackId = randomBytes(16).toString("base64url");
      const record: Oauth2ProviderRecord = {
        ...(await withSecret({ name, credentialProviderArn, callbackId, ...given.settings }, given)),
        ...defined({ tags }),
        createdAt: time,
        updatedAt: time,
      };
      const described = describe(record);
      const { createdTime: _, lastUpdatedTime: __, credentialProviderVendor: ___, ...answer } = described;
      const change = { resource: credentialProviderArn, readBy, after: described, answer };
      await providers().create(record, scope.alongside(change));
      return answer;
    },

    async GetOauth2CredentialProvider({ name }) {
      return describe(await providers().existing(name));
    },

    /** Replaces every setting, as AWS does. The callback address stays: it is registered with the issuer. */
    async UpdateOauth2CredentialProvider(input, scope) {
      const given = oauth2SettingsOf(input, allowLoopback);
      return resources.update(input.name, scope, async (previous) => {
        const { name, credentialProviderArn, callbackId, tags, createdAt } = previous;
        return {
          ...(await withSecret({ name, credentialProviderArn, callbackId, ...given.settings }, given)),
          ...defined({ tags }),
          createdAt,
        };
      });
    },

    async ListOauth2CredentialProviders(page) {
      const { items, nextToken } = await providers().list(page);
      return { credentialProviders: items.map(summarize), nextToken };
    },

    DeleteOauth2CredentialProvider: ({ name }, scope) => resources.delete(name, scope),
  } satisfies Handlers;
}

const readBy = "GetOauth2CredentialProvider" as const;

function summarize(record: Oauth2ProviderRecord) {
  const { name, credentialProviderArn, credentialProviderVendor, createdAt, updatedAt } = record;
  return {
    name,
    credentialProviderVendor,
    credentialProviderArn,
    createdTime: new Date(createdAt),
    lastUpdatedTime: new Date(updatedAt),
  };
}

type ConfigOutput = OutputOf<"GetOauth2CredentialProvider">["oauth2ProviderConfigOutput"];

function configOf(record: Oauth2ProviderRecord): ConfigOutput {
  const { clientId, oauthDiscovery, clientAuthenticationMethod, onBehalfOfTokenExchangeConfig } = record;
  const { member } = vendors[record.credentialProviderVendor];
  const config = { clientId, oauthDiscovery };
  if (member !== "customOauth2ProviderConfig") return { [member]: config } as object as ConfigOutput; // One of its members.
  return { [member]: { ...config, clientAuthenticationMethod, ...defined({ onBehalfOfTokenExchangeConfig }) } };
}
