import {
  clientCredentialsGrant,
  genericGrantRequest,
  refreshTokenGrant,
  type TokenEndpointResponse,
  type TokenEndpointResponseHelpers,
} from "openid-client";
import { GatehouseError } from "../../../errors.ts";
import type { Oauth2ProviderRecord } from "../../../storage/identityRecords.ts";
import type { DeploymentKey } from "../deploymentKey.ts";
import { type TokenSet, tokenSetOf } from "../tokenSet.ts";
import type { OauthClient, OauthClients } from "./clients.ts";
import { failureOf } from "./failures.ts";
import { parametersOf, type Wanted } from "./parameters.ts";

/** The grants by which a token is obtained without a browser. Each throws CredentialError where the issuer refuses or fails. */
export interface Grants {
  /** RFC 6749, section 4.4. */
  clientCredentials(provider: Oauth2ProviderRecord, wanted: Wanted): Promise<TokenSet>;
  /** RFC 6749, section 6. Keeps the refresh token where the issuer gives no new one. */
  refresh(provider: Oauth2ProviderRecord, wanted: Wanted, refreshToken: string): Promise<TokenSet>;
  /** RFC 8693, or RFC 7523 section 2.1, as the provider says. @param agent who acts for the user. */
  onBehalfOf(provider: Oauth2ProviderRecord, wanted: Wanted, userToken: string, agent: string): Promise<TokenSet>;
}

type Answer = TokenEndpointResponse & TokenEndpointResponseHelpers;

const grantTypes = {
  exchange: "urn:ietf:params:oauth:grant-type:token-exchange",
  bearer: "urn:ietf:params:oauth:grant-type:jwt-bearer",
} as const;
const tokenTypes = {
  access: "urn:ietf:params:oauth:token-type:access_token",
  jwt: "urn:ietf:params:oauth:token-type:jwt",
} as const;

/** An actor token is used at once. */
const actorTokenSeconds = 60;

/** Asks issuers by openid-client. */
export function createGrants(options: {
  readonly clients: OauthClients;
  readonly deploymentKey: DeploymentKey;
  readonly url: string;
  readonly now: () => Date;
}): Grants {
  const { clients, deploymentKey, url, now } = options;

  async function ask(
    provider: Oauth2ProviderRecord,
    grant: string,
    secrets: readonly string[],
    act: (client: OauthClient["configuration"]) => Promise<Answer>,
  ): Promise<TokenSet> {
    const { configuration, secret } = await clients.of(provider);
    const asked = now();
    try {
      return tokenSetOf(await act(configuration), asked);
    } catch (error) {
      throw failureOf(error, `The token request (${grant}) of the credential provider ${provider.name}`, [
        secret,
        ...secrets,
      ]);
    }
  }

  const clientCredentials: Grants["clientCredentials"] = (provider, wanted) =>
    ask(provider, "client_credentials", [], (client) => clientCredentialsGrant(client, parametersOf(wanted)));

  /** The members of an exchange that say who acts (RFC 8693, section 2.1). */
  async function actorOf(provider: Oauth2ProviderRecord, agent: string): Promise<Record<string, string>> {
    const { actorTokenContent = "NONE", actorTokenScopes = [] } =
      provider.onBehalfOfTokenExchangeConfig?.tokenExchangeGrantTypeConfig ?? {};
    switch (actorTokenContent) {
      case "NONE":
        return {};
      case "M2M": {
        const { accessToken } = await clientCredentials(provider, { scopes: actorTokenScopes });
        return { actor_token: accessToken, actor_token_type: tokenTypes.access };
      }
      case "AWS_IAM_ID_TOKEN_JWT": {
        const { configuration } = await clients.of(provider);
        const iat = Math.floor(now().getTime() / 1_000);
        const aud = configuration.serverMetadata().issuer;
        const jti = crypto.randomUUID();
        const claims = { iss: url, sub: agent, aud, iat, exp: iat + actorTokenSeconds, jti };
        return { actor_token: await deploymentKey.sign(claims), actor_token_type: tokenTypes.jwt };
      }
      default:
        throw new GatehouseError("validation", `The credential provider ${provider.name} has an unknown actor token.`);
    }
  }

  async function exchange(provider: Oauth2ProviderRecord, wanted: Wanted, userToken: string, agent: string) {
    const actor = await actorOf(provider, agent);
    const parameters = parametersOf(wanted);
    parameters.set("subject_token", userToken);
    parameters.set("subject_token_type", tokenTypes.access);
    for (const [name, value] of Object.entries(actor)) parameters.set(name, value);
    const secrets = [userToken, ...Object.values(actor)];
    return ask(provider, "token-exchange", secrets, (client) =>
      genericGrantRequest(client, grantTypes.exchange, parameters),
    );
  }

  function bearer(provider: Oauth2ProviderRecord, wanted: Wanted, userToken: string) {
    const parameters = parametersOf(wanted);
    parameters.set("assertion", userToken);
    // Microsoft Entra ID takes such a grant for an on-behalf-of request by this parameter alone.
    if (provider.credentialProviderVendor === "MicrosoftOauth2") {
      parameters.set("requested_token_use", "on_behalf_of");
    }
    return ask(provider, "jwt-bearer", [userToken], (client) =>
      genericGrantRequest(client, grantTypes.bearer, parameters),
    );
  }

  return {
    clientCredentials,
    async refresh(provider, wanted, refreshToken) {
      // The scopes are those of the consent (RFC 6749, section 6); custom parameters were for the user's browser.
      const parameters = parametersOf({ scopes: [], resources: wanted.resources ?? [] });
      const fresh = await ask(provider, "refresh_token", [refreshToken], (client) =>
        refreshTokenGrant(client, refreshToken, parameters),
      );
      return { refreshToken, ...fresh };
    },
    async onBehalfOf(provider, wanted, userToken, agent) {
      const { grantType } = provider.onBehalfOfTokenExchangeConfig ?? {};
      if (grantType === "TOKEN_EXCHANGE") return exchange(provider, wanted, userToken, agent);
      if (grantType === "JWT_AUTHORIZATION_GRANT") return bearer(provider, wanted, userToken);
      const message = `The credential provider ${provider.name} exchanges no tokens: it needs an onBehalfOfTokenExchangeConfig.`;
      throw new GatehouseError("validation", message);
    },
  };
}
