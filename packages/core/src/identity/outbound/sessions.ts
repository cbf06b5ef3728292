import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import * as z from "zod";
import { GatehouseError } from "../../errors.ts";
import type { Oauth2ProviderRecord } from "../../storage/identityRecords.ts";
import type { RateLimitRepository } from "../../storage/rateLimitRepository.ts";
import type { SessionRow, VaultRepository } from "../../storage/vaultRepository.ts";
import { unguessable } from "../unguessable.ts";
import type { Keyring } from "../vault/keyring.ts";
import type { TokenRequest, User } from "./credentials.ts";
import { nameOfUser } from "./owner.ts";
import { registrationOf } from "./registration.ts";
import { requireRoomFor } from "./sessionLimits.ts";

/** How long a user has to consent. */
export const sessionSeconds = 600;
/** A session that was begun before is given again as long as this is left of it. */
const leastMilliseconds = (sessionSeconds / 2) * 1_000;

/** What a consent is asked for. Nothing of it can change on its way. */
export interface ConsentRequest {
  readonly agent: string;
  readonly agentSince?: string | undefined;
  readonly user: User;
  readonly provider: string;
  readonly providerArn: string;
  /** Tells whether the provider is still the same client of the same issuer. */
  readonly registration: string;
  readonly scopes: readonly string[];
  readonly audiences?: readonly string[] | undefined;
  readonly resources?: readonly string[] | undefined;
  readonly customParameters?: Readonly<Record<string, string>> | undefined;
  /** Whether the user is to be asked even where the issuer remembers a consent. */
  readonly forceAuthentication: boolean;
  readonly returnUrl?: string | undefined;
  readonly customState?: string | undefined;
}

/** What an answer must fit: made when the browser is sent to the issuer. */
export interface ConsentProof {
  readonly verifier: string;
  readonly state: string;
  readonly nonce: string;
}

/** A consent that was begun and is not over, with what it was begun for. */
export interface Session {
  readonly id: string;
  readonly row: SessionRow;
  readonly request: ConsentRequest;
}

const user = z.union([
  z.object({ kind: z.literal("token"), issuer: z.string(), subject: z.string() }),
  z.object({ kind: z.literal("id"), id: z.string() }),
]);
const strings = z.array(z.string());
const requestSchema = z.object({
  agent: z.string(),
  agentSince: z.string().optional(),
  user,
  provider: z.string(),
  providerArn: z.string(),
  registration: z.string(),
  scopes: strings,
  audiences: strings.optional(),
  resources: strings.optional(),
  customParameters: z.record(z.string(), z.string()).optional(),
  forceAuthentication: z.boolean(),
  returnUrl: z.string().optional(),
  customState: z.string().optional(),
});
const proofSchema = z.object({ verifier: z.string(), state: z.string(), nonce: z.string() });

const uriPrefix = "urn:gatehouse:session:";
const idPattern = /^[\w-]{43}$/;

export const sessionUriOf = (id: string): string => `${uriPrefix}${id}`;

/** The id that a session URI ends in; undefined for a text that is none. */
export function sessionIdOf(sessionUri: string): string | undefined {
  const id = sessionUri.startsWith(uriPrefix) ? sessionUri.slice(uriPrefix.length) : "";
  return idPattern.test(id) ? id : undefined;
}

/** The session that a state belongs to (`<session>.<secret>`); undefined for a text that is none. */
export function sessionOfState(state: string): string | undefined {
  const [id = "", secret = "", ...rest] = state.split(".");
  return idPattern.test(id) && idPattern.test(secret) && rest.length === 0 ? id : undefined;
}

