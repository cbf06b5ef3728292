import { createHash } from "node:crypto";
import type { Oauth2ProviderRecord } from "../../storage/identityRecords.ts";

/**
 * Which client of which issuer a provider stands for, as a digest. A provider can be deleted and made anew under its name,
 * and pointed at another issuer: what the one client was given belongs to it alone, so a refresh token is never sent to,
 * and a token never used as if it came from, another issuer. A new secret of the same client changes nothing.
 */
export function registrationOf({ callbackId, clientId, oauthDiscovery }: Oauth2ProviderRecord): string {
  const { discoveryUrl, authorizationServerMetadata: metadata } = oauthDiscovery;
  const server = discoveryUrl ?? [metadata?.issuer, metadata?.authorizationEndpoint, metadata?.tokenEndpoint];
  return createHash("sha256")
    .update(JSON.stringify([callbackId, clientId, server]))
    .digest("base64url");
}
