import { OAuth2Server } from "oauth2-mock-server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { send, signedRequest } from "../support/signedRequest.ts";

const audience = "https://gatehouse.example/administration";
let issuer: OAuth2Server;
let gatehouse: TestGatehouse;
beforeAll(async () => {
  issuer = new OAuth2Server();
  await issuer.issuer.keys.generate("RS256");
  await issuer.start(0, "127.0.0.1");
  process.env.GATEHOUSE_ADMIN_DISCOVERY_URL = `${issuer.issuer.url}/.well-known/openid-configuration`;
  process.env.GATEHOUSE_ADMIN_AUDIENCE = audience;
  process.env.GATEHOUSE_ADMIN_ROLES_CLAIM = "groups";
  gatehouse = await startGatehouse();
});
afterAll(async () => {
  await gatehouse[Symbol.asyncDispose]();
  await issuer.stop();
});

const tokenOf = (claims: object) =>
  issuer.issuer.buildToken({
    scopesOrTransform: (_, payload) => Object.assign(payload, { sub: "ada", aud: audience, ...claims }),
  });
const ask = (method: string, path: string, token: string, body?: object) =>
  send(new URL(path, gatehouse.url), {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

test("a user of the admin issuer does what the roles in the token may", async () => {
  const admin = await tokenOf({ groups: ["admin", "staff"] });
  expect(await ask("POST", "/policy-engines", admin, { name: "by_bearer" })).toMatchObject({ status: 202 });
  const analyst = await tokenOf({ groups: ["analyst"] });
  expect(await ask("GET", "/policy-engines", analyst)).toMatchObject({ status: 200 });
  expect(await ask("POST", "/policy-engines", analyst, { name: "denied" })).toMatchObject({ status: 403 });
  expect(await ask("GET", "/policy-engines", await tokenOf({}))).toMatchObject({ status: 403 });
});

test.each([
  ["of another audience (T01)", { aud: "https://elsewhere.example" }],
  ["that has expired (T03)", { exp: 1_000_000_000 }],
  ["of nobody", { sub: "" }],
])("a token %s is refused", async (_, claims) => {
  const token = await tokenOf({ groups: ["admin"], ...claims });
  const answer = await ask("GET", "/gateways/", token);
  expect(answer).toMatchObject({ status: 401, error: "UnauthorizedException" });
  expect(JSON.stringify(answer.body)).not.toContain(token);
});

test("T02 a token of the issuer that agents use does not administer", async () => {
  const token = await gatehouse.host.idp.token({
    sub: "ada",
    client_id: "agent",
    aud: audience,
    claims: { groups: "admin" },
  });
  expect(await ask("GET", "/gateways/", token)).toMatchObject({ status: 401 });
});

test("access keys work beside it", async () => {
  const request = { method: "GET", path: "/gateways/" };
  expect(await signedRequest(gatehouse.url, request, gatehouse.host.administrator)).toMatchObject({ status: 200 });
});
