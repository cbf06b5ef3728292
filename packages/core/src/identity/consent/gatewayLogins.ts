import type { GatewayRecord } from "../../storage/records.ts";
import { oauthClientOf, openClientSecret, scopesOf } from "../facade/oauthClient.ts";
import type { Keyring } from "../vault/keyring.ts";
import type { FindLoginClient } from "./login.ts";

/** Finds Gatehouse's client at a gateway's issuer: the gateway's setting `oauthClient`. */
export function gatewayLogins({
  getGateway,
  keyring,
}: {
  readonly getGateway: (gatewayId: string) => Promise<GatewayRecord | undefined>;
  readonly keyring: Keyring;
}): FindLoginClient {
  return async (gatewayId) => {
    const gateway = await getGateway(gatewayId);
    const client = gateway && oauthClientOf(gateway);
    if (gateway === undefined || client === undefined) return undefined;
    const clientSecret = await openClientSecret(keyring, gatewayId, client);
    const { discoveryUrl, clientId } = client;
    return {
      discoveryUrl,
      clientId,
      scopes: scopesOf(gateway) ?? [],
      ...(clientSecret === undefined ? {} : { clientSecret }),
    };
  };
}
