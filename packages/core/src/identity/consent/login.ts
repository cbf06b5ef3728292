import { jwtVerify } from "jose";
import * as oidc from "openid-client";
import { GatehouseError } from "../../errors.ts";
import { type OutboundFetch, outboundFetch } from "../../outbound.ts";
import type { createIssuers } from "../issuer.ts";
import { issuerAuthentication } from "../issuerAuthentication.ts";
import { algorithms } from "../jwt.ts";
import { CredentialError, type User } from "../outbound/credentials.ts";
import { guardedFetch } from "../outbound/oauth/issuerFetch.ts";

/** Gatehouse's own client at the issuer of a gateway. */
export interface LoginClient {
  /** The address of the issuer's discovery document, as the gateway's authorizer has it. */
  readonly discoveryUrl: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  readonly scopes?: readonly string[];
}

/** The client of the gateway of this id; undefined where its administrator has set none, or there is no such gateway. */
export type FindLoginClient = (gatewayId: string) => Promise<LoginClient | undefined>;

/** What must be kept between the two halves of a login, by the browser that logs in. */
export interface LoginSecrets {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** The issuer has not said who the user is. */
export class LoginFailed extends CredentialError {
  override readonly name = "LoginFailed";
}

/** Finds out who sits at a browser: OpenID Connect's authorization code flow with PKCE at a gateway's issuer. */
export interface Login {
  /** Where the browser goes, and what is needed when it comes back. @throws LoginFailed */
  begin(client: LoginClient): Promise<{ readonly address: URL; readonly secrets: LoginSecrets }>;
  /** Who has logged in, as a gateway would know them by their token. @throws LoginFailed */
  finish(client: LoginClient, answer: URLSearchParams, secrets: LoginSecrets): Promise<User>;
}

/** Of each request; a login takes four at most, and the function has 29 seconds. */
const timeoutSeconds = 5;

/** Logs in with `redirectUri` as the address to come back to, which must be registered at the issuers. */
export function createLogin({
  redirectUri,
  issuers,
  allowLoopback,
  fetch: fetchIt = outboundFetch,
}: {
  readonly redirectUri: string;
  readonly issuers: ReturnType<typeof createIssuers>;
  readonly allowLoopback: boolean;
  readonly fetch?: OutboundFetch;
}): Login {
  async function configure({ discoveryUrl, clientId, clientSecret }: LoginClient): Promise<oidc.Configuration> {
    const { issuer } = await issuers.find(discoveryUrl);
    const execute = [oidc.enableNonRepudiationChecks, ...(allowLoopback ? [oidc.allowInsecureRequests] : [])];
    const found = await oidc.discovery(new URL(discoveryUrl), clientId, undefined, oidc.None(), {
      execute,
      timeout: timeoutSeconds,
      [oidc.customFetch]: guarded,
    });
    const metadata = found.serverMetadata();
    // The library believes a whole discovery address whatever issuer it names; gateways don't.
    if (metadata.issuer !== issuer) throw new LoginFailed("it names another issuer than gateways know it as");
    if (clientSecret === undefined) return found;
    const authentication = issuerAuthentication(clientSecret, metadata.token_endpoint_auth_methods_supported);
    const configuration = new oidc.Configuration(metadata, clientId, undefined, authentication);
    for (const step of execute) step(configuration);
    configuration.timeout = timeoutSeconds;
    configuration[oidc.customFetch] = guarded;
    return configuration;
  }

  const guarded = guardedFetch(fetchIt, allowLoopback);

  return {
    begin: (client) =>
      orFailed(async () => {
        const configuration = await configure(client);
        const secrets = {
          state: oidc.randomState(),
          nonce: oidc.randomNonce(),
          verifier: oidc.randomPKCECodeVerifier(),
        };
        const address = oidc.buildAuthorizationUrl(configuration, {
          redirect_uri: redirectUri,
          scope: [...new Set(["openid", ...(client.scopes ?? [])])].join(" "),
          state: secrets.state,
          nonce: secrets.nonce,
          code_challenge: await oidc.calculatePKCECodeChallenge(secrets.verifier),
          code_challenge_method: "S256",
        });
        return { address, secrets };
      }),
    finish: (client, answer, { state, nonce, verifier }) =>
      orFailed(async () => {
        const configuration = await configure(client);
        const tokens = await oidc.authorizationCodeGrant(configuration, new URL(`${redirectUri}?${answer}`), {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        });
        const claims = tokens.claims();
        if (claims === undefined) throw new LoginFailed("it gave no ID token");
        const subject = (await subjectOfAccessToken(tokens.access_token, client.discoveryUrl)) ?? claims.sub;
        return { kind: "token", issuer: claims.iss, subject };
      }),
  };

  /**
   * The subject that a gateway would see: that of the access token, where it is a JWT of the issuer's. Some issuers name
   * users differently in ID tokens.
   */
  async function subjectOfAccessToken(token: string, discoveryUrl: string): Promise<string | undefined> {
    const { issuer, keys } = await issuers.find(discoveryUrl);
    const verified = await jwtVerify(token, keys, { issuer, algorithms }).catch(() => undefined);
    return verified?.payload.sub;
  }
}

/** Of an issuer's failure only its kind is kept: what it says was perhaps written by whoever made the link (T18, T20). */
async function orFailed<Result>(attempt: () => Promise<Result>): Promise<Result> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof GatehouseError || error instanceof LoginFailed) throw error;
    throw new LoginFailed(reasonOf(error));
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof oidc.AuthorizationResponseError || error instanceof oidc.ResponseBodyError) {
    return /^[a-z_]{1,40}$/.test(error.error) ? `it answered "${error.error}"` : "it answered with an error";
  }
  if (error instanceof oidc.ClientError) return `its answer is not as it must be (${error.code ?? "no code"})`;
  return "it could not be asked";
}
