import { parseProviderArn } from "../gateway/targets/credentials/providerArn.ts";
import type { IdentityRepository } from "../storage/identityRepository.ts";
import type { TargetRecord } from "../storage/records.ts";
import { refuse } from "./supported.ts";

const path = "credentialProviderConfigurations[0].credentialProvider";

/**
 * Makes sure that the credential provider that a target names is there, and of the kind that the target wants. Whoever
 * configures a target says where the provider's secret is sent, so that they need the right to have it themselves.
 * @param permit makes sure of that, by the operation of the data plane that gives it.
 * @throws GatehouseError `validation`, and what `permit` throws
 */
export async function checkProvider(
  { credentialProviderConfigurations: [configuration] }: Pick<TargetRecord, "credentialProviderConfigurations">,
  repository: Pick<IdentityRepository, "apiKeyProvider" | "oauth2Provider">,
  permit: (operation: "GetResourceApiKey" | "GetResourceOauth2Token", providerArn: string) => Promise<void>,
): Promise<void> {
  const { apiKeyCredentialProvider: key, oauthCredentialProvider: oauth } = configuration?.credentialProvider ?? {};
  if (key !== undefined) {
    const { name } = parsed(key.providerArn, "apikeycredentialprovider", `${path}.apiKeyCredentialProvider`);
    await permit("GetResourceApiKey", key.providerArn ?? "");
    const found = await repository.apiKeyProvider(name);
    requireSame(found, key.providerArn, `${path}.apiKeyCredentialProvider`);
  }
  if (oauth !== undefined) {
    const { name } = parsed(oauth.providerArn, "oauth2credentialprovider", `${path}.oauthCredentialProvider`);
    await permit("GetResourceOauth2Token", oauth.providerArn ?? "");
    const found = await repository.oauth2Provider(name);
    requireSame(found, oauth.providerArn, `${path}.oauthCredentialProvider`);
    if (oauth.grantType === "TOKEN_EXCHANGE" && found?.onBehalfOfTokenExchangeConfig === undefined) {
      refuse(
        `${path}.oauthCredentialProvider.grantType`,
        `can't be TOKEN_EXCHANGE: the provider ${name} has no onBehalfOfTokenExchangeConfig`,
      );
    }
  }
}

function parsed(arn: string | undefined, kind: string, name: string): { readonly name: string } {
  const provider = parseProviderArn(arn);
  if (provider === undefined || provider.kind !== kind) {
    refuse(`${name}.providerArn`, `must be the ARN of a credential provider: arn:...:token-vault/default/${kind}/NAME`);
  }
  return provider;
}

function requireSame(
  found: { readonly credentialProviderArn: string } | undefined,
  arn: string | undefined,
  name: string,
): void {
  if (found?.credentialProviderArn !== arn) refuse(`${name}.providerArn`, `names a provider that isn't there: ${arn}`);
}
