import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  type JWK,
  type JWTPayload,
  SignJWT,
} from "jose";
import * as z from "zod";
import type { SigningKeyRepository } from "../../storage/signingKeyRepository.ts";
import type { StoredSigningKey, VaultRepository } from "../../storage/vaultRepository.ts";
import type { Keyring } from "../vault/keyring.ts";
import { longestJwtSeconds, published, type Scheduled, secondsUntilFollowed, signing } from "./signingSchedule.ts";

const algorithm = "ES256";

/** The keys that Gatehouse proves itself with to authorization servers and targets, of which one signs at a time. */
export interface DeploymentKey {
  /** The private key and its id, for client assertions (RFC 7523), which are made at once and hold for a minute. */
  signer(): Promise<{ readonly key: CryptoKey; readonly kid: string }>;
  /**
   * A signed JWT of these claims, which must say until when it holds: five minutes at most, after which a key may be gone.
   * @param typ tells it from others (RFC 8725 section 3.11).
   */
  sign(claims: JWTPayload & { readonly exp: number }, typ?: string): Promise<string>;
  /** The public keys, as others verify with them (RFC 7517, section 5): also of the key that comes, and of those that were. */
  jwks(): Promise<JSONWebKeySet>;
}

interface SigningKey extends Scheduled {
  readonly kid: string;
  readonly key: CryptoKey;
  readonly publicJwk: JWK;
}

/** A key as it is stored, or how it comes about. */
interface Found extends Scheduled {
  readonly id: string;
  readonly find: () => Promise<StoredSigningKey>;
}

const storedJwk = z.object({ kty: z.literal("EC"), crv: z.string(), x: z.string(), y: z.string(), d: z.string() });

/**
 * Keeps the keys sealed: the first in the vault, made when it is first needed, and those of rotations where the control
 * plane has put them. Opens them in memory, and looks for newer ones once in `secondsUntilFollowed`.
 */
export function createDeploymentKey(options: {
  readonly vault: Pick<VaultRepository, "signingKey" | "putSigningKeyIfAbsent">;
  readonly signingKeys: Pick<SigningKeyRepository, "rotated">;
  readonly keyring: Keyring;
  readonly now: () => Date;
}): DeploymentKey {
  const { vault, signingKeys, keyring } = options;
  const time = () => options.now().getTime();
  const opened = new Map<string, SigningKey>();
  let known: Promise<readonly SigningKey[]> | undefined;
  let lookAgainAt = 0;

  function keys(): Promise<readonly SigningKey[]> {
    if (known !== undefined && time() < lookAgainAt) return known;
    lookAgainAt = time() + secondsUntilFollowed * 1_000;
    const earlier = known;
    const loading = load().catch((error: unknown) => {
      // Whatever is newer, the keys that are known are as good as they were; that there are none is not remembered.
      if (earlier !== undefined) return earlier;
      if (known === loading) known = undefined;
      throw error;
    });
    known = loading;
    return loading;
  }

  async function load(): Promise<readonly SigningKey[]> {
    const rotated = await signingKeys.rotated();
    const later = rotated.map((key) => ({ id: key.kid, signsFrom: Date.parse(key.signsFrom), find: async () => key }));
    return Promise.all(published([first, ...later], time()).map(openedOnce));
  }

  const first: Found = {
    id: "the first",
    signsFrom: 0,
    find: async () => (await vault.signingKey()) ?? vault.putSigningKeyIfAbsent(await makeSigningKey(keyring)),
  };

  async function openedOnce({ id, signsFrom, find }: Found): Promise<SigningKey> {
    const key = opened.get(id) ?? (await openKey(await find(), signsFrom));
    opened.set(id, key);
    return key;
  }

  async function openKey({ kid, sealed }: StoredSigningKey, signsFrom: number): Promise<SigningKey> {
    const { d, ...publicJwk } = storedJwk.parse(JSON.parse(await keyring.open(sealed, contextOf(kid))));
    // A JWK of the type EC is never a symmetric key, which alone comes as bytes.
    const key = (await importJWK({ ...publicJwk, d }, algorithm)) as CryptoKey;
    return { kid, key, signsFrom, publicJwk: { ...publicJwk, kid, alg: algorithm, use: "sig" } };
  }

  return {
    async signer() {
      const { key, kid } = signing(await keys(), time());
      return { key, kid };
    },
    async sign(claims, typ = "JWT") {
      const { key, kid } = signing(await keys(), time());
      if (claims.exp * 1_000 > time() + longestJwtSeconds * 1_000) {
        throw new Error(`A JWT of the deployment may hold for ${longestJwtSeconds} seconds at most.`);
      }
      return new SignJWT(claims).setProtectedHeader({ alg: algorithm, kid, typ }).sign(key);
    },
    async jwks() {
      return { keys: published(await keys(), time()).map(({ publicJwk }) => publicJwk) };
    },
  };
}

/** A new key, sealed. */
export async function makeSigningKey(keyring: Keyring): Promise<StoredSigningKey> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const kid = crypto.randomUUID();
  return { kid, sealed: await keyring.seal(JSON.stringify(await exportJWK(privateKey)), contextOf(kid)) };
}

const contextOf = (kid: string) => ({ is: "signing-key", kid });
