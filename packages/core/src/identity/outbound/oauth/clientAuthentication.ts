import { type ClientAuth, ClientSecretBasic, ClientSecretPost, PrivateKeyJwt } from "openid-client";
import { GatehouseError } from "../../../errors.ts";
import type { Oauth2ProviderRecord } from "../../../storage/identityRecords.ts";
import type { Keyring } from "../../vault/keyring.ts";
import type { DeploymentKey } from "../deploymentKey.ts";
import { clientSecretContext } from "../registration.ts";

/** How Gatehouse proves to an issuer that it is its client, and the secret that it does it with, which nobody may read. */
export interface ClientProof {
  readonly authentication: ClientAuth;
  readonly secret?: string;
}

/**
 * Client authentication as the provider says: with its secret, in the header or the body (RFC 6749, section 2.3.1), or with
 * a JWT signed by the key of this deployment (RFC 7523, section 2.2), whose public half is at `/oauth/jwks.json`.
 */
export async function clientProofOf(
  provider: Oauth2ProviderRecord,
  { keyring, deploymentKey }: { readonly keyring: Keyring; readonly deploymentKey: DeploymentKey },
): Promise<ClientProof> {
  const { name, clientAuthenticationMethod: method, sealedClientSecret } = provider;
  switch (method) {
    case "AWS_IAM_ID_TOKEN_JWT":
      return { authentication: PrivateKeyJwt(await deploymentKey.signer()) };
    case "CLIENT_SECRET_BASIC":
    case "CLIENT_SECRET_POST": {
      if (sealedClientSecret === undefined) {
        throw new GatehouseError("validation", `The credential provider ${name} has no client secret; give it one.`);
      }
      const secret = await keyring.open(sealedClientSecret, clientSecretContext(provider));
      const authentication = method === "CLIENT_SECRET_BASIC" ? ClientSecretBasic(secret) : ClientSecretPost(secret);
      return { authentication, secret };
    }
    default:
      throw new GatehouseError("validation", `The credential provider ${name} can't use ${method}.`);
  }
}
