import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CompactSign,
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  SignJWT,
} from "jose";

/** For tests only: an issuer on loopback that signs whatever it is told to, with keys that come and go. */
export interface TestIssuer {
  readonly issuer: string;
  readonly discoveryUrl: string;
  /** The addresses that it was asked for. */
  readonly asked: string[];
  /** Makes a key and publishes it, under its name as `kid` unless it shall have none. */
  addKey(alg: string, options?: { readonly kid?: string | undefined }): Promise<TestKey>;
  /** Takes a key out of the published ones. */
  withdraw(key: TestKey): void;
  /** The text of a token whose claims are this JSON text, or this object. */
  sign(key: TestKey, claims: object | string, header?: Partial<JWTHeaderParameters>): Promise<string>;
  stop(): Promise<void>;
}

/** For tests only: a key of an issuer. */
export interface TestKey {
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly published: JWK;
}

/** For tests only: starts the issuer. */
export async function startTestIssuer(): Promise<TestIssuer> {
  const keys = new Set<TestKey>();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    const isDiscovery = request.url === "/.well-known/openid-configuration";
    const document = isDiscovery
      ? { issuer, jwks_uri: `${issuer}/jwks` }
      : { keys: [...keys].map(({ published }) => published) };
    response.setHeader("Content-Type", "application/json").end(JSON.stringify(document));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // It listens on a port.
  let serial = 0;

  return {
    issuer,
    discoveryUrl: `${issuer}/.well-known/openid-configuration`,
    asked,
    async addKey(alg, options = { kid: `key-${serial++}` }) {
      const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
      const { kid } = options;
      const published = { ...(await exportJWK(publicKey)), alg, use: "sig", ...(kid === undefined ? {} : { kid }) };
      const key = { alg, privateKey, published };
      keys.add(key);
      return key;
    },
    withdraw: (key) => void keys.delete(key),
    async sign({ alg, privateKey, published: { kid } }, claims, header = {}) {
      const protectedHeader = { alg, ...(kid === undefined ? {} : { kid }), ...header };
      if (typeof claims !== "string")
        return new SignJWT({ ...claims }).setProtectedHeader(protectedHeader).sign(privateKey);
      return new CompactSign(new TextEncoder().encode(claims)).setProtectedHeader(protectedHeader).sign(privateKey);
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
