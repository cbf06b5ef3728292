import { lazily } from "../../lazily.ts";
import type { CredentialsOptions } from "./createCredentials.ts";
import type { Credentials } from "./credentials.ts";
import type { DeploymentKey } from "./deploymentKey.ts";

/**
 * Credentials for targets, and the key that the deployment signs with, loaded with the first call that needs either: most
 * targets take none, and a function that starts shouldn't wait for a client of OAuth.
 */
export function lazyCredentials(options: CredentialsOptions): {
  readonly credentials: Credentials;
  readonly deploymentKey: Pick<DeploymentKey, "sign">;
} {
  const load = lazily(async () => (await import("./createCredentials.ts")).createCredentials(options));
  return {
    credentials: {
      apiKey: async (provider) => (await load()).credentials.apiKey(provider),
      token: async (request) => (await load()).credentials.token(request),
    },
    deploymentKey: { sign: async (...call) => (await load()).deploymentKey.sign(...call) },
  };
}
