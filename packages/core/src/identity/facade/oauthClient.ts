import type { GatewayOauthClient, GatewayRecord } from "../../storage/records.ts";
import { advertisedScopes } from "../authorizer.ts";
import type { Keyring } from "../vault/keyring.ts";

/** Under which a gateway's client secret is sealed. */
function contextOf(gatewayId: string): Readonly<Record<string, string>> {
  return { is: "gateway-client-secret", gateway: gatewayId };
}

/** Seals the secret of the client that Gatehouse is of a gateway's issuer. */
export function sealClientSecret(keyring: Keyring, gatewayId: string, secret: string): Promise<string> {
  return keyring.seal(secret, contextOf(gatewayId));
}

/**
 * The client that Gatehouse is of a gateway's issuer. Undefined where there is none, and where the gateway has come to trust
 * another issuer since: the client was not registered there, and whoever changes an issuer must not be sent its secret.
 */
export function oauthClientOf(gateway: GatewayRecord): GatewayOauthClient | undefined {
  const client = gateway.settings?.oauthClient;
  const discoveryUrl = gateway.authorizerConfiguration?.customJWTAuthorizer?.discoveryUrl;
  if (gateway.authorizerType !== "CUSTOM_JWT" || client?.discoveryUrl !== discoveryUrl) return undefined;
  return client;
}

/**
 * The secret of that client; undefined for a public one.
 * @throws NotSealedHere, and GatehouseError `internal` when KMS is of no use.
 */
export async function openClientSecret(
  keyring: Keyring,
  gatewayId: string,
  { sealedClientSecret }: GatewayOauthClient,
): Promise<string | undefined> {
  return sealedClientSecret === undefined ? undefined : keyring.open(sealedClientSecret, contextOf(gatewayId));
}

/** What clients of a gateway are told they can ask for, and all that they get. */
export function scopesOf(gateway: GatewayRecord): readonly string[] | undefined {
  const rules = gateway.authorizerConfiguration?.customJWTAuthorizer;
  return oauthClientOf(gateway)?.scopes ?? (rules?.allowedScopes === undefined ? undefined : advertisedScopes(rules));
}

/** The facade's issuer identifier of a gateway (RFC 8414). @param url the public base address, without a slash at its end. */
export function facadeOf(url: string, gatewayId: string): string {
  return `${url}/oauth/facade/${gatewayId}`;
}
