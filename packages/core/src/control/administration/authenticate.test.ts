import { OAuth2Server } from "oauth2-mock-server";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createIssuers } from "../../identity/issuer.ts";
import { createJwtVerifier } from "../../identity/jwt.ts";
import { sign, type Unsigned } from "../../identity/sigv4/testing.ts";
import type { ControlRequest } from "../request.ts";
import { createAuthenticator } from "./authenticate.ts";
import { secretOf, startTestAdministration, type TestAdministration } from "./testing.ts";

const issuer = new OAuth2Server();
let plane: TestAdministration;
beforeAll(async () => {
  plane = await startTestAdministration();
  await issuer.issuer.keys.generate("RS256");
  await issuer.start(0, "127.0.0.1");
});
afterAll(() => Promise.all([plane.stop(), issuer.stop()]));
beforeEach(() => plane.reset());

const request: ControlRequest = { method: "GET", path: "/", query: {}, headers: {}, body: "", sourceIp: "192.0.2.1" };

/** A request that is signed with a key of `addKey`. */
async function signed(
  accessKeyId: string,
  changes: Unsigned & { secret?: string; sourceIp?: string; region?: string } = {},
) {
  const { secret = secretOf(accessKeyId), sourceIp = request.sourceIp, region, ...unsigned } = changes;
  const credentials = { accessKeyId, secretAccessKey: secret };
  const options = { credentials, signingDate: plane.time, ...(region === undefined ? {} : { region }) };
  return { ...(await sign(unsigned, options)), sourceIp };
}

/** Authenticates with no memory of requests before. */
function authenticate(of: ControlRequest) {
  return createAuthenticator(plane)(of);
}

describe("a signed request", () => {
  test("is from the access key that it is signed with", async () => {
    await plane.addKey({ accessKeyId: "GHAKADMIN", roles: ["admin", "analyst"] });
    const administrator = await authenticate(await signed("GHAKADMIN", { body: "{}" }));
    expect(administrator).toEqual({ type: "Gatehouse::AccessKey", id: "GHAKADMIN", roles: ["admin", "analyst"] });
  });

  test.each([
    ["an unknown key", "GHAKNOBODY", {}, "unknownClient"],
    ["a wrong secret", "GHAKADMIN", { secret: "guessed" }, "invalidSignature"],
    ["another region", "GHAKADMIN", { region: "eu-west-1" }, "invalidSignature"],
  ])("with %s is refused", async (_, accessKeyId, changes, code) => {
    await plane.addKey({ accessKeyId: "GHAKADMIN" });
    await expect(authenticate(await signed(accessKeyId, changes))).rejects.toMatchObject({ code });
  });

  test("T19 that was changed on the way is refused", async () => {
    await plane.addKey({ accessKeyId: "GHAKADMIN" });
    const original = await signed("GHAKADMIN", { body: '{"name":"a"}' });
    await expect(authenticate({ ...original, body: '{"name":"b"}' })).rejects.toMatchObject({
      code: "invalidSignature",
    });
  });

  test("is verified by the path that its client wrote, with the stage that an API Gateway is reached under", async () => {
    await plane.addKey({ accessKeyId: "GHAKADMIN" });
    const { path: signedPath, ...rest } = await signed("GHAKADMIN", { path: "/production/gateways/" });
    const behindStage = { ...rest, path: "/gateways/", signedPath };
    await expect(authenticate(behindStage)).resolves.toMatchObject({ id: "GHAKADMIN" });
    await expect(authenticate({ ...rest, path: "/gateways/" })).rejects.toMatchObject({ code: "invalidSignature" });
  });

  test("T19 for one path is not taken for another", async () => {
    await plane.addKey({ accessKeyId: "GHAKADMIN" });
    const { path: signedPath, ...rest } = await signed("GHAKADMIN", { path: "/production/gateways/" });
    await expect(authenticate({ ...rest, path: "/policy-engines/", signedPath })).rejects.toMatchObject({
      code: "invalidSignature",
      message: expect.stringContaining("not the one that is asked for"),
    });
  });

  test("is refused as soon as its key is revoked, rotated away or expired", async () => {
    await plane.addKey({ accessKeyId: "GHAKADMIN" });
    const subject = createAuthenticator(plane);
    const again = async () => subject(await signed("GHAKADMIN"));
    await again();
    const record = await plane.administration.accessKey("GHAKADMIN");
    await plane.administration.deleteKey(await plane.administration.load(), "GHAKADMIN", []);
    await expect(again()).rejects.toMatchObject({ code: "unknownClient" });
    if (record === undefined) throw new Error("The key was not there.");
    await plane.administration.putHostKey(await plane.administration.load(), {
      ...record,
      expiresAt: new Date(plane.time.getTime() + 1_000).toISOString(),
    });
    await again();
    plane.time = new Date(plane.time.getTime() + 1_000);
    await expect(again()).rejects.toMatchObject({ code: "unknownClient", message: expect.stringContaining("expired") });
  });

  test("learns of a key's expiry only with its secret", async () => {
    await plane.addKey({ accessKeyId: "GHAKOLD", expiresAt: "2020-01-01T00:00:00.000Z" });
    await expect(authenticate(await signed("GHAKOLD", { secret: "guessed" }))).rejects.toMatchObject({
      code: "invalidSignature",
    });
  });

  test.each([
    ["127.0.0.1", true],
    ["127.8.9.10", true],
    ["::1", true],
    ["::ffff:127.0.0.1", true],
    ["192.0.2.1", false],
    ["::ffff:192.0.2.1", false],
    ["127.0.0.1.example.com", false],
    ["", false],
  ])("with the key of this machine, from %s: %s", async (sourceIp, taken) => {
    await plane.addKey({ accessKeyId: "GHAKLOCAL", loopbackOnly: true });
    const result = authenticate(await signed("GHAKLOCAL", { sourceIp }));
    await (taken
      ? expect(result).resolves.toMatchObject({ id: "GHAKLOCAL" })
      : expect(result).rejects.toMatchObject({ code: "accessDenied" }));
  });

  test("T04 is not verified by the secret of another key's record", async () => {
    await plane.addKey({ accessKeyId: "GHAKADMIN" });
    await plane.addKey({ accessKeyId: "GHAKMINE", roles: [] });
    const mine = await plane.administration.accessKey("GHAKMINE");
    await plane.addKey({ accessKeyId: "GHAKADMIN", ...(mine && { sealedSecret: mine.sealedSecret }) });
    const forged = await signed("GHAKADMIN", { secret: secretOf("GHAKMINE") });
    await expect(authenticate(forged)).rejects.toMatchObject({ code: "internal" });
  });

  test("T18 is never answered with its secret or signature", async () => {
    await plane.addKey({ accessKeyId: "GHAKLOCAL", loopbackOnly: true });
    const original = await signed("GHAKLOCAL");
    const error = await authenticate(original).catch((refusal: unknown) => refusal);
    const signature = /Signature=(\w+)/.exec(original.headers.authorization ?? "")?.[1] ?? "";
    expect(String(error)).not.toContain(secretOf("GHAKLOCAL"));
    expect(String(error)).not.toContain(signature);
  });
});

