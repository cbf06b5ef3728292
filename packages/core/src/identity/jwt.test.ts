import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { exportSPKI, importJWK, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { OAuth2Server } from "oauth2-mock-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { outboundFetch } from "../outbound.ts";
import { createIssuers } from "./issuer.ts";
import { createJwtVerifier } from "./jwt.ts";

const issuer = new OAuth2Server();
let requests: string[] = [];
const countingFetch: typeof outboundFetch = (input, init) => {
  requests.push(String(input));
  return outboundFetch(input, init);
};
let authorizer: { discoveryUrl: string; allowedAudience: string[] };

beforeAll(async () => {
  await issuer.issuer.keys.generate("RS256");
  await issuer.start(0, "127.0.0.1");
  authorizer = { discoveryUrl: `${issuer.issuer.url}/.well-known/openid-configuration`, allowedAudience: ["gate"] };
});
afterAll(() => issuer.stop());

function verifier(now?: () => Date) {
  requests = [];
  const issuers = createIssuers({ allowLoopback: true, fetch: countingFetch });
  return createJwtVerifier(now === undefined ? { issuers } : { issuers, now });
}

const payload = (claims: JWTPayload = {}) => ({ sub: "alice", aud: "gate", client_id: "agent", ...claims });

function token(claims: JWTPayload = {}, expiresIn = 3_600) {
  const scopesOrTransform = (_: unknown, body: JWTPayload) => void Object.assign(body, payload(claims));
  return issuer.issuer.buildToken({ expiresIn, scopesOrTransform });
}

async function refusalOf(jwt: string, rules: object = authorizer) {
  const verification = await verifier().verify(jwt, rules as never, "g@1");
  if (verification.ok) throw new Error("The token was accepted.");
  return verification.refusal;
}

describe("a token of the configured issuer", () => {
  test("stands for its subject, with every claim as a tag", async () => {
    const jwt = await token({ department: "finance", level: 7, groups: ["a", "b"] });
    const verification = await verifier().verify(jwt, authorizer, "g@1");
    expect(verification).toMatchObject({
      ok: true,
      principal: { type: "AgentCore::OAuthUser", id: "alice", agent: "agent" },
    });
    if (verification.ok) {
      expect(verification.principal.tags).toMatchObject({ department: "finance", level: "7", groups: '["a","b"]' });
    }
  });

  test("is verified once for each gateway and version, and remembered until it expires", async () => {
    let time = Date.now();
    const subject = verifier(() => new Date(time));
    const jwt = await token({}, 60);
    await subject.verify(jwt, authorizer, "g@1");
    const keyRequests = requests.length;
    expect((await subject.verify(jwt, authorizer, "g@1")).ok).toBe(true);
    expect(requests).toHaveLength(keyRequests);
    // T04: what was verified for one gateway is nothing to another, whose authorizer may be different.
    const stricter = { ...authorizer, allowedAudience: ["other"] };
    expect((await subject.verify(jwt, stricter, "other@1")).ok).toBe(false);
    time += 120_000;
    expect((await subject.verify(jwt, authorizer, "g@1")).ok).toBe(false);
  });
});

describe("T01 a token for somebody else", () => {
  test("a wrong audience is refused", async () => {
    expect((await refusalOf(await token({ aud: "elsewhere" }))).message).toContain("audience");
  });
  test("no audience is refused", async () => {
    expect((await refusalOf(await token({ aud: [] }))).message).toContain("audience");
  });
  test("a wrong client, a missing scope, a wrong claim are refused; all configured checks must pass", async () => {
    const { discoveryUrl } = authorizer;
    const jwt = await token({ scope: "read", department: "finance", groups: ["x"] });
    expect((await refusalOf(jwt, { discoveryUrl, allowedClients: ["other"] })).kind).toBe("invalid_token");
    expect((await refusalOf(jwt, { discoveryUrl, allowedScopes: ["write"] })).kind).toBe("insufficient_scope");
    const claim = (name: string, type: string, operator: string, match: object) => ({
      discoveryUrl,
      customClaims: [
        {
          inboundTokenClaimName: name,
          inboundTokenClaimValueType: type,
          authorizingClaimMatchValue: { claimMatchOperator: operator, claimMatchValue: match },
        },
      ],
    });
    expect((await refusalOf(jwt, claim("department", "STRING", "EQUALS", { matchValueString: "hr" }))).kind).toBe(
      "invalid_token",
    );
    expect((await refusalOf(jwt, claim("toString", "STRING", "EQUALS", { matchValueString: "x" }))).kind).toBe(
      "invalid_token",
    );
    const fits = claim("groups", "STRING_ARRAY", "CONTAINS_ANY", { matchValueStringList: ["x", "y"] });
    expect((await verifier().verify(jwt, fits as never, "g@1")).ok).toBe(true);
    expect((await refusalOf(jwt, { ...fits, allowedAudience: ["elsewhere"] })).kind).toBe("invalid_token");
  });
});

describe("T02 there is no way around verification", () => {
  test.each(["", "x", "a.b.c", "null", "undefined", "Bearer"])("%j is refused", async (text) => {
    expect((await refusalOf(text)).kind).toBe("invalid_token");
  });
  test("an authorizer without a check lets nobody in", async () => {
    expect((await refusalOf(await token(), { discoveryUrl: authorizer.discoveryUrl })).message).toContain("no check");
  });
  test("an issuer that cannot be reached lets nobody in", async () => {
    const gone = { discoveryUrl: "http://127.0.0.1:9/.well-known/openid-configuration", allowedAudience: ["gate"] };
    await expect(verifier().verify(await token(), gone, "g@1")).rejects.toThrow("cannot be asked");
  });
  test("a discovery document that names another issuer lets nobody in", async () => {
    const liar = createServer((_, response) => {
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify({ issuer: issuer.issuer.url, jwks_uri: `${issuer.issuer.url}/jwks` }));
    });
    await new Promise<void>((resolve) => liar.listen(0, "127.0.0.1", resolve));
    const address = liar.address();
    const port = typeof address === "object" ? address?.port : 0;
    const rules = {
      discoveryUrl: `http://127.0.0.1:${port}/.well-known/openid-configuration`,
      allowedAudience: ["gate"],
    };
    await expect(verifier().verify(await token(), rules, "g@1")).rejects.toThrow("cannot be asked");
    liar.close();
  });
});

