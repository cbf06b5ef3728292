import { hash, timingSafeEqual } from "node:crypto";
import {
  AuthorizationResponseError,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
} from "openid-client";
import { assertReachable } from "../../egress.ts";
import { GatehouseError } from "../../errors.ts";
import type { Oauth2ProviderRecord } from "../../storage/identityRecords.ts";
import type { ConsentStatus, VaultRepository } from "../../storage/vaultRepository.ts";
import { unguessable } from "../unguessable.ts";
import { type ConsentDescription, type Consents, CredentialError } from "./credentials.ts";
import type { OauthClients } from "./oauth/clients.ts";
import { codeOf, failureOf } from "./oauth/failures.ts";
import { parametersOf } from "./oauth/parameters.ts";
import { nameOfUser, ownershipOf } from "./owner.ts";
import { oauth2ProviderNamed, type Providers } from "./providers.ts";
import {
  type ConsentProof,
  requireSameClient,
  type Session,
  type Sessions,
  sessionIdOf,
  sessionOfState,
  sessionUriOf,
} from "./sessions.ts";
import { readTokenSet, type TokenSet, tokenSetOf, writeTokenSet } from "./tokenSet.ts";
import type { TokenStore } from "./tokenStore.ts";
import { vendors } from "./vendors.ts";

export interface ConsentsOptions {
  readonly clients: OauthClients;
  readonly sessions: Sessions;
  readonly store: TokenStore;
  readonly providers: Providers;
  readonly vault: VaultRepository;
  readonly url: string;
  readonly allowLoopback: boolean;
  readonly now: () => Date;
}

/**
 * Consents by the authorization code grant with PKCE (RFC 6749 section 4.1, RFC 7636, RFC 9700). Each step happens once:
 * it begins by taking the session from the step before, and a session that fails is over.
 */
