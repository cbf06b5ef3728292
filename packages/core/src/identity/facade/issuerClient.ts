import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  Configuration,
  customFetch,
  ResponseBodyError,
  refreshTokenGrant,
  type TokenEndpointResponse,
  tokenRevocation,
} from "openid-client";
import * as z from "zod";
import { assertReachable, withoutQuery } from "../../egress.ts";
import { type OutboundFetch, outboundFetch } from "../../outbound.ts";
import type { GatewayRecord } from "../../storage/records.ts";
import { gatewayUrlOf } from "../../tools.ts";
import type { createIssuers } from "../issuer.ts";
import { issuerAuthentication } from "../issuerAuthentication.ts";
import { CredentialError } from "../outbound/credentials.ts";
import { guardedFetch } from "../outbound/oauth/issuerFetch.ts";
import type { Keyring } from "../vault/keyring.ts";
import { oauthClientOf, openClientSecret } from "./oauthClient.ts";

/** What the issuer gives for a code or a refresh token. Its ID token is for Gatehouse, and stays here. */
export interface IssuerTokens {
  readonly accessToken: string;
  readonly expiresIn?: number;
  readonly scope?: string;
  readonly refreshToken?: string;
}

/** A sign-in at the issuer, as it was begun. */
export interface SignIn {
  readonly state: string;
  /** The PKCE verifier. */
  readonly verifier: string;
}

/** What Gatehouse is at a gateway's issuer: a client. */
export interface IssuerClient {
  /** The issuer that it was begun at: an answer is taken from no other. */
  readonly discoveryUrl: string;
  /** Where the user signs in. */
  readonly host: string;
  authorizationUrl(signIn: {
    readonly state: string;
    readonly codeChallenge: string;
    readonly scopes: readonly string[];
    readonly prompt?: string | undefined;
  }): URL;
  /**
   * Exchanges the code of a callback, whose state, issuer (RFC 9207) and ID token are checked.
   * @throws CredentialError
   */
  exchange(callback: URLSearchParams, signIn: SignIn): Promise<IssuerTokens>;
  /** @throws CredentialError */
  refresh(refreshToken: string): Promise<IssuerTokens>;
  /**
   * Tells an issuer that takes it (RFC 7009) that a refresh token, and what came of the same sign-in, is good no longer.
   * @throws CredentialError
   */
  revoke(refreshToken: string): Promise<void>;
}

export interface IssuerClientDependencies {
  readonly issuers: ReturnType<typeof createIssuers>;
  readonly keyring: Keyring;
  readonly url: string;
  readonly allowLoopback: boolean;
  readonly fetch?: OutboundFetch;
}

const timeoutSeconds = 10;
const endpoints = z
  .object({
    issuer: z.string(),
    authorization_endpoint: z.string(),
    token_endpoint: z.string(),
    revocation_endpoint: z.string().exactOptional(),
    token_endpoint_auth_methods_supported: z.array(z.string()).exactOptional(),
  })
  .catchall(z.json());

/** Where the issuer sends browsers back to: the redirect address that is registered there. */
export function callbackOf(url: string): string {
  return `${url}/oauth/facade/callback`;
}

/**
 * Gatehouse as the client that a gateway's setting `oauthClient` names; undefined where it names none.
 * @throws CredentialError when the issuer can't be asked, or its document leads nowhere.
 */
export async function issuerClientOf(
  gateway: GatewayRecord,
  { issuers, keyring, url, allowLoopback, fetch: fetchIt = outboundFetch }: IssuerClientDependencies,
): Promise<IssuerClient | undefined> {
  const client = oauthClientOf(gateway);
  if (client === undefined) return undefined;
  const { discoveryUrl, clientId, resourceIndicator } = client;
  const { metadata } = await issuers.find(discoveryUrl).catch(() => {
    throw new CredentialError(`The issuer's document ${withoutQuery(discoveryUrl)} can't be read.`);
  });
  const parsed = endpoints.safeParse(metadata);
  if (!parsed.success)
    throw new CredentialError(`${withoutQuery(discoveryUrl)} names no authorization_endpoint and token_endpoint.`);
  const server = parsed.data;
  // What a document names as an endpoint is checked before a browser is sent there, `javascript:` and the like (T20).
  const signInAt = reachable(server.authorization_endpoint, allowLoopback);
  reachable(server.token_endpoint, allowLoopback);

  const secret = await openClientSecret(keyring, gateway.gatewayId, client);
  const authentication = issuerAuthentication(secret, server.token_endpoint_auth_methods_supported);
  const configuration = new Configuration(server, clientId, {}, authentication);
  configuration.timeout = timeoutSeconds;
  // Whether plain http is one's own machine, and allowed, is for the guard to say.
  if (allowLoopback) allowInsecureRequests(configuration);
  configuration[customFetch] = guardedFetch(fetchIt, allowLoopback);
  const resource: Record<string, string> =
    resourceIndicator === "OMIT" ? {} : { resource: gatewayUrlOf(url, gateway.gatewayId) };

  return {
    discoveryUrl,
    host: signInAt.host,
    authorizationUrl: ({ state, codeChallenge, scopes, prompt }) =>
      buildAuthorizationUrl(configuration, {
        redirect_uri: callbackOf(url),
        state,
        code_challenge: codeChallenge,
        code_challenge_method: "S256",
        ...(scopes.length === 0 ? {} : { scope: scopes.join(" ") }),
        ...(prompt === undefined ? {} : { prompt }),
        ...resource,
      }),
    exchange(callback, { state, verifier }) {
      const address = new URL(`${callbackOf(url)}?${callback}`);
      const checks = { expectedState: state, pkceCodeVerifier: verifier };
      return tokensOf(authorizationCodeGrant(configuration, address, checks, resource));
    },
    refresh: (refreshToken) => tokensOf(refreshTokenGrant(configuration, refreshToken, resource)),
    async revoke(refreshToken) {
      if (server.revocation_endpoint === undefined) return;
      try {
        await tokenRevocation(configuration, refreshToken, { token_type_hint: "refresh_token" });
      } catch (error) {
        throw failureOf(error, "revoked no token");
      }
    },
  };
}

function reachable(address: string, allowLoopback: boolean): URL {
  try {
    return assertReachable(address, allowLoopback);
  } catch {
    throw new CredentialError(`The issuer's document names an endpoint that is no address to go to.`);
  }
}

async function tokensOf(answer: Promise<TokenEndpointResponse>): Promise<IssuerTokens> {
  try {
    const { access_token, token_type, expires_in, scope, refresh_token } = await answer;
    if (token_type.toLowerCase() !== "bearer") throw new CredentialError("The issuer's token is none to be borne.");
    return {
      accessToken: access_token,
      ...(expires_in === undefined ? {} : { expiresIn: expires_in }),
      ...(scope === undefined ? {} : { scope }),
      ...(refresh_token === undefined ? {} : { refreshToken: refresh_token }),
    };
  } catch (error) {
    throw error instanceof CredentialError ? error : failureOf(error);
  }
}

/** What went wrong, by codes alone: the library's errors hold what was sent and answered (T18). */
function failureOf(error: unknown, what = "gave no token"): CredentialError {
  if (error instanceof ResponseBodyError) {
    const code = /^[\w.-]{1,64}$/.test(error.error) ? error.error : "an unknown error";
    return new CredentialError(`The issuer answered ${error.status} with ${code}.`, { oauthError: code });
  }
  const code = error instanceof Error && "code" in error ? String(error.code) : "it can't be reached";
  return new CredentialError(`The issuer ${what}: ${code}.`);
}
