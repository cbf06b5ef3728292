import type { Location } from "../identifiers.ts";

/** An account has one directory of workload identities, and one token vault. */
export const tokenVaultId = "default";

const arn = ({ region, accountId }: Location, resource: string): string =>
  `arn:aws:bedrock-agentcore:${region}:${accountId}:${resource}`;

export const tokenVaultArn = (location: Location): string => arn(location, `token-vault/${tokenVaultId}`);

export const workloadIdentityArn = (location: Location, name: string): string =>
  arn(location, `workload-identity-directory/default/workload-identity/${name}`);

export const apiKeyProviderArn = (location: Location, name: string): string =>
  `${tokenVaultArn(location)}/apikeycredentialprovider/${name}`;

export const oauth2ProviderArn = (location: Location, name: string): string =>
  `${tokenVaultArn(location)}/oauth2credentialprovider/${name}`;

/**
 * The ARN that AgentCore's API says a provider's secret has in Secrets Manager. Gatehouse keeps secrets itself: it names
 * the secret, and there is nothing behind it.
 */
export const secretArn = ({ region, accountId }: Location, kind: "apikey" | "oauth2", name: string): string =>
  `arn:aws:secretsmanager:${region}:${accountId}:secret:bedrock-agentcore-identity!${tokenVaultId}/${kind}/${name}`;
