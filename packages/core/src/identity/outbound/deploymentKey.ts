import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  type JWTPayload,
  SignJWT,
} from "jose";
import * as z from "zod";
import type { VaultRepository } from "../../storage/vaultRepository.ts";
import type { Keyring } from "../vault/keyring.ts";

const algorithm = "ES256";

/** The key that Gatehouse proves itself with to authorization servers and targets. Made once, when it is first needed. */
export interface DeploymentKey {
  /** The private key and its id, for client assertions (RFC 7523). */
  signer(): Promise<{ readonly key: CryptoKey; readonly kid: string }>;
  /** A signed JWT of these claims, which must say until when it holds. @param typ tells it from others (RFC 8725 section 3.11). */
  sign(claims: JWTPayload & { readonly exp: number }, typ?: string): Promise<string>;
  /** The public key, as others verify with it (RFC 7517, section 5). */
  jwks(): Promise<JSONWebKeySet>;
}

interface Loaded {
  readonly key: CryptoKey;
  readonly kid: string;
  readonly jwks: JSONWebKeySet;
}

const storedJwk = z.object({ kty: z.literal("EC"), crv: z.string(), x: z.string(), y: z.string(), d: z.string() });

/** Keeps the key sealed in the vault, and opened in memory. */
export function createDeploymentKey(options: {
  readonly vault: Pick<VaultRepository, "signingKey" | "putSigningKeyIfAbsent">;
  readonly keyring: Keyring;
}): DeploymentKey {
  const { vault, keyring } = options;
  let loading: Promise<Loaded> | undefined;

  const loaded = () => {
    loading ??= load().catch((error: unknown) => {
      // A failure is not remembered.
      loading = undefined;
      throw error;
    });
    return loading;
  };

  async function load(): Promise<Loaded> {
    const { kid, sealed } = (await vault.signingKey()) ?? (await make());
    const { d, ...publicJwk } = storedJwk.parse(JSON.parse(await keyring.open(sealed, contextOf(kid))));
    // A JWK of the type EC is never a symmetric key, which alone comes as bytes.
    const key = (await importJWK({ ...publicJwk, d }, algorithm)) as CryptoKey;
    return { key, kid, jwks: { keys: [{ ...publicJwk, kid, alg: algorithm, use: "sig" }] } };
  }

  async function make() {
    const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
    const kid = crypto.randomUUID();
    const sealed = await keyring.seal(JSON.stringify(await exportJWK(privateKey)), contextOf(kid));
    return vault.putSigningKeyIfAbsent({ kid, sealed });
  }

  return {
    async signer() {
      const { key, kid } = await loaded();
      return { key, kid };
    },
    async sign(claims, typ = "JWT") {
      const { key, kid } = await loaded();
      return new SignJWT(claims).setProtectedHeader({ alg: algorithm, kid, typ }).sign(key);
    },
    async jwks() {
      return (await loaded()).jwks;
    },
  };
}

const contextOf = (kid: string) => ({ is: "signing-key", kid });
