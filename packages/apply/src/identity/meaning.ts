import type { GetOauth2CredentialProviderResponse } from "@aws-sdk/client-bedrock-agentcore-control";
import { oauth2SettingsOf } from "@gatehouse/core/control/identity/oauth2Settings.ts";
import type { InputOf } from "@gatehouse/core/control/operationTypes.ts";
import { vendors } from "@gatehouse/core/identity/outbound/vendors.ts";
import { isJsonObject, type Json, type JsonObject } from "@gatehouse/core/json.ts";
import type { IdentityEntry, IdentityKind } from "./kinds.ts";
import { identityRequest } from "./requests.ts";

/** What is compared of an entry of a document that was checked before. */
export function identityMeaning(kind: IdentityKind, name: string, entry: IdentityEntry): JsonObject {
  if (kind !== "oauth2CredentialProvider") return { ...entry.settings, tags: entry.tags };
  const request = identityRequest(kind, name, entry) as unknown;
  // It was decoded by the operation's schema when the document was checked.
  const { settings } = oauth2SettingsOf(request as InputOf<"CreateOauth2CredentialProvider">, true);
  return { ...oauth2Meaning(settings.credentialProviderVendor, asJson(settings)), tags: entry.tags };
}

/** What is compared of a deployed OAuth2 client. */
export function presentOauth2Meaning(response: GetOauth2CredentialProviderResponse): JsonObject {
  const { credentialProviderVendor: vendor = "CustomOauth2", oauth2ProviderConfigOutput: output } = response;
  return oauth2Meaning(vendor, { ...configOf(output), credentialProviderVendor: vendor });
}

/** A deployed OAuth2 client in the form of a document's entry; where the secret is to be found is for its reader to say. */
export function oauth2EntryOf(name: string, response: GetOauth2CredentialProviderResponse): JsonObject {
  const { credentialProviderVendor: vendor = "CustomOauth2", oauth2ProviderConfigOutput: output } = response;
  const { oauthDiscovery, ...config } = configOf(output);
  const { member, server } = vendors[vendor];
  const discovery = isJsonObject(oauthDiscovery) ? oauthDiscovery : {};
  const ofServer = server === "CUSTOM" ? { oauthDiscovery: discovery } : tenantOf(discovery, server === "TENANT");
  const needsSecret = config.clientAuthenticationMethod !== "AWS_IAM_ID_TOKEN_JWT";
  return {
    credentialProviderVendor: vendor,
    oauth2ProviderConfigInput: { [member]: { ...config, ...ofServer } },
    ...(needsSecret ? { clientSecretFrom: secretVariable(name, "CLIENT_SECRET") } : {}),
  };
}

/** The environment variable that an exported file names for a secret. */
export function secretVariable(name: string, suffix: string): string {
  return `${name
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, "_")
    .replace(/^(?=\d)/, "_")}_${suffix}`;
}

/** Only of a custom client the service says how it authenticates; of the others the vendor decides. */
function oauth2Meaning(vendor: string, settings: JsonObject): JsonObject {
  const { clientAuthenticationMethod: method, ...rest } = settings;
  return vendor === "CustomOauth2"
    ? { ...rest, ...(method === undefined ? {} : { clientAuthenticationMethod: method }) }
    : rest;
}

function configOf(output: object | undefined): JsonObject {
  const [config = {}] = Object.values(asJson(output ?? {}));
  return isJsonObject(config) ? config : {};
}

function tenantOf({ discoveryUrl, authorizationServerMetadata: metadata }: JsonObject, ofTenant: boolean): JsonObject {
  if (ofTenant && isJsonObject(metadata)) return metadata;
  if (typeof discoveryUrl !== "string") return {};
  if (ofTenant) return { issuer: discoveryUrl.replace("/.well-known/openid-configuration", "") };
  const tenantId = /^https:\/\/login\.microsoftonline\.com\/([^/]+)\//.exec(discoveryUrl)?.[1];
  return tenantId === undefined || tenantId === "common" ? {} : { tenantId };
}

function asJson(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as Record<string, Json>; // As JSON.stringify wrote it.
}
