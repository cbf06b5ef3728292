import type { CustomJWTAuthorizerConfiguration } from "@aws-sdk/client-bedrock-agentcore-control";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createIssuers } from "./issuer.ts";
import { createJwtVerifier } from "./jwt.ts";
import { startTestIssuer, type TestIssuer, type TestKey } from "./testing.ts";

let issuer: TestIssuer;
let stranger: TestIssuer;
let key: TestKey;
let rules: CustomJWTAuthorizerConfiguration;
beforeAll(async () => {
  [issuer, stranger] = await Promise.all([startTestIssuer(), startTestIssuer()]);
  key = await issuer.addKey("RS256");
  rules = { discoveryUrl: issuer.discoveryUrl, allowedAudience: ["gate"] };
});
afterAll(() => Promise.all([issuer.stop(), stranger.stop()]));

const verifierAt = (now: () => Date = () => new Date()) =>
  createJwtVerifier({ issuers: createIssuers({ allowLoopback: true }), now });
const exp = () => Math.floor(Date.now() / 1_000) + 7_200;
const claims = (more: object = {}) => ({ iss: issuer.issuer, sub: "alice", aud: "gate", exp: exp(), ...more });
const verify = (token: string) => verifierAt().verify(token, rules, "g@1");

async function refusalOf(token: string): Promise<string> {
  const verification = await verify(token);
  if (verification.ok) throw new Error("The token was accepted.");
  return verification.refusal.message;
}

describe("a signature", () => {
  test.each(["RS256", "RS512", "PS256", "ES256", "ES384", "EdDSA"])("by %s is taken", async (alg) => {
    const own = await startTestIssuer();
    const token = await own.sign(await own.addKey(alg), claims({ iss: own.issuer }));
    expect(await verifierAt().verify(token, { ...rules, discoveryUrl: own.discoveryUrl }, "g@1")).toMatchObject({
      ok: true,
      principal: { id: "alice", issuer: own.issuer },
    });
    await own.stop();
  });

  test("is held against each of an issuer's keys where nothing says which one it is of", async () => {
    const own = await startTestIssuer();
    const keys = [];
    for (let count = 0; count < 3; count++) keys.push(await own.addKey("ES256", {}));
    const ofOwn = { ...rules, discoveryUrl: own.discoveryUrl };
    for (const one of keys) {
      const token = await own.sign(one, claims({ iss: own.issuer }));
      expect(await verifierAt().verify(token, ofOwn, "g@1")).toMatchObject({ ok: true });
    }
    const expired = await own.sign(keys[2] ?? key, claims({ iss: own.issuer, exp: 1 }));
    expect(await verifierAt().verify(expired, ofOwn, "g@1")).toMatchObject({
      ok: false,
      refusal: { message: expect.stringContaining("expired") },
    });
    const forged = await stranger.sign(await stranger.addKey("ES256", {}), claims({ iss: own.issuer }));
    expect(await verifierAt().verify(forged, ofOwn, "g@1")).toMatchObject({
      ok: false,
      refusal: { message: expect.stringContaining("signature") },
    });
    await own.stop();
  });

  test("T03 is never held against a key that the token brings, or says where to find", async () => {
    const theirs = await stranger.addKey("RS256", { kid: key.published.kid });
    for (const header of [
      { jwk: theirs.published },
      { jku: `${stranger.issuer}/jwks` },
      { x5u: `${stranger.issuer}/certificate` },
      { iss: stranger.issuer },
    ]) {
      expect(await refusalOf(await stranger.sign(theirs, claims(), header))).toContain("signature");
    }
    expect(stranger.asked).toEqual([]);
  });

  test("T03 of a key that the issuer has withdrawn is believed for ten minutes, not as long as its tokens live", async () => {
    let time = Date.now();
    const subject = verifierAt(() => new Date(time));
    const going = await issuer.addKey("RS256");
    const token = await issuer.sign(going, claims());
    expect((await subject.verify(token, rules, "g@1")).ok).toBe(true);
    issuer.withdraw(going);
    const asked = issuer.asked.length;
    time += 599_000;
    expect((await subject.verify(token, rules, "g@1")).ok).toBe(true);
    expect(issuer.asked).toHaveLength(asked);
    // The keys' own clock is the process's: another verifier has to ask for them, as this one would by now.
    expect((await verifierAt(() => new Date(time)).verify(token, rules, "g@1")).ok).toBe(false);
  });

  test("T03 a token that was verified is verified again after ten minutes", async () => {
    let time = Date.now();
    let verifications = 0;
    const { find } = createIssuers({ allowLoopback: true });
    const counting = {
      find: (address: string) => {
        verifications++;
        return find(address);
      },
    };
    const subject = createJwtVerifier({ issuers: counting, now: () => new Date(time) });
    const token = await issuer.sign(key, claims());
    for (const later of [0, 1_000, 598_000, 2_000, 1_000]) {
      time += later;
      expect((await subject.verify(token, rules, "g@1")).ok).toBe(true);
    }
    expect(verifications).toBe(2);
  });
});

