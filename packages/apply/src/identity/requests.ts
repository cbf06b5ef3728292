import { isJsonObject, type Json, type JsonObject } from "@gatehouse/core/json.ts";
import type { IdentityEntry, IdentityKind } from "./kinds.ts";

/** The names of the operations on a kind, without their verbs. */
export const operationNouns = {
  workloadIdentity: "WorkloadIdentity",
  apiKeyCredentialProvider: "ApiKeyCredentialProvider",
  oauth2CredentialProvider: "Oauth2CredentialProvider",
} as const satisfies Record<IdentityKind, string>;

/** The request that creates one, or without tags the one that changes it: the secret is in it. */
export function identityRequest(
  kind: IdentityKind,
  name: string,
  { settings, tags, secret }: Omit<IdentityEntry, "tags"> & { readonly tags?: JsonObject },
): JsonObject {
  const request = { name, ...settings, ...(tags === undefined || Object.keys(tags).length === 0 ? {} : { tags }) };
  if (kind === "workloadIdentity" || secret === undefined) return request;
  if (kind === "apiKeyCredentialProvider") return { ...request, apiKey: secret };
  const { oauth2ProviderConfigInput: input } = settings;
  if (!isJsonObject(input)) return request;
  const withSecret = (config: Json) => (isJsonObject(config) ? { ...config, clientSecret: secret } : config);
  const configs = Object.entries(input).map(([member, config]) => [member, withSecret(config)] as const);
  return { ...request, oauth2ProviderConfigInput: Object.fromEntries(configs) };
}
