import { createHash } from "node:crypto";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../testing/folder.ts";
import { startTestHost } from "../testing/host.ts";

const audience = "http://127.0.0.1/gateways/g/mcp";

async function verify(issuer: string, token: string) {
  const discovery = (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()) as { jwks_uri: string };
  return (await jwtVerify(token, createRemoteJWKSet(new URL(discovery.jwks_uri)), { issuer, algorithms: ["RS256"] }))
    .payload;
}

async function post(issuer: string, form: Record<string, string>, headers: Record<string, string> = {}) {
  const response = await fetch(`${issuer}/token`, { method: "POST", body: new URLSearchParams(form), headers });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

test.each([
  "/idp/.well-known/openid-configuration",
  "/.well-known/oauth-authorization-server/idp",
  "/.well-known/openid-configuration/idp",
])("the issuer describes itself at %s", async (path) => {
  const { url } = await startTestHost();
  expect(await (await fetch(url + path)).json()).toMatchObject({
    issuer: `${url}/idp`,
    token_endpoint: `${url}/idp/token`,
    jwks_uri: `${url}/idp/jwks`,
    authorization_endpoint: `${url}/idp/authorize`,
    code_challenge_methods_supported: ["S256"],
  });
});

describe("a token", () => {
  test("for a user carries what was asked for", async () => {
    const { idp } = await startTestHost();
    const { status, body } = await post(idp.issuer, {
      grant_type: "password",
      username: "alice",
      client_id: "agent-1",
      scope: "tools",
      resource: audience,
      claims: '{"department":"finance"}',
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      token_type: "Bearer",
      expires_in: 3600,
      scope: "tools",
      refresh_token: expect.any(String),
    });
    expect(await verify(idp.issuer, body.access_token ?? "")).toMatchObject({
      sub: "alice",
      client_id: "agent-1",
      scope: "tools",
      aud: audience,
      department: "finance",
    });
    expect(await verify(idp.issuer, body.id_token ?? "")).toMatchObject({ sub: "alice", aud: "agent-1" });
  });

  test("for an agent of its own names the agent, also when it says who it is by HTTP Basic", async () => {
    const { idp } = await startTestHost();
    idp.setDefaultAudience(audience);
    const authorization = `Basic ${Buffer.from("agent-2:secret").toString("base64")}`;
    const { body } = await post(idp.issuer, { grant_type: "client_credentials" }, { authorization });
    expect(body.refresh_token).toBeUndefined();
    expect(await verify(idp.issuer, body.access_token ?? "")).toMatchObject({
      sub: "agent-2",
      client_id: "agent-2",
      aud: audience,
    });
  });

  test("made in process is the same, and can have expired", async () => {
    const { idp } = await startTestHost();
    const claims = { sub: "bob", client_id: "agent", aud: audience, claims: { department: "engineering" } };
    expect(await verify(idp.issuer, await idp.token(claims))).toMatchObject({ sub: "bob", department: "engineering" });
    await expect(verify(idp.issuer, await idp.token({ ...claims, expiresInSeconds: -60 }))).rejects.toThrow('"exp"');
    await expect(idp.token({ ...claims, claims: { iss: "me" } })).rejects.toThrow('"iss" is set by the issuer only');
  });

  test("still verifies after a restart on the same data folder", async () => {
    const data = await temporaryFolder();
    const first = await startTestHost({}, { data });
    const token = await first.idp.token({ sub: "alice", client_id: "agent" });
    await first.stop();
    const second = await startTestHost({}, { data, port: Number(new URL(first.url).port) });
    expect(await verify(second.idp.issuer, token)).toMatchObject({ sub: "alice" });
  });

  test.each([
    [{ claims: '{"sub":"root"}' }, '"sub" is set by the issuer only'],
    [{ claims: '{"__proto__":"x"}' }, '"__proto__" is set by the issuer only'],
    [{ claims: '{"level":3}' }, '"level" must be a string'],
    [{ claims: "[1]" }, "JSON object of strings"],
    [{ claims: "{" }, "JSON object of strings"],
  ])("isn't given for %j", async (parameters, reason) => {
    const { idp } = await startTestHost();
    const { status, body } = await post(idp.issuer, { grant_type: "password", username: "alice", ...parameters });
    expect(status).toBe(400);
    expect(body).toEqual({ error: "invalid_request", error_description: expect.stringContaining(reason) });
  });
});

describe("the authorization code flow", () => {
  const verifier = "a".repeat(50);
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  const redirect = "http://localhost:6274/callback";
  const query = {
    response_type: "code",
    client_id: "inspector",
    redirect_uri: redirect,
    code_challenge: challenge,
    code_challenge_method: "S256",
    login_hint: "alice",
    resource: audience,
    state: "s",
  };

  async function authorize(issuer: string, parameters: Record<string, string>) {
    const response = await fetch(`${issuer}/authorize?${new URLSearchParams(parameters)}`, { redirect: "manual" });
    const location = response.headers.get("location");
    return { status: response.status, answer: location === null ? undefined : new URL(location).searchParams };
  }

  test("with PKCE gives a token for the hinted user, which can be refreshed once", async () => {
    const { idp } = await startTestHost();
    const { answer } = await authorize(idp.issuer, query);
    expect(answer?.get("state")).toBe("s");
    const form = {
      grant_type: "authorization_code",
      code: answer?.get("code") ?? "",
      code_verifier: verifier,
      client_id: "inspector",
      redirect_uri: redirect,
    };
    const { body } = await post(idp.issuer, form);
    const payload = await verify(idp.issuer, body.access_token ?? "");
    expect(payload).toMatchObject({ sub: "alice", client_id: "inspector", aud: audience });
    expect(payload.scope).toBeUndefined();
    expect((await post(idp.issuer, form)).status).toBe(400);

    const refresh = { grant_type: "refresh_token", refresh_token: body.refresh_token ?? "", client_id: "inspector" };
    const refreshed = await post(idp.issuer, refresh);
    expect(await verify(idp.issuer, refreshed.body.access_token ?? "")).toMatchObject({ sub: "alice", aud: audience });
    expect(await post(idp.issuer, refresh)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  });

  test.each([
    ["another verifier", { code_verifier: "b".repeat(50) }],
    ["no verifier", { code_verifier: "" }],
    ["another client", { client_id: "someone" }],
    ["another redirect address", { redirect_uri: "http://localhost:1/" }],
    ["a code that was never given", { code: "made-up" }],
  ])("gives no token for %s", async (_case, change) => {
    const { idp } = await startTestHost();
    const { answer } = await authorize(idp.issuer, query);
    const form = {
      grant_type: "authorization_code",
      code: answer?.get("code") ?? "",
      code_verifier: verifier,
      client_id: "inspector",
    };
    const { status, body } = await post(idp.issuer, { ...form, ...change });
    expect(status).toBe(400);
    expect(body.access_token).toBeUndefined();
  });

  test("gives no code without PKCE", async () => {
    const { idp } = await startTestHost();
    const { answer } = await authorize(idp.issuer, { ...query, code_challenge: "" });
    expect(answer?.get("code")).toBeNull();
    expect(answer?.get("error")).toBe("invalid_request");
  });

  test.each(["https://evil.example/", "http://localhost.evil.example/", "javascript:alert(1)", "nonsense"])(
    "T20 sends no code to %s",
    async (redirect_uri) => {
      const { idp } = await startTestHost();
      expect((await authorize(idp.issuer, { ...query, redirect_uri })).status).toBe(400);
      // The library takes a slash at the end for nothing, and what follows two slashes for a host.
      const parameters = new URLSearchParams({ ...query, redirect_uri });
      for (const path of ["/authorize/", "/authorize//", "//elsewhere/authorize"]) {
        const response = await fetch(`${idp.issuer}${path}?${parameters}`, { redirect: "manual" });
        expect(response.headers.get("location")).toBeNull();
      }
      const leave = new URLSearchParams({ post_logout_redirect_uri: redirect_uri });
      const response = await fetch(`${idp.issuer}/endsession?${leave}`, { redirect: "manual" });
      expect(response.headers.get("location")).toBeNull();
    },
  );

  test("a client's name that is no text is refused", async () => {
    const { idp } = await startTestHost();
    const headers = { Authorization: `Basic ${Buffer.from("%:x").toString("base64")}` };
    const body = new URLSearchParams({ grant_type: "client_credentials" });
    expect((await fetch(`${idp.issuer}/token`, { method: "POST", headers, body })).status).toBe(400);
  });
});

test("clients can register themselves", async () => {
  const { idp } = await startTestHost();
  const response = await fetch(`${idp.issuer}/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ redirect_uris: ["http://localhost/callback"] }),
  });
  expect(response.status).toBe(201);
  expect(await response.json()).toMatchObject({
    client_id: expect.any(String),
    redirect_uris: ["http://localhost/callback"],
  });
});

test("bound to anything but loopback, the issuer is off unless it was asked for", async () => {
  const off = await startTestHost({}, { bind: "0.0.0.0" });
  expect(await (await fetch(`${off.url}/idp/jwks`)).json()).toEqual({});
  await off.stop();
  const asked = await startTestHost({}, { bind: "0.0.0.0", developmentIssuer: true });
  expect(await (await fetch(`${asked.url}/idp/jwks`)).json()).toEqual({
    keys: [expect.objectContaining({ alg: "RS256" })],
  });
});