describe("T01 T03 what a token is made for", () => {
  test.each(["JWT", "jwt", "at+jwt", "application/at+jwt", "application/okta-internal-at+jwt"])(
    "%s is for calling",
    async (typ) => {
      expect((await verify(await issuer.sign(key, claims(), { typ }))).ok).toBe(true);
    },
  );

  test.each(["logout+jwt", "secevent+jwt", "dpop+jwt", "oauth-authz-req+jwt", "at+jwt+x", "x at+jwt", ""])(
    "%j is not",
    async (typ) => {
      expect(await refusalOf(await issuer.sign(key, claims(), { typ }))).toContain("not made for calling");
    },
  );

  test("T02 a token that is bound to its client's key is not taken from whoever bears it", async () => {
    for (const cnf of [{ jkt: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" }, { "x5t#S256": "x" }, {}, null]) {
      expect(await refusalOf(await issuer.sign(key, claims({ cnf })))).toContain("bound to a key");
    }
  });

  test("a critical header that isn't understood is refused", async () => {
    const [, payload = "", signature = ""] = (await issuer.sign(key, claims())).split(".");
    const header = Buffer.from(JSON.stringify({ alg: "RS256", kid: key.published.kid, crit: ["x"], x: 1 }));
    expect(await refusalOf(`${header.toString("base64url")}.${payload}.${signature}`)).toContain("not a signed JWT");
  });
});

describe("the claims that policies see", () => {
  test("are those that were signed, to the last digit", async () => {
    const text = `{"iss":"${issuer.issuer}","sub":"alice","aud":["gate"],"exp":${exp()},"account":12345678901234567890,"realm_access":{"roles":["a","b"]}}`;
    const verification = await verify(await issuer.sign(key, text));
    expect(verification).toMatchObject({
      ok: true,
      principal: {
        tags: {
          account: "12345678901234567890",
          aud: '["gate"]',
          realm_access: '{"roles":["a","b"]}',
          "/realm_access/roles": '["a","b"]',
        },
      },
    });
  });

  test("T15 are all that there are, or the token is refused: a policy that forbids could miss its claim", async () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`m${index}`, index]));
    expect(await refusalOf(await issuer.sign(key, claims({ many })))).toContain("300 members");
  });

  test("T04 tell users of one subject at two issuers apart", async () => {
    const own = await startTestIssuer();
    const token = await own.sign(await own.addKey("ES256"), claims({ iss: own.issuer }));
    const theirs = await verifierAt().verify(token, { ...rules, discoveryUrl: own.discoveryUrl }, "g@1");
    const ours = await verify(await issuer.sign(key, claims()));
    expect(theirs.ok && ours.ok && theirs.principal.issuer !== ours.principal.issuer).toBe(true);
    await own.stop();
  });
});