/** Consents on their way: what is sealed of them, and how. */
export function createSessions({ vault, keyring, rateLimits, now }: SessionsOptions) {
  // By a digest of the whole request, with its agent and user: what was begun for one is never given to another.
  const begun = new LRUCache<string, Promise<string>>({ max: 1_000 });

  async function store(request: ConsentRequest, text: string): Promise<string> {
    await requireRoomFor(request, { rateLimits, now });
    const id = unguessable();
    const sealedRequest = await keyring.seal(text, { is: "consent-request", session: id });
    await vault.beginSession(id, { sealedRequest, expiresAt: Math.floor(now().getTime() / 1_000) + sessionSeconds });
    return id;
  }

  /** A session by its id; undefined for one that isn't there, or whose time is over. */
  async function find(id: string): Promise<Session | undefined> {
    const row = await vault.session(id);
    if (row === undefined || row.expiresAt * 1_000 <= now().getTime()) return undefined;
    const request = await keyring.open(row.sealedRequest, { is: "consent-request", session: id });
    return { id, row, request: requestSchema.parse(JSON.parse(request)) };
  }

  /** Whether nobody has gone on with a session, and there is time enough to. */
  async function isOpen(id: string): Promise<boolean> {
    const row = await vault.session(id);
    return row?.status === "BEGUN" && row.expiresAt * 1_000 - now().getTime() >= leastMilliseconds;
  }

  return {
    /**
     * Begins a consent, or gives again what was begun for the very same request and nobody has gone on with: an agent that
     * asks over and over doesn't fill the table.
     * @returns the session's URI.
     * @throws GatehouseError `throttled` where too many were begun
     */
    async begin(request: ConsentRequest): Promise<string> {
      const text = JSON.stringify(request);
      const key = hash("sha256", text, "base64url");
      const known = begun.get(key);
      const earlier = await known?.catch(() => undefined);
      if (earlier !== undefined && (await isOpen(earlier))) return sessionUriOf(earlier);
      // Of many who ask at once the first begins it.
      const current = begun.get(key);
      const session = current === undefined || current === known ? store(request, text) : current;
      begun.set(key, session);
      return sessionUriOf(await session);
    },

    find,

    sealProof: (session: Session, proof: ConsentProof): Promise<string> =>
      keyring.seal(JSON.stringify(proof), contextOf("consent-proof", session)),

    async openProof(session: Session, sealed: string): Promise<ConsentProof> {
      return proofSchema.parse(JSON.parse(await keyring.open(sealed, contextOf("consent-proof", session))));
    },

    sealTokens: (session: Session, text: string): Promise<string> =>
      keyring.seal(text, contextOf("consented-tokens", session)),

    openTokens: (session: Session, sealed: string): Promise<string> =>
      keyring.open(sealed, contextOf("consented-tokens", session)),
  };
}

export interface SessionsOptions {
  readonly vault: VaultRepository;
  readonly keyring: Keyring;
  readonly rateLimits: RateLimitRepository;
  readonly now: () => Date;
}

export type Sessions = ReturnType<typeof createSessions>;

function contextOf(is: string, { id, request: { providerArn, agent, user } }: Session) {
  return { is, session: id, provider: providerArn, agent, user: nameOfUser(user) };
}

/** @throws GatehouseError `validation` for a provider that is another client, or of another issuer, than when the consent was begun */
export function requireSameClient(provider: Oauth2ProviderRecord, { request }: Session): void {
  const same =
    provider.credentialProviderArn === request.providerArn && registrationOf(provider) === request.registration;
  if (same) return;
  const message = `The credential provider ${provider.name} was changed since this consent was begun; begin another.`;
  throw new GatehouseError("validation", message);
}

/** What a session is asked for by a token request of a user. */
export function consentRequestOf(
  request: TokenRequest & { readonly user: User },
  provider: Oauth2ProviderRecord,
  returnUrl: string | undefined,
): ConsentRequest {
  const { agent, agentSince, scopes, audiences, resources, customParameters } = request;
  const { forceAuthentication, customState } = request;
  return {
    agent,
    agentSince,
    user: request.user,
    provider: provider.name,
    providerArn: provider.credentialProviderArn,
    registration: registrationOf(provider),
    scopes,
    audiences,
    resources,
    customParameters,
    forceAuthentication: forceAuthentication ?? false,
    returnUrl,
    customState,
  };
}