describe("T03 forged, expired and not yet valid tokens", () => {
  const claims = () => ({ ...payload(), iss: issuer.issuer.url ?? "", exp: Math.floor(Date.now() / 1_000) + 60 });
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

  test("alg none is refused", async () => {
    expect((await refusalOf(new UnsecuredJWT(claims()).encode())).kind).toBe("invalid_token");
    expect((await refusalOf(`${encode({ alg: "none" })}.${encode(claims())}.`)).kind).toBe("invalid_token");
    expect((await refusalOf(`${encode({ alg: "NONE" })}.${encode(claims())}.AAAA`)).kind).toBe("invalid_token");
  });
  test("an HMAC with the public key as its secret is refused", async () => {
    const [jwk] = issuer.issuer.keys.toJSON();
    const publicKey = await importJWK({ ...jwk, alg: "RS256" }, "RS256", { extractable: true });
    const spki = await exportSPKI(publicKey as Awaited<ReturnType<typeof crypto.subtle.importKey>>);
    const signed = `${encode({ alg: "HS256", kid: jwk?.kid })}.${encode(claims())}`;
    const forged = `${signed}.${createHmac("sha256", spki).update(signed).digest("base64url")}`;
    expect((await refusalOf(forged)).message).toContain("algorithm");
  });
  test("a key of somebody else under the issuer's kid is refused", async () => {
    const [jwk] = issuer.issuer.keys.toJSON();
    const { privateKey } = await crypto.subtle.generateKey(
      { name: "RSASSA-PKCS1-v1_5", modulusLength: 2_048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" },
      true,
      ["sign", "verify"],
    );
    const header = { alg: "RS256", ...(jwk?.kid === undefined ? {} : { kid: jwk.kid }) };
    const forged = await new SignJWT(claims()).setProtectedHeader(header).sign(privateKey);
    expect((await refusalOf(forged)).message).toContain("signature");
  });
  test("a changed payload is refused", async () => {
    const [header, , signature] = (await token()).split(".");
    expect((await refusalOf(`${header}.${encode(claims())}.${signature}`)).message).toContain("signature");
  });
  test("expired and not yet valid tokens are refused", async () => {
    expect((await refusalOf(await token({}, -60))).message).toContain("expired");
    const later = Math.floor(Date.now() / 1_000) + 3_600;
    expect((await refusalOf(await token({ nbf: later }))).message).toContain('"nbf"');
  });
  test("another issuer's token, and one without a subject or an end, are refused", async () => {
    expect((await refusalOf(await token({ iss: "https://evil.example" }))).message).toContain('"iss"');
    expect((await refusalOf(await token({ sub: "" }))).message).toContain("subject");
  });
  test("an issuer that fails is not asked again for every forged token", async () => {
    let asked = 0;
    const failing = createServer((_, response) => {
      asked++;
      response.writeHead(500).end();
    });
    await new Promise<void>((resolve) => failing.listen(0, "127.0.0.1", resolve));
    const address = failing.address();
    const port = typeof address === "object" ? address?.port : 0;
    const url = `http://127.0.0.1:${port}/.well-known/openid-configuration`;
    const subject = verifier();
    for (let index = 0; index < 20; index++) {
      const forged = `${encode({ alg: "RS256", kid: `k${index}` })}.${encode(claims())}.AAAA`;
      const rules = { discoveryUrl: url, allowedAudience: ["gate"] };
      await expect(subject.verify(forged, rules, "g@1")).rejects.toThrow("cannot be asked");
    }
    expect(asked).toBe(1);
    failing.close();
  });

  test("a flood of unknown key ids asks the issuer at most once more", async () => {
    const subject = verifier();
    await subject.verify(await token(), authorizer, "g@1");
    const before = requests.length;
    for (let index = 0; index < 50; index++) {
      const forged = `${encode({ alg: "RS256", kid: `made-up-${index}` })}.${encode(claims())}.AAAA`;
      expect((await subject.verify(forged, authorizer, "g@1")).ok).toBe(false);
    }
    expect(requests.length - before).toBeLessThanOrEqual(1);
  });
});