describe("T02 one scheme decides, and nothing falls back", () => {
  test.each([
    ["nothing", {}, "missingAuthentication", /no Authorization header. Sign the request/],
    ["an empty header", { authorization: "" }, "unauthorized", /scheme is not taken/],
    ["Basic", { authorization: "Basic YWRtaW46YWRtaW4=" }, "unauthorized", /scheme is not taken. Sign/],
    ["SigV4A", { authorization: "AWS4-ECDSA-P256-SHA256 Credential=x" }, "unauthorized", /scheme is not taken/],
    ["a bearer token", { authorization: "Bearer abc" }, "unauthorized", /no issuer of administrators' tokens/],
    ["two headers", { authorization: "Bearer abc", Authorization: "Bearer abc" }, "unauthorized", /several/],
    ["a broken signature", { authorization: "AWS4-HMAC-SHA256 nonsense" }, "incompleteSignature", /Credential/],
  ])("%s is refused", async (_, headers, code, message) => {
    await expect(authenticate({ ...request, headers })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  test("a presigned URL is nothing either", async () => {
    const query = { "X-Amz-Signature": ["0"], "X-Amz-Algorithm": ["AWS4-HMAC-SHA256"] };
    await expect(authenticate({ ...request, query })).rejects.toMatchObject({ code: "missingAuthentication" });
  });
});

describe("a bearer token of the admin issuer", () => {
  const token = (claims: object = {}, expiresIn = 3_600) =>
    issuer.issuer.buildToken({
      expiresIn,
      scopesOrTransform: (_, body) => void Object.assign(body, { sub: "alice", aud: "gatehouse", ...claims }),
    });

  function authenticateToken(jwt: string, rolesClaim = "roles") {
    const verifier = createJwtVerifier({ issuers: createIssuers({ allowLoopback: true }) });
    const discoveryUrl = `${issuer.issuer.url}/.well-known/openid-configuration`;
    const adminIssuer = { discoveryUrl, audience: "gatehouse", rolesClaim, verifier };
    return createAuthenticator({ ...plane, adminIssuer })({ ...request, headers: { Authorization: `Bearer ${jwt}` } });
  }

  test("is a user with its roles and claims", async () => {
    const administrator = await authenticateToken(await token({ roles: ["policy-author"], department: "risk" }));
    expect(administrator).toMatchObject({
      type: "Gatehouse::OAuthUser",
      id: "alice",
      roles: ["policy-author"],
      tags: { department: "risk" },
    });
  });

  test.each([
    [
      ["admin", "analyst"],
      ["admin", "analyst"],
    ],
    ["admin analyst", ["admin", "analyst"]],
    ["admin, analyst", ["admin", "analyst"]],
    ["", []],
    [[], []],
    [["admin", 1], []],
    [{ admin: true }, []],
    [undefined, []],
  ])("with the roles %j has %j", async (roles, expected) => {
    expect((await authenticateToken(await token({ roles }))).roles).toEqual(expected);
  });

  test("has its roles in the claim that is configured", async () => {
    const jwt = await token({ "cognito:groups": ["admin"], roles: ["analyst"] });
    expect((await authenticateToken(jwt, "cognito:groups")).roles).toEqual(["admin"]);
    expect((await authenticateToken(jwt, "__proto__")).roles).toEqual([]);
  });

  test("T01 T03 T18 that is for somebody else, has expired or is none is refused, and not repeated", async () => {
    for (const jwt of [await token({ aud: "a-gateway" }), await token({}, -60), "abc.def.ghi"]) {
      const error: unknown = await authenticateToken(jwt).catch((refusal: unknown) => refusal);
      expect(error).toMatchObject({
        code: "unauthorized",
        message: expect.stringContaining("for the audience gatehouse"),
      });
      expect(String(error)).not.toContain(jwt);
    }
  });

  test("needs no signature, and a signature no token", async () => {
    await plane.addKey({ accessKeyId: "GHAKADMIN" });
    expect(await authenticate(await signed("GHAKADMIN"))).toMatchObject({ id: "GHAKADMIN" });
  });
});
