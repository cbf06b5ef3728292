import type { ControlPlaneDependencies } from "../handlers.ts";
import { apiKeyProviderHandlers } from "./apiKeyProviders.ts";
import { oauth2ProviderHandlers } from "./oauth2Providers.ts";
import { signingKeyHandlers } from "./signingKey.ts";
import { tokenVaultHandlers } from "./tokenVault.ts";
import { workloadIdentityHandlers } from "./workloadIdentities.ts";
import { workloadTokenHandlers } from "./workloadTokens.ts";

/** The operations on agents, on the credentials that are kept for them, and on the vault that keeps them. */
export function identityHandlers(dependencies: ControlPlaneDependencies) {
  return {
    ...workloadIdentityHandlers(dependencies),
    ...workloadTokenHandlers(dependencies),
    ...apiKeyProviderHandlers(dependencies),
    ...oauth2ProviderHandlers(dependencies),
    ...tokenVaultHandlers(dependencies),
    ...signingKeyHandlers(dependencies),
  };
}
