import { createHash } from "node:crypto";
import type { Oauth2ProviderRecord } from "../../storage/identityRecords.ts";

/** What says which client of which issuer a provider is. */
type Registered = Pick<Oauth2ProviderRecord, "callbackId" | "clientId" | "oauthDiscovery">;

/**
 * Which client of which issuer a provider stands for, as a digest. A provider can be deleted and made anew under its name,
 * and pointed at another issuer: what the one client was given belongs to it alone, so a refresh token is never sent to,
 * and a token never used as if it came from, another issuer. A new secret of the same client changes nothing.
 */
export function registrationOf({ callbackId, clientId, oauthDiscovery }: Registered): string {
  const { discoveryUrl, authorizationServerMetadata: metadata } = oauthDiscovery;
  // All of it: a row that says both has come about in another way than by the API, and must be no provider of either.
  const server = [discoveryUrl, metadata?.issuer, metadata?.authorizationEndpoint, metadata?.tokenEndpoint];
  return createHash("sha256")
    .update(JSON.stringify([callbackId, clientId, server]))
    .digest("base64url");
}

/**
 * What a client secret is sealed under. Whoever can write rows, and not seal, can't have it sent to another issuer: the
 * secret of a row whose endpoints are others doesn't open.
 */
export function clientSecretContext(provider: Registered & Pick<Oauth2ProviderRecord, "credentialProviderArn">) {
  const { credentialProviderArn } = provider;
  return { is: "client-secret", provider: credentialProviderArn, registration: registrationOf(provider) };
}
