import { createLocalJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dataKeyRepository } from "../../storage/dataKeyRepository.ts";
import { startTestDatabase, type TestDatabase } from "../../storage/testing.ts";
import { vaultRepository } from "../../storage/vaultRepository.ts";
import type { IdentityRequest } from "../http.ts";
import { createKeyring } from "../vault/keyring.ts";
import { startTestKms, type TestKms } from "../vault/testing.ts";
import { createDeploymentKey } from "./deploymentKey.ts";
import { createJwksRoutes, jwksPath } from "./jwksRoutes.ts";

let database: TestDatabase;
let kms: TestKms;
beforeAll(async () => {
  [database, kms] = await Promise.all([startTestDatabase(), startTestKms()]);
});
afterAll(() => Promise.all([database.stop(), kms.stop()]));

/** The key as another process has it. */
function newKey() {
  const store = dataKeyRepository({ client: database.client, table: database.tables.config });
  const keyring = createKeyring({ kms: kms.connect(), keyId: kms.keyId, store });
  const vault = vaultRepository({ client: database.client, table: database.tables.vault });
  return createDeploymentKey({ keyring, vault });
}

const exp = () => Math.floor(Date.now() / 1_000) + 60;

test("processes that need it at once make one key, and verify what the others have signed", async () => {
  const keys = Array.from({ length: 8 }, newKey);
  const signed = await Promise.all(keys.map((key) => key.sign({ sub: "agent", exp: exp() }, "special+jwt")));
  const published = await Promise.all(keys.map((key) => key.jwks()));
  expect(new Set(published.map((jwks) => JSON.stringify(jwks))).size).toBe(1);
  const verify = createLocalJWKSet(published[0] ?? { keys: [] });
  for (const jwt of signed) {
    const { payload } = await jwtVerify(jwt, verify, { algorithms: ["ES256"], typ: "special+jwt" });
    expect(payload.sub).toBe("agent");
  }
});

test("a failure is not remembered", async () => {
  const key = newKey();
  kms.fail({ status: 400, body: JSON.stringify({ __type: "DisabledException" }) });
  await expect(key.jwks()).rejects.toMatchObject({ code: "internal" });
  kms.fail(undefined);
  expect((await key.jwks()).keys).toHaveLength(1);
});

test("T18 what is published is the public key alone", async () => {
  const routes = createJwksRoutes({ deploymentKey: newKey() });
  const request = (method: string, path: string): IdentityRequest => ({
    method,
    path,
    signedPath: path,
    query: new URLSearchParams(),
    headers: new Headers(),
    body: "",
    sourceIp: "192.0.2.1",
    requestId: "request",
  });
  const response = (await routes(request("GET", jwksPath))) ?? expect.fail("It wasn't answered.");
  expect(response.headers.get("content-type")).toBe("application/jwk-set+json");
  const { keys } = (await response.json()) as { readonly keys: readonly object[] };
  expect(keys.map((key) => Object.keys(key).sort())).toEqual([["alg", "crv", "kid", "kty", "use", "x", "y"]]);
  expect((await routes(request("POST", jwksPath)))?.status).toBe(405);
  expect(await routes(request("GET", "/oauth/other"))).toBeUndefined();
});
