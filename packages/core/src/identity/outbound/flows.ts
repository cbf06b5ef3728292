import { decodeJwt } from "jose";
import { GatehouseError } from "../../errors.ts";
import type { Oauth2ProviderRecord } from "../../storage/identityRecords.ts";
import { CredentialError, type TokenAnswer, type TokenRequest, type User } from "./credentials.ts";
import type { Grants } from "./oauth/grants.ts";
import { parametersOf } from "./oauth/parameters.ts";
import { type Ownership, ownershipOf } from "./owner.ts";
import type { Providers } from "./providers.ts";
import { registrationOf } from "./registration.ts";
import { returnUrlOf } from "./returnUrls.ts";
import { consentRequestOf, type Sessions, sessionIdOf } from "./sessions.ts";
import { endingAt, type TokenSet } from "./tokenSet.ts";
import type { Renewal, TokenStore } from "./tokenStore.ts";

/** Tokens of machines whose issuer names no end are asked for anew after this. */
const assumedLifeMilliseconds = 300_000;

/** What the flows are made from. */
export interface Flows {
  readonly grants: Grants;
  readonly sessions: Sessions;
  readonly store: TokenStore;
  readonly providers: Providers;
  readonly url: string;
  readonly allowLoopback: boolean;
  readonly now: () => Date;
}

/**
 * A token of the provider for whoever asks, by the flow that is asked for.
 * @throws GatehouseError `validation` for what can't be, CredentialError where the issuer refuses or fails
 */
export async function tokenOf(
  request: TokenRequest,
  provider: Oauth2ProviderRecord,
  flows: Flows,
): Promise<TokenAnswer> {
  // Before anything is stored or asked for.
  parametersOf(request);
  switch (request.flow) {
    case "M2M":
      return machineToken(request, provider, flows);
    case "ON_BEHALF_OF_TOKEN_EXCHANGE":
      return exchangedToken(request, provider, flows);
    case "USER_FEDERATION":
      return userToken(withUser(request), provider, flows);
  }
}

async function machineToken(request: TokenRequest, provider: Oauth2ProviderRecord, { grants, store, now }: Flows) {
  const renewal = always(async () => bounded(await grants.clientCredentials(provider, request), now()));
  return answerOf(await store.obtain(ownershipOf(provider, request, request), renewal, request.rejected));
}

async function exchangedToken(request: TokenRequest, provider: Oauth2ProviderRecord, { grants, store, now }: Flows) {
  const { userToken: subjectToken } = request;
  const { user, agent } = withUser(request);
  if (subjectToken === undefined) {
    throw new GatehouseError(
      "validation",
      "An exchange on behalf of a user begins with the user's own token, and there is none.",
    );
  }
  const claims = claimsOf(subjectToken);
  if (claims !== undefined && !isOf(claims, user)) {
    throw new GatehouseError("validation", "The user's token is of another user than the one it is exchanged for.");
  }
  const renewal = always(async () => {
    const tokens = bounded(await grants.onBehalfOf(provider, request, subjectToken, agent), now());
    // What was made from a token doesn't outlive it here.
    const end = Math.min(tokens.expiresAt, (claims?.exp ?? Number.POSITIVE_INFINITY) * 1_000);
    return { accessToken: tokens.accessToken, ...endingAt(now().getTime(), end) };
  });
  const purpose = { ...request, subjectToken };
  return answerOf(await store.obtain(ownershipOf(provider, request, purpose), renewal, request.rejected));
}

async function userToken(request: UserRequest, provider: Oauth2ProviderRecord, flows: Flows): Promise<TokenAnswer> {
  const { grants, store, sessions } = flows;
  const ownership = ownershipOf(provider, request, request);
  const begun =
    request.sessionUri === undefined ? undefined : await stateOf(request.sessionUri, provider, ownership, flows);
  if (begun !== undefined && begun !== "COMPLETE") return begun;
  if (begun === "COMPLETE") store.forget(ownership);
  if (begun === "COMPLETE" || !request.forceAuthentication) {
    const tokens = await store.obtain(ownership, refreshing(provider, request, grants), request.rejected);
    if (tokens !== undefined) return answerOf(tokens);
  }
  const returnUrl = await returnUrlOf(request, flows);
  const sessionUri = await sessions.begin(consentRequestOf(request, provider, returnUrl));
  return { authorizationUrl: consentAddress(flows.url, sessionUri), sessionUri, sessionStatus: "IN_PROGRESS" };
}

/** Renews by the refresh token, as long as the issuer takes it. */
function refreshing(provider: Oauth2ProviderRecord, request: TokenRequest, grants: Grants): Renewal {
  return {
    possible: (current) => current?.refreshToken !== undefined,
    async renew(current) {
      if (current?.refreshToken === undefined) return undefined;
      try {
        return await grants.refresh(provider, request, current.refreshToken);
      } catch (error) {
        // RFC 6749, section 5.2: it is invalid, expired or revoked, and only the user can give another.
        if (error instanceof CredentialError && error.oauthError === "invalid_grant") return undefined;
        throw error;
      }
    },
  };
}

/** How far a consent is that was begun before. Somebody else's is as unknown as one that never was. */
async function stateOf(
  sessionUri: string,
  provider: Oauth2ProviderRecord,
  { key }: Ownership,
  { sessions, url }: Flows,
): Promise<"COMPLETE" | TokenAnswer> {
  const id = sessionIdOf(sessionUri);
  const session = id === undefined ? undefined : await sessions.find(id);
  const theirs = session && ownershipOf(provider, session.request, { ...session.request, flow: "USER_FEDERATION" }).key;
  const isTheirs =
    theirs?.pk === key.pk && theirs.sk === key.sk && session?.request.registration === registrationOf(provider);
  if (session === undefined || !isTheirs) {
    const message = "There is no such consent of this user, or its time is over: ask for a token without sessionUri.";
    throw new GatehouseError("validation", message);
  }
  const { status } = session.row;
  if (status === "COMPLETE") return "COMPLETE";
  if (status === "FAILED") return { sessionUri, sessionStatus: "FAILED" };
  return { authorizationUrl: consentAddress(url, sessionUri), sessionUri, sessionStatus: "IN_PROGRESS" };
}

type UserRequest = TokenRequest & { readonly user: User };

function withUser(request: TokenRequest): UserRequest {
  const { user } = request;
  if (user === undefined) {
    throw new GatehouseError("validation", `The flow ${request.flow} needs a user, and the caller acts for none.`);
  }
  return { ...request, user };
}

const always = (renew: () => Promise<TokenSet>): Renewal => ({ possible: () => true, renew });

/** Tokens that can be had again at any time are not kept for ever. */
function bounded(tokens: TokenSet, now: Date) {
  return { ...endingAt(now.getTime(), now.getTime() + assumedLifeMilliseconds), ...tokens };
}

function answerOf(tokens: TokenSet | undefined): TokenAnswer {
  if (tokens === undefined) throw new CredentialError("The issuer has given no token.");
  const { accessToken, expiresAt } = tokens;
  return { accessToken, ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt) }) };
}

function consentAddress(url: string, sessionUri: string): string {
  return `${url}/oauth/consent?session=${sessionIdOf(sessionUri)}`;
}

/** The claims of a JWT; undefined for another kind of token. */
function claimsOf(token: string) {
  try {
    return decodeJwt(token);
  } catch {
    return undefined;
  }
}

function isOf({ iss, sub }: { iss?: string; sub?: string }, user: User): boolean {
  return user.kind === "token" && iss === user.issuer && sub === user.subject;
}
