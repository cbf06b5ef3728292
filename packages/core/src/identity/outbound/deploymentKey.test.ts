import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dataKeyRepository } from "../../storage/dataKeyRepository.ts";
import { signingKeyRepository } from "../../storage/signingKeyRepository.ts";
import { startTestDatabase, type TestDatabase } from "../../storage/testing.ts";
import { vaultRepository } from "../../storage/vaultRepository.ts";
import type { IdentityRequest } from "../http.ts";
import { createKeyring } from "../vault/keyring.ts";
import { startTestKms, type TestKms } from "../vault/testing.ts";
import { createDeploymentKey, type DeploymentKey, makeSigningKey } from "./deploymentKey.ts";
import { createJwksRoutes, jwksPath } from "./jwksRoutes.ts";
import { jwksSeconds, longestJwtSeconds, secondsUntilFollowed, secondsUntilSigning } from "./signingSchedule.ts";

let database: TestDatabase;
let kms: TestKms;
beforeAll(async () => {
  [database, kms] = await Promise.all([startTestDatabase(), startTestKms()]);
});
afterAll(() => Promise.all([database.stop(), kms.stop()]));

let time = Date.now();
const config = () => ({ client: database.client, table: database.tables.config });
const newKeyring = () => createKeyring({ kms: kms.connect(), keyId: kms.keyId, store: dataKeyRepository(config()) });

/** The key as another process has it. */
function newKey(read = signingKeyRepository(config()).rotated) {
  const vault = vaultRepository({ client: database.client, table: database.tables.vault });
  return createDeploymentKey({
    keyring: newKeyring(),
    vault,
    signingKeys: { rotated: read },
    now: () => new Date(time),
  });
}

/** What the control plane does, at this moment. */
async function rotate(number: number): Promise<string> {
  const made = await makeSigningKey(newKeyring());
  const at = (milliseconds: number) => new Date(milliseconds).toISOString();
  const dates = { createdAt: at(time), signsFrom: at(time + secondsUntilSigning * 1_000) };
  await signingKeyRepository(config()).add({ ...made, ...dates, number }, []);
  return made.kid;
}

const kidsOf = async (key: DeploymentKey) => (await key.jwks()).keys.map(({ kid }) => kid);
const kidOf = async (key: DeploymentKey) => decodeProtectedHeader(await key.sign({ exp: exp() })).kid;

const exp = () => Math.floor(time / 1_000) + 60;

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

test("a JWT that would hold longer than its key is published is not signed", async () => {
  const longest = Math.floor(time / 1_000) + longestJwtSeconds;
  await expect(newKey().sign({ exp: longest })).resolves.toBeTypeOf("string");
  await expect(newKey().sign({ exp: longest + 1 })).rejects.toThrow("300 seconds at most");
});

test("a new key is published before it signs, the one before after it has, and every process follows in time", async () => {
  const processes = [newKey(), newKey(), newKey()];
  const [first] = await kidsOf(newKey());
  for (const one of processes) await one.jwks();
  const second = await rotate(1);

  expect(await kidsOf(newKey())).toEqual([first, second]);
  time += secondsUntilFollowed * 1_000;
  for (const one of processes) expect([await kidsOf(one), await kidOf(one)]).toEqual([[first, second], first]);

  time += (secondsUntilSigning - secondsUntilFollowed) * 1_000 - 1;
  for (const one of processes) expect(await kidOf(one)).toBe(first);
  const late = await newKey().sign({ sub: "late", exp: exp() });
  time += 1;
  for (const one of [...processes, newKey()])
    expect([await kidOf(one), (await one.signer()).kid]).toEqual([second, second]);
  await expect(jwtVerify(late, createLocalJWKSet(await newKey().jwks()))).resolves.toMatchObject({
    payload: { sub: "late" },
  });

  time += (secondsUntilFollowed + longestJwtSeconds + jwksSeconds) * 1_000 - 1;
  expect(await kidsOf(newKey())).toEqual([first, second]);
  time += 1;
  for (const one of [...processes, newKey()]) expect(await kidsOf(one)).toEqual([second]);
  expect(await rotate(2)).toBe((await kidsOf(newKey()))[1]);
});

test("a process that can't look for newer keys goes on with those that it knows, and looks again", async () => {
  let fails = true;
  let asked = 0;
  const { rotated } = signingKeyRepository(config());
  const key = newKey(() => {
    asked++;
    return fails ? Promise.reject(new Error("not now")) : rotated();
  });
  await expect(key.jwks()).rejects.toThrow("not now");
  fails = false;
  const before = await kidsOf(key);
  fails = true;
  time += secondsUntilFollowed * 1_000;
  expect([await kidsOf(key), await kidsOf(key), asked]).toEqual([before, before, 3]);
  time += secondsUntilFollowed * 1_000;
  fails = false;
  expect([await kidsOf(key), asked]).toEqual([before, 4]);
});