export function createConsents(options: ConsentsOptions): Consents {
  const { clients, sessions, store, providers, vault, url, allowLoopback, now } = options;

  const time = () => now().getTime();

  async function sessionAt(id: string | undefined, ...statuses: ConsentStatus[]): Promise<Session> {
    const session = id === undefined ? undefined : await sessions.find(id);
    if (session === undefined || !statuses.includes(session.row.status)) throw notNow(session?.row);
    return session;
  }

  async function fail({ id, row }: Session, from: ConsentStatus, failure: string): Promise<void> {
    if (!(await vault.advance(id, { from, to: "FAILED", failure }, time()))) throw notNow(row);
  }

  async function exchange(
    session: Session,
    provider: Oauth2ProviderRecord,
    proof: ConsentProof,
    parameters: URLSearchParams,
  ) {
    const { configuration, secret } = await clients.of(provider);
    const address = new URL(callbackAddress(url, provider));
    address.search = parameters.toString();
    const checks = {
      pkceCodeVerifier: proof.verifier,
      expectedState: proof.state,
      ...(session.request.scopes.includes("openid") ? { expectedNonce: proof.nonce, idTokenExpected: true } : {}),
    };
    const asked = now();
    const resources = parametersOf({ scopes: [], resources: session.request.resources ?? [] });
    try {
      return tokenSetOf(await authorizationCodeGrant(configuration, address, checks, resources), asked);
    } catch (error) {
      const secrets = [secret, proof.verifier, proof.state, parameters.get("code") ?? undefined];
      if (error instanceof AuthorizationResponseError) return codeOf(error.error);
      throw failureOf(
        error,
        `The token request (authorization_code) of the credential provider ${provider.name}`,
        secrets,
      );
    }
  }

  function whereNext({ id, request: { returnUrl, customState } }: Session): string {
    if (returnUrl === undefined) return `${url}/oauth/complete?session=${id}`;
    const address = new URL(returnUrl);
    address.searchParams.set("session_id", sessionUriOf(id));
    if (customState !== undefined) address.searchParams.set("state", customState);
    return address.href;
  }

  return {
    async describe(sessionUri) {
      const id = sessionIdOf(sessionUri);
      const session = id === undefined ? undefined : await sessions.find(id);
      if (session === undefined || session.row.status === "COMPLETE" || session.row.status === "FAILED")
        return undefined;
      const provider = await providers.oauth2Provider(session.request.provider);
      if (provider === undefined) return undefined;
      requireSameClient(provider, session);
      const { configuration } = await clients.of(provider);
      const { agent, user, scopes, returnUrl } = session.request;
      const { authorization_endpoint: endpoint, issuer } = configuration.serverMetadata();
      return {
        agent,
        user,
        provider: provider.name,
        issuer: new URL(endpoint ?? issuer).host,
        scopes,
        returnUrl,
        expiresAt: new Date(session.row.expiresAt * 1_000),
      } satisfies ConsentDescription;
    },

    async begin(sessionUri) {
      const session = await sessionAt(sessionIdOf(sessionUri), "BEGUN");
      const { request } = session;
      const provider = await oauth2ProviderNamed(providers, request.provider);
      requireSameClient(provider, session);
      const { configuration } = await clients.of(provider);
      const endpoint = configuration.serverMetadata().authorization_endpoint;
      if (endpoint === undefined) {
        throw new GatehouseError("validation", `The issuer of ${provider.name} has no authorization endpoint.`);
      }
      // The browser goes there, to an address that may come from the issuer's metadata (CVE-2025-6514).
      assertReachable(endpoint, allowLoopback);
      const proof = { verifier: unguessable(), state: `${session.id}.${unguessable()}`, nonce: unguessable() };
      const { scopes, audiences = [], resources = [], customParameters = {} } = request;
      const { scopeSeparator, authorizationParameters = {} } = vendors[provider.credentialProviderVendor];
      const parameters = parametersOf({ scopes, audiences, resources, customParameters, scopeSeparator });
      const prompt = request.forceAuthentication ? { prompt: "consent" } : {};
      for (const [name, value] of Object.entries({ ...authorizationParameters, ...prompt })) {
        if (!parameters.has(name)) parameters.set(name, value);
      }
      parameters.set("redirect_uri", callbackAddress(url, provider));
      parameters.set("state", proof.state);
      parameters.set("code_challenge", await calculatePKCECodeChallenge(proof.verifier));
      parameters.set("code_challenge_method", "S256");
      if (scopes.includes("openid")) parameters.set("nonce", proof.nonce);
      const step = { from: "BEGUN", to: "SENT", sealedProof: await sessions.sealProof(session, proof) } as const;
      if (!(await vault.advance(session.id, step, time()))) throw notNow(session.row);
      return buildAuthorizationUrl(configuration, parameters).href;
    },

    async callback(callbackId, parameters) {
      const state = onlyOne(parameters, "state");
      const session = await sessionAt(sessionOfState(state), "SENT");
      const provider = await oauth2ProviderNamed(providers, session.request.provider);
      const proof = await sessions.openProof(session, session.row.sealedProof ?? "");
      if (!equal(provider.callbackId, callbackId) || !equal(proof.state, state)) throw notNow(undefined);
      requireSameClient(provider, session);
      // A code is used once: of two callbacks at once, the second comes no further.
      if (!(await vault.advance(session.id, { from: "SENT", to: "ANSWERED" }, time()))) throw notNow(session.row);
      const outcome = await exchange(session, provider, proof, parameters).catch(async (error: Error) => {
        const failure = error instanceof CredentialError ? (error.oauthError ?? "no token") : "no token";
        await fail(session, "ANSWERED", failure);
        throw error;
      });
      if (typeof outcome === "string") await fail(session, "ANSWERED", outcome);
      else await keep(session, outcome);
      return whereNext(session);
    },

    async complete(sessionUri, user) {
      const session = await sessionAt(sessionIdOf(sessionUri), "ANSWERED");
      const { id, request, row } = session;
      if (row.sealedTokens === undefined) throw notNow(row);
      if (nameOfUser(user) !== nameOfUser(request.user)) {
        // Somebody was led to consent for somebody else: what they have given is of no use to either.
        await fail(session, "ANSWERED", "another user");
        throw new GatehouseError("validation", "This consent was asked for by another user, and is over.");
      }
      const provider = await oauth2ProviderNamed(providers, request.provider);
      requireSameClient(provider, session);
      const tokens = readTokenSet(await sessions.openTokens(session, row.sealedTokens));
      const ownership = ownershipOf(provider, request, { ...asked(request), flow: "USER_FEDERATION" });
      const sealed = await store.seal(ownership, tokens);
      if (!(await vault.complete(id, ownership.key, sealed, time()))) throw notNow(row);
    },
  };

  async function keep(session: Session, tokens: TokenSet): Promise<void> {
    const sealed = await sessions.sealTokens(session, writeTokenSet(tokens));
    if (!(await vault.answer(session.id, sealed, time()))) throw notNow(session.row);
  }
}

export function callbackAddress(url: string, { callbackId }: Pick<Oauth2ProviderRecord, "callbackId">): string {
  return `${url}/oauth/callback/${callbackId}`;
}

function asked({ scopes, audiences = [], resources = [], customParameters = {} }: Session["request"]) {
  return { scopes, audiences, resources, customParameters };
}

/** A parameter that comes twice means one thing to one reader and another to the next. */
function onlyOne(parameters: URLSearchParams, name: string): string {
  const values = parameters.getAll(name);
  if (values.length !== 1 || values[0] === undefined) {
    throw new GatehouseError("validation", `An answer has exactly one ${name}; this one has ${values.length}.`);
  }
  return values[0];
}

function equal(a: string, b: string): boolean {
  return timingSafeEqual(hash("sha256", a, "buffer"), hash("sha256", b, "buffer"));
}

function notNow(row: { readonly status: ConsentStatus; readonly failure?: string } | undefined): GatehouseError {
  if (row?.status === "FAILED") {
    return new GatehouseError(
      "validation",
      `This consent has failed (${row.failure ?? "for no known reason"}); begin another.`,
    );
  }
  if (row?.status === "COMPLETE")
    return new GatehouseError("validation", "This consent is complete; nothing is to be done.");
  return new GatehouseError(
    "validation",
    "There is no such consent at this step: it is over, was used before, or never was. Begin another.",
  );
}
