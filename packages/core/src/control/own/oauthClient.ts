import { sealClientSecret } from "../../identity/facade/oauthClient.ts";
import type { GatewayOauthClient, GatewayRecord } from "../../storage/records.ts";
import { defined } from "../defined.ts";
import type { ControlPlaneDependencies } from "../handlers.ts";
import { refuse } from "../supported.ts";
import type { GatewaySettings, OauthClientInput } from "./policyTypes.ts";

/**
 * The client that a gateway is to have at its issuer, its secret sealed. Without a new secret a client keeps the one it has,
 * as long as it is the same client of the same issuer: nobody who puts settings needs to know it.
 * @throws GatehouseError `validation` for a gateway without an issuer.
 */
export async function oauthClientOf(
  { clientId, clientSecret, scopes, resourceIndicator }: OauthClientInput,
  gateway: GatewayRecord,
  { keyring }: Pick<ControlPlaneDependencies, "keyring">,
): Promise<GatewayOauthClient> {
  const discoveryUrl = gateway.authorizerConfiguration?.customJWTAuthorizer?.discoveryUrl;
  if (gateway.authorizerType !== "CUSTOM_JWT" || discoveryUrl === undefined) {
    refuse("oauthClient", "belongs to a gateway whose authorizerType is CUSTOM_JWT: it is a client of that issuer");
  }
  const previous = gateway.settings?.oauthClient;
  const isSame = previous?.clientId === clientId && previous.discoveryUrl === discoveryUrl;
  const sealedClientSecret =
    clientSecret === undefined
      ? isSame
        ? previous.sealedClientSecret
        : undefined
      : await sealClientSecret(keyring, gateway.gatewayId, clientSecret);
  return { clientId, discoveryUrl, ...defined({ sealedClientSecret, scopes, resourceIndicator }) };
}

/** What is told of it. */
export function describeOauthClient({
  clientId,
  scopes,
  resourceIndicator,
}: GatewayOauthClient): NonNullable<GatewaySettings["oauthClient"]> {
  return { clientId, ...defined({ scopes, resourceIndicator }) };
}
