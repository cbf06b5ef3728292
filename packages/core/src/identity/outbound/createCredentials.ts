import { untilAborted, within } from "../../abort.ts";
import { GatehouseError } from "../../errors.ts";
import type { OutboundFetch } from "../../outbound.ts";
import type { RateLimitRepository } from "../../storage/rateLimitRepository.ts";
import type { SigningKeyRepository } from "../../storage/signingKeyRepository.ts";
import type { VaultRepository } from "../../storage/vaultRepository.ts";
import type { Keyring } from "../vault/keyring.ts";
import { createConsents } from "./consents.ts";
import { type Consents, CredentialError, type Credentials } from "./credentials.ts";
import { createDeploymentKey, type DeploymentKey } from "./deploymentKey.ts";
import { tokenOf } from "./flows.ts";
import { createOauthClients } from "./oauth/clients.ts";
import { createGrants } from "./oauth/grants.ts";
import { oauth2ProviderNamed, type Providers, rememberedProviders } from "./providers.ts";
import { createSessions } from "./sessions.ts";
import { createTokenStore } from "./tokenStore.ts";

export interface CredentialsOptions {
  readonly providers: Providers;
  readonly vault: VaultRepository;
  readonly signingKeys: Pick<SigningKeyRepository, "rotated">;
  readonly keyring: Keyring;
  /** Counts the consents that are begun. */
  readonly rateLimits: RateLimitRepository;
  /** The public base address of the deployment, without a slash at its end. */
  readonly url: string;
  /** Whether issuers and return addresses may be on this very machine. */
  readonly allowLoopback: boolean;
  readonly now?: () => Date;
  readonly fetch?: OutboundFetch;
}

/** How long anybody waits for a credential. */
const patienceMilliseconds = 28_000;

/** Credentials for targets and agents, the consents that some of them need, and the key that the deployment signs with. */
export function createCredentials(options: CredentialsOptions): {
  readonly credentials: Credentials;
  readonly consents: Consents;
  readonly deploymentKey: DeploymentKey;
} {
  const { vault, keyring, rateLimits, url, allowLoopback, now = () => new Date() } = options;
  const providers = rememberedProviders(options.providers);
  const deploymentKey = createDeploymentKey({ vault, signingKeys: options.signingKeys, keyring, now });
  const clients = createOauthClients({ ...options, deploymentKey });
  const grants = createGrants({ clients, deploymentKey, url, now });
  const sessions = createSessions({ vault, keyring, rateLimits, now });
  const store = createTokenStore({ vault, keyring, now });
  const flows = { grants, sessions, store, providers, vault, url, allowLoopback, now };

  const credentials: Credentials = {
    async apiKey(name) {
      const provider = await providers.apiKeyProvider(name);
      if (provider === undefined) {
        throw new GatehouseError("notFound", `There is no API key credential provider named ${name}.`);
      }
      const { sealedApiKey, credentialProviderArn } = provider;
      return keyring.open(sealedApiKey, { is: "api-key", provider: credentialProviderArn });
    },
    async token(request) {
      const provider = await oauth2ProviderNamed(providers, request.provider);
      // What many share doesn't end with one of them.
      return within(patienceMilliseconds, request.signal, (signal) =>
        untilAborted(tokenOf(request, provider, flows), signal),
      ).catch((error: unknown) => {
        const isLate = error instanceof DOMException && error.name === "TimeoutError" && !request.signal?.aborted;
        throw isLate ? new CredentialError(`The issuer of ${provider.name} took too long.`) : error;
      });
    },
  };
  return { credentials, consents: createConsents({ ...flows, clients }), deploymentKey };
}
