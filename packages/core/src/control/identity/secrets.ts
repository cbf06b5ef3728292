import type { SecretReference, SecretSourceType } from "@aws-sdk/client-bedrock-agentcore-control";
import { refuse } from "../supported.ts";

/**
 * Refuses a secret that is kept elsewhere: Gatehouse's vault is the only place that it reads secrets from.
 * @param member what the members that say so begin with, as in `clientSecret`.
 * @throws GatehouseError `validation`
 */
export function refuseExternalSecret(
  member: string,
  config: SecretReference | undefined,
  source: SecretSourceType | undefined,
): void {
  const instead = "Gatehouse keeps secrets itself: send the secret";
  if (config !== undefined) refuse(`${member}Config`, `is not supported, because ${instead}`);
  if (source !== undefined && source !== "MANAGED") refuse(`${member}Source`, `must be MANAGED: ${instead}`);
}
