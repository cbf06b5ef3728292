import { setTimeout as delay } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import type { VaultRepository } from "../../storage/vaultRepository.ts";
import { persistently } from "../persistently.ts";
import { ifSealedHere, type Keyring } from "../vault/keyring.ts";
import { CredentialError } from "./credentials.ts";
import type { Ownership } from "./owner.ts";
import { isAlive, isFresh, readTokenSet, type TokenSet, writeTokenSet } from "./tokenSet.ts";

/** How new tokens are obtained, where those that are there won't do. */
export interface Renewal {
  /** Whether anything can be done about these tokens, or about there being none, without the user. */
  possible(current: TokenSet | undefined): boolean;
  /** @returns undefined where the issuer has taken back what it has given: then the user is to be asked again. */
  renew(current: TokenSet | undefined): Promise<TokenSet | undefined>;
}

/** The tokens of all owners: in memory, in the vault, or obtained by one of many who want them. */
export interface TokenStore {
  /**
   * @param rejected an access token that a target has refused: it is the one answer that won't do.
   * @returns undefined where there is none and no renewal is possible
   */
  obtain(ownership: Ownership, renewal: Renewal, rejected?: string): Promise<TokenSet | undefined>;
  /** Has the vault looked at again, where a user has just consented anew: what is in memory may be of another account. */
  forget(ownership: Ownership): void;
  /** Tokens that a user has consented to, as they are stored. */
  seal(ownership: Ownership, tokens: TokenSet): ReturnType<typeof sealedTokens>;
}

export interface TokenStoreOptions {
  readonly vault: Pick<VaultRepository, "tokens" | "lease" | "putTokens" | "release" | "drop">;
  readonly keyring: Keyring;
  readonly now: () => Date;
}

/** What the vault holds, and whether it would do. */
interface Found {
  readonly current: TokenSet | undefined;
  readonly version: string | undefined;
  serves(tokens: TokenSet): boolean;
}

/** Opened access tokens in memory, so that a warm call costs no request. */
const remembered = { max: 5_000, ttl: 60_000 };
/** An issuer that fails while a token is still alive is left alone for so long. */
const restMilliseconds = 5_000;
/** Longer than two requests to an issuer and one to the table take, after which a process that died is replaced. */
const leaseMilliseconds = 25_000;
/** How long one waits for another's request, a little longer than its lease. */
const patienceMilliseconds = 27_000;
/** A row that can be renewed outlives its access token; by then a consent is as good as forgotten. */
const refreshableSeconds = 365 * 24 * 3_600;

/** One process's view of the vault. */
export function createTokenStore({ vault, keyring, now }: TokenStoreOptions): TokenStore {
  // What is in memory is the access token alone, never what gets new ones.
  const memory = new LRUCache<string, { readonly tokens: TokenSet; readonly restUntil: number }>(remembered);
  const underWay = new Map<string, Promise<TokenSet | undefined>>();

  async function fromVault({ key, context }: Ownership) {
    const row = await vault.tokens(key);
    const { tokens, leaseUntil = 0 } = row ?? {};
    if (tokens === undefined) return { leaseUntil, version: undefined, current: undefined };
    const { version, sealed } = tokens;
    const text = await ifSealedHere(keyring.open(sealed, context));
    // A row that isn't this owner's holds nothing for it, and makes way for one that is.
    return { leaseUntil, version, current: text === undefined ? undefined : readTokenSet(text) };
  }

  /** @param restUntil until when the tokens do although they aren't fresh. */
  function remember(id: string, { refreshToken: _, ...tokens }: TokenSet, restUntil = 0): void {
    memory.set(id, { tokens, restUntil });
  }

  function fromMemory(id: string, rejected: string | undefined): TokenSet | undefined {
    const known = memory.get(id);
    if (known === undefined || known.tokens.accessToken === rejected) return undefined;
    const time = now().getTime();
    const does = isFresh(known.tokens, time) || (time < known.restUntil && isAlive(known.tokens, time));
    return does ? known.tokens : undefined;
  }

  async function find(id: string, ownership: Ownership, renewal: Renewal, rejected: string | undefined) {
    const serves = (tokens: TokenSet) => isAlive(tokens, now().getTime()) && tokens.accessToken !== rejected;
    const deadline = now().getTime() + patienceMilliseconds;
    for (let round = 0; ; round++) {
      const { current, version, leaseUntil } = await fromVault(ownership);
      if (current !== undefined && serves(current) && isFresh(current, now().getTime())) {
        remember(id, current);
        return current;
      }
      if (!renewal.possible(current)) return current !== undefined && serves(current) ? current : undefined;
      const time = now().getTime();
      if (leaseUntil > time) {
        if (current !== undefined && serves(current)) return current;
      } else {
        const outcome = await renewed(id, ownership, renewal, { current, version, serves });
        if (outcome !== "overtaken") return outcome;
      }
      if (now().getTime() > deadline)
        throw new CredentialError("Waiting for a token that is being renewed took too long.");
      // Those who wait ask at different moments.
      await delay(Math.min(25 * 2 ** round, 400) * (0.5 + Math.random() / 2));
    }
  }

  /** Renews under a lease, unless others have it. A process that dies meanwhile holds others up until its lease is over. */
  async function renewed(
    id: string,
    ownership: Ownership,
    renewal: Renewal,
    { current, version, serves }: Found,
  ): Promise<TokenSet | undefined | "overtaken"> {
    const { key } = ownership;
    const owner = crypto.randomUUID();
    const time = now().getTime();
    try {
      if (!(await vault.lease(key, { owner, now: time, until: time + leaseMilliseconds }, version))) return "overtaken";
      const fresh = await renewal.renew(current);
      if (fresh === undefined) {
        memory.delete(id);
        return (await vault.drop(key, owner)) ? undefined : "overtaken";
      }
      const sealed = await sealedTokens(keyring, ownership, fresh, now());
      if (!(await persistently(() => vault.putTokens(key, owner, sealed)))) return "overtaken";
      remember(id, fresh);
      return fresh;
    } catch (error) {
      // A lease that can't be given back ends by itself.
      await vault.release(key, owner).catch(() => {});
      if (current === undefined || !serves(current)) throw error;
      remember(id, current, now().getTime() + restMilliseconds);
      return current;
    }
  }

  return {
    async obtain(ownership, renewal, rejected) {
      const id = idOf(ownership);
      const known = fromMemory(id, rejected);
      if (known !== undefined) return known;
      const share = `${id} ${rejected ?? ""}`;
      const shared = underWay.get(share);
      if (shared !== undefined) return shared;
      const answer = find(id, ownership, renewal, rejected).finally(() => underWay.delete(share));
      underWay.set(share, answer);
      return answer;
    },
    forget: (ownership) => void memory.delete(idOf(ownership)),
    seal: (ownership, tokens) => sealedTokens(keyring, ownership, tokens, now()),
  };
}

const idOf = ({ key: { pk, sk } }: Ownership) => `${pk} ${sk}`;

async function sealedTokens(keyring: Keyring, { context }: Ownership, tokens: TokenSet, now: Date) {
  const end = tokens.refreshToken === undefined ? tokens.expiresAt : undefined;
  return {
    sealed: await keyring.seal(writeTokenSet(tokens), context),
    version: crypto.randomUUID(),
    expiresAt: end === undefined ? Math.ceil(now.getTime() / 1_000) + refreshableSeconds : Math.ceil(end / 1_000),
  };
}
