import type { TargetRecord } from "../../storage/records.ts";
import { refuse } from "../supported.ts";
import type { PossibleCredentials, TargetInput } from "./kind.ts";
import { readApiKey, readOAuth } from "./providers.ts";

type Given = TargetInput["credentialProviderConfigurations"];
type Kept = TargetRecord["credentialProviderConfigurations"];
type Configured = NonNullable<Given>[number];

const path = "credentialProviderConfigurations";

/** Every grant that a token for a target may come from. */
export const everyGrant = ["CLIENT_CREDENTIALS", "AUTHORIZATION_CODE", "TOKEN_EXCHANGE"];

/** Whose calls would be those of whoever asks, and why they can't be. */
const refused: Readonly<Record<string, string>> = {
  CALLER_IAM_CREDENTIALS:
    "a caller's signature is good for one request to the gateway, and nobody can sign another in their name. Use GATEWAY_IAM_ROLE and decide by policy who may call",
  JWT_PASSTHROUGH:
    'a caller\'s token is for the gateway alone, and is never passed on (MCP, "Token passthrough"). Use OAUTH with the grant type TOKEN_EXCHANGE, which gives the target a token of its own for the same user',
};

/**
 * Checks and completes the credentials that a target's calls go out with. Whether there is such a provider is for
 * `targetProviders.ts` to find out.
 * @throws GatehouseError `validation`
 */
export function readCredentials(configurations: Given, possible: PossibleCredentials): Kept {
  const [configuration, ...others] = configurations ?? [];
  if (others.length > 0) refuse(path, "must have one entry at most");
  if (configuration === undefined) return possible.none ? [] : [{ credentialProviderType: "GATEWAY_IAM_ROLE" }];
  const { credentialProviderType: type } = configuration;
  const reason = Object.hasOwn(refused, type) ? refused[type] : undefined;
  if (reason !== undefined) refuse(`${path}[0].credentialProviderType`, `can't be ${type}: ${reason}`);
  if (type === "GATEWAY_IAM_ROLE") return [readRole(configuration, possible)];
  if (type === "API_KEY" && possible.apiKey) return [readApiKey(configuration, `${path}[0]`)];
  if (type === "OAUTH" && possible.grants.length > 0) return [readOAuth(configuration, possible, `${path}[0]`)];
  return refuse(`${path}[0].credentialProviderType`, `can't be ${type} for ${possible.what}: ${wordsFor(possible)}`);
}

function readRole({ credentialProvider }: Configured, { role, what }: PossibleCredentials): Kept[number] {
  const iam = credentialProvider?.iamCredentialProvider;
  if (role === "KNOWN_SERVICE" && credentialProvider !== undefined) {
    refuse(path, `must be GATEWAY_IAM_ROLE without a provider for ${what}`);
  }
  if (credentialProvider !== undefined && iam === undefined) {
    refuse(`${path}[0].credentialProvider`, "must be an iamCredentialProvider with GATEWAY_IAM_ROLE");
  }
  if (role === "NAMED_SERVICE" && iam === undefined) {
    refuse(`${path}[0].credentialProvider`, "must be an iamCredentialProvider that names the service to sign for");
  }
  return {
    credentialProviderType: "GATEWAY_IAM_ROLE",
    ...(iam === undefined ? {} : { credentialProvider: { iamCredentialProvider: iam } }),
  };
}

function wordsFor({ apiKey, grants, none }: PossibleCredentials): string {
  const types = ["GATEWAY_IAM_ROLE", ...(apiKey ? ["API_KEY"] : []), ...(grants.length > 0 ? ["OAUTH"] : [])];
  return `it must be ${types.join(" or ")}${none ? ", or left out" : ""}`;
}
