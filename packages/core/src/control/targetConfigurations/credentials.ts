import type { TargetRecord } from "../../storage/records.ts";
import { refuse } from "../supported.ts";
import type { TargetInput } from "./kind.ts";

type Given = TargetInput["credentialProviderConfigurations"];
type Kept = TargetRecord["credentialProviderConfigurations"];

const path = "credentialProviderConfigurations";

/** For targets that are called without credentials. @throws GatehouseError `validation` */
export function noCredentials(configurations: Given, what: string): Kept {
  for (const { credentialProviderType: type } of configurations ?? []) {
    refuse(path, `must be left out for ${what}: ${type} is not part of Gatehouse yet`);
  }
  return [];
}

/** For targets that are always called with the gateway's own role. @throws GatehouseError `validation` */
export function roleCredentials(configurations: Given, what: string): Kept {
  for (const { credentialProviderType, credentialProvider } of configurations ?? []) {
    if (credentialProviderType !== "GATEWAY_IAM_ROLE" || credentialProvider !== undefined) {
      refuse(path, `must be GATEWAY_IAM_ROLE without a provider for ${what}`);
    }
  }
  return [{ credentialProviderType: "GATEWAY_IAM_ROLE" }];
}

/**
 * For targets that are called with the gateway's own role, or unsigned where nothing is said. With `iamCredentialProvider`
 * the calls are signed for the service and region that it names.
 * @param needsService whether that must be named, because the target's address doesn't say which service it is.
 * @throws GatehouseError `validation`
 */
export function roleOrNoCredentials(configurations: Given, what: string, needsService: boolean): Kept {
  const [configuration, ...others] = configurations ?? [];
  if (others.length > 0) refuse(path, "must have one entry at most");
  if (configuration === undefined) return [];
  const { credentialProviderType: type, credentialProvider } = configuration;
  if (type !== "GATEWAY_IAM_ROLE") {
    refuse(path, `must be GATEWAY_IAM_ROLE or left out for ${what}: ${type} is not part of Gatehouse yet`);
  }
  const iam = credentialProvider?.iamCredentialProvider;
  if (credentialProvider !== undefined && iam === undefined) {
    refuse(`${path}[0].credentialProvider`, "must be an iamCredentialProvider with GATEWAY_IAM_ROLE");
  }
  if (needsService && iam === undefined) {
    refuse(`${path}[0].credentialProvider`, `must be an iamCredentialProvider that names the service to sign for`);
  }
  return [
    {
      credentialProviderType: type,
      ...(iam === undefined ? {} : { credentialProvider: { iamCredentialProvider: iam } }),
    },
  ];
}
