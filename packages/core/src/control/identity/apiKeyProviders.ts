import type { ApiKeyProviderRecord } from "../../storage/identityRecords.ts";
import { defined } from "../defined.ts";
import type { ControlPlaneDependencies, Handlers } from "../handlers.ts";
import type { InputOf, OutputOf } from "../operationTypes.ts";
import { refuse } from "../supported.ts";
import { now } from "../times.ts";
import { apiKeyProviderArn, secretArn } from "./arns.ts";
import { namedResources } from "./namedResources.ts";
import { refuseExternalSecret } from "./secrets.ts";

/** The operations on API keys that targets are called with. A key comes in and never out again. */
export function apiKeyProviderHandlers(dependencies: ControlPlaneDependencies) {
  const { identityRepository, keyring } = dependencies;
  const providers = () => identityRepository.apiKeyProviders;

  const seal = (provider: string, apiKey: string) => keyring.seal(apiKey, { is: "api-key", provider });

  const describe = (record: ApiKeyProviderRecord) =>
    ({
      apiKeySecretArn: { secretArn: secretArn(dependencies, "apikey", record.name) },
      ...summarize(record),
    }) satisfies OutputOf<"GetApiKeyCredentialProvider">;

  const resources = namedResources({
    records: providers,
    what: "API key credential provider",
    arnOf: ({ credentialProviderArn }) => credentialProviderArn,
    describe,
    readBy,
  });

  return {
    async CreateApiKeyCredentialProvider(input, scope) {
      const apiKey = apiKeyOf(input);
      const { name, tags } = input;
      const credentialProviderArn = apiKeyProviderArn(dependencies, name);
      const time = now();
      const record: ApiKeyProviderRecord = {
        name,
        credentialProviderArn,
        sealedApiKey: await seal(credentialProviderArn, apiKey),
        ...defined({ tags }),
        createdAt: time,
        updatedAt: time,
      };
      const { createdTime: _, lastUpdatedTime: __, ...answer } = describe(record);
      const change = { resource: credentialProviderArn, readBy, after: describe(record), answer };
      await providers().create(record, scope.alongside(change));
      return answer;
    },

    async GetApiKeyCredentialProvider({ name }) {
      return describe(await providers().existing(name));
    },

    async UpdateApiKeyCredentialProvider(input, scope) {
      const apiKey = apiKeyOf(input);
      return resources.update(input.name, scope, async (previous) => ({
        ...previous,
        sealedApiKey: await seal(previous.credentialProviderArn, apiKey),
      }));
    },

    async ListApiKeyCredentialProviders(page) {
      const { items, nextToken } = await providers().list(page);
      return { credentialProviders: items.map(summarize), nextToken };
    },

    DeleteApiKeyCredentialProvider: ({ name }, scope) => resources.delete(name, scope),
  } satisfies Handlers;
}

const readBy = "GetApiKeyCredentialProvider" as const;

type Input = InputOf<"CreateApiKeyCredentialProvider"> | InputOf<"UpdateApiKeyCredentialProvider">;

/** The key goes into a header or a query as it is: what can't stand in a header is refused where it can be mended. */
function apiKeyOf({ apiKey, apiKeySecretConfig, apiKeySecretSource }: Input): string {
  refuseExternalSecret("apiKeySecret", apiKeySecretConfig, apiKeySecretSource);
  if (apiKey === undefined) refuse("apiKey", "is required");
  if (!/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(apiKey)) {
    refuse("apiKey", "must be printable ASCII, without spaces at its ends");
  }
  return apiKey;
}

function summarize({ name, credentialProviderArn, createdAt, updatedAt }: ApiKeyProviderRecord) {
  return {
    name,
    credentialProviderArn,
    createdTime: new Date(createdAt),
    lastUpdatedTime: new Date(updatedAt),
  };
}
