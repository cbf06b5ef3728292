import { startServer } from "@gatehouse/core/egress/testing.ts";
import type { Oauth2ProviderRecord } from "@gatehouse/core/storage/identityRecords.ts";
import { type CryptoKey, decodeJwt, exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type AuthorizationServer,
  defaultResource,
  everyGrant,
  startAuthorizationServer,
} from "../support/authorizationServer.ts";
import { accessToken } from "../support/consent.ts";
import { clientNamed, deploymentUrl, secretOf, startTestVault, type TestVault } from "../support/vault.ts";

let vault: TestVault;
let server: AuthorizationServer;
let userTokenKey: CryptoKey;

const anIssuer = "https://login.example.com";
const alice = { kind: "token", issuer: anIssuer, subject: "alice" } as const;

beforeAll(async () => {
  vault = await startTestVault();
  const pair = await generateKeyPair("ES256", { extractable: true });
  userTokenKey = pair.privateKey;
  const { deploymentKey } = vault.process();
  const client = (client_id: string, token_endpoint_auth_method: "client_secret_basic" | "client_secret_post") => ({
    ...clientNamed(client_id),
    token_endpoint_auth_method,
  });
  server = await startAuthorizationServer({
    clients: [
      client("basic", "client_secret_basic"),
      client("post", "client_secret_post"),
      {
        client_id: "assertion",
        token_endpoint_auth_method: "private_key_jwt",
        jwks: await deploymentKey.jwks(),
        grant_types: everyGrant,
        redirect_uris: [`${deploymentUrl}/oauth/callback/callback-of-assertion`],
      },
    ],
    trusted: {
      [anIssuer]: { keys: [await exportJWK(pair.publicKey)] },
      [deploymentUrl]: await deploymentKey.jwks(),
    },
  });
  const oauthDiscovery = { discoveryUrl: server.discoveryUrl };
  const exchange = (actorTokenContent: "NONE" | "M2M" | "AWS_IAM_ID_TOKEN_JWT") =>
    ({
      grantType: "TOKEN_EXCHANGE",
      tokenExchangeGrantTypeConfig: { actorTokenContent, actorTokenScopes: ["read"] },
    }) satisfies Oauth2ProviderRecord["onBehalfOfTokenExchangeConfig"];
  await vault.oauth2Provider({ name: "basic", oauthDiscovery });
  await vault.oauth2Provider({ name: "post", oauthDiscovery, clientAuthenticationMethod: "CLIENT_SECRET_POST" });
  await vault.oauth2Provider({
    name: "assertion",
    oauthDiscovery,
    clientAuthenticationMethod: "AWS_IAM_ID_TOKEN_JWT",
    onBehalfOfTokenExchangeConfig: exchange("AWS_IAM_ID_TOKEN_JWT"),
  });
  const given = {
    authorizationServerMetadata: {
      issuer: server.issuer,
      authorizationEndpoint: `${server.issuer}/auth`,
      tokenEndpoint: `${server.issuer}/token`,
    },
  };
  await vault.oauth2Provider({ name: "explicit", clientId: "basic", oauthDiscovery: given }, secretOf("basic"));
  await vault.oauth2Provider({ name: "wrong-secret", clientId: "basic", oauthDiscovery });
  for (const [name, config] of [
    ["exchange", exchange("NONE")],
    ["exchange-m2m", exchange("M2M")],
    ["bearer", { grantType: "JWT_AUTHORIZATION_GRANT" }],
  ] as const) {
    const provider = { name, clientId: "basic", oauthDiscovery, onBehalfOfTokenExchangeConfig: config };
    await vault.oauth2Provider(provider, secretOf("basic"));
  }
  await vault.apiKeyProvider("maps", "key-of-maps");
});
afterAll(async () => {
  await server?.stop();
  await vault?.[Symbol.asyncDispose]();
});
beforeEach(() => {
  server.requests.length = 0;
  server.answerWith(undefined);
});

const userToken = (claims: object = {}) =>
  new SignJWT({
    iss: anIssuer,
    sub: "alice",
    aud: "gate",
    exp: Math.floor(Date.now() / 1_000) + 600,
    jti: crypto.randomUUID(),
    ...claims,
  })
    .setProtectedHeader({ alg: "ES256" })
    .sign(userTokenKey);

const machine = (provider: string, agent: string = crypto.randomUUID()) =>
  ({ provider, agent, scopes: ["read"], flow: "M2M" }) as const;

describe("a token for a machine", () => {
  test.each(["basic", "post", "assertion", "explicit"])(
    "is given to a client that proves itself as %s does",
    async (provider) => {
      const claims = decodeJwt(await accessToken(vault.process(), machine(provider)));
      expect(claims).toMatchObject({
        client_id: provider === "explicit" ? "basic" : provider,
        scope: "read",
        aud: defaultResource,
      });
      expect(server.grants).toEqual(["client_credentials"]);
    },
  );

  test("is the agent's, whoever its user is, and another agent's is another", async () => {
    const process = vault.process();
    const request = machine("basic");
    const first = await accessToken(process, request);
    expect(await accessToken(process, { ...request, user: alice })).toBe(first);
    expect(await accessToken(vault.process(), { ...request, user: { kind: "id", id: "bob" } })).toBe(first);
    expect(await accessToken(process, machine("basic"))).not.toBe(first);
  });

  test("is another for other scopes, resources and parameters, and the same for scopes in another order", async () => {
    const process = vault.process();
    const request = { ...machine("basic"), scopes: ["read", "write"] };
    const first = await accessToken(process, request);
    expect(await accessToken(process, { ...request, scopes: ["write", "read"] })).toBe(first);
    expect(await accessToken(process, { ...request, scopes: ["read"] })).not.toBe(first);
    const other = await accessToken(process, { ...request, resources: ["https://other.example.com"] });
    expect(decodeJwt(other).aud).toBe("https://other.example.com");
    expect(await accessToken(process, { ...request, customParameters: { tenant: "a" } })).not.toBe(first);
  });

  test("is asked for once, for fifty calls in one process and in five", async () => {
    const request = machine("basic");
    const processes = Array.from({ length: 5 }, () => vault.process());
    const tokens = await Promise.all(
      processes.flatMap((process) => Array.from({ length: 10 }, () => accessToken(process, request))),
    );
    expect(new Set(tokens).size).toBe(1);
    expect(server.grants).toEqual(["client_credentials"]);
  });

  test("is another than the one that a target has refused", async () => {
    const process = vault.process();
    const request = machine("basic");
    const rejected = await accessToken(process, request);
    const next = await accessToken(process, { ...request, rejected });
    expect(next).not.toBe(rejected);
    // Somebody who was refused the same meanwhile gets the one that is there.
    expect(await accessToken(process, { ...request, rejected })).toBe(next);
    expect(server.grants).toHaveLength(2);
  });
});

describe("an exchange on behalf of a user", () => {
  const exchanging = (provider: string, subject: string) =>
    ({
      provider,
      agent: "agent",
      user: alice,
      scopes: ["read"],
      flow: "ON_BEHALF_OF_TOKEN_EXCHANGE",
      userToken: subject,
    }) as const;

  test.each(["exchange", "bearer"])("gives a token of the user (%s)", async (provider) => {
    const process = vault.process();
    const token = await userToken();
    const request = exchanging(provider, token);
    const first = await accessToken(process, request);
    expect(decodeJwt(first)).toMatchObject({ sub: "alice", client_id: "basic", scope: "read" });
    expect(decodeJwt(first)).not.toHaveProperty("act");
    expect(await accessToken(vault.process(), request)).toBe(first);
    expect(server.grants).toHaveLength(1);
    // What was made from one token isn't given for another.
    expect(await accessToken(process, exchanging(provider, await userToken()))).not.toBe(first);
  });

  test("names who acts, by a token of the client or a JWT of this deployment", async () => {
    const byMachine = await accessToken(vault.process(), exchanging("exchange-m2m", await userToken()));
    expect(decodeJwt(byMachine)).toMatchObject({ sub: "alice", act: { sub: "basic" } });
    const byDeployment = await accessToken(vault.process(), exchanging("assertion", await userToken()));
    expect(decodeJwt(byDeployment)).toMatchObject({ sub: "alice", act: { sub: "agent" } });
  });

  test("outlives neither the user's token nor its own", async () => {
    const exp = Math.floor(Date.now() / 1_000) + 120;
    const answer = await vault.process().credentials.token(exchanging("exchange", await userToken({ exp })));
    expect(answer).toMatchObject({ expiresAt: new Date(exp * 1_000) });
  });

  test("begins with a token of that very user", async () => {
    const { credentials } = vault.process();
    const bobs = await userToken({ sub: "bob" });
    await expect(credentials.token(exchanging("exchange", bobs))).rejects.toThrow("is of another user");
    const { userToken: _, ...without } = exchanging("exchange", bobs);
    await expect(credentials.token(without)).rejects.toThrow("begins with the user's own token");
    await expect(credentials.token(exchanging("basic", await userToken()))).rejects.toThrow(
      "onBehalfOfTokenExchangeConfig",
    );
    expect(server.grants).toEqual([]);
  });

  test("is refused for a token that the issuer doesn't trust, which nothing is stored of", async () => {
    const { privateKey } = await generateKeyPair("ES256");
    const forged = await new SignJWT({ iss: anIssuer, sub: "alice" })
      .setProtectedHeader({ alg: "ES256" })
      .sign(privateKey);
    const asked = vault.process().credentials.token(exchanging("exchange", forged));
    await expect(asked).rejects.toMatchObject({ name: "CredentialError", oauthError: "invalid_grant" });
  });
});

describe("what can't be", () => {
  test("an unknown provider is not found", async () => {
    const { credentials } = vault.process();
    await expect(credentials.token(machine("nobody"))).rejects.toMatchObject({ code: "notFound" });
    await expect(credentials.apiKey("nobody")).rejects.toMatchObject({ code: "notFound" });
    expect(await credentials.apiKey("maps")).toBe("key-of-maps");
  });

  test("a user's token without a user, or parameters that are Gatehouse's to say", async () => {
    const { credentials } = vault.process();
    const federation = { ...machine("basic"), flow: "USER_FEDERATION" } as const;
    await expect(credentials.token(federation)).rejects.toMatchObject({ code: "validation" });
    for (const name of ["redirect_uri", "state", "client_id", "Scope", "code_challenge"]) {
      const request = { ...machine("basic"), customParameters: { [name]: "x" } };
      await expect(credentials.token(request)).rejects.toMatchObject({ code: "validation" });
    }
    expect(server.grants).toEqual([]);
  });
});

describe("an issuer that refuses or fails", () => {
  test("is quoted by its error code, and a wrong secret by nothing of it", async () => {
    const failure = await vault
      .process()
      .credentials.token(machine("wrong-secret"))
      .catch((error: Error) => error);
    expect(failure).toMatchObject({ name: "CredentialError", oauthError: "invalid_client" });
    expect((failure as Error).message).toContain("wrong-secret");
    expect((failure as Error).message).not.toContain(secretOf("wrong-secret"));
  });

  test("T18 what it says of secrets goes no further", async () => {
    server.answerWith(({ headers, parameters }) =>
      Response.json(
        {
          error: "invalid_request",
          error_description: `You sent ${secretOf("post")} in ${parameters} with ${headers.authorization}`,
        },
        { status: 400 },
      ),
    );
    const failure = await vault
      .process()
      .credentials.token(machine("post"))
      .catch((error: Error) => error);
    expect(failure).toMatchObject({ oauthError: "invalid_request" });
    const { inspect } = await import("node:util");
    const told = inspect(failure, { depth: 10, showHidden: true });
    expect(told).toContain("You sent [secret]");
    expect(told).not.toContain(secretOf("post"));
  });

  test.each([
    ["another status", () => new Response("away", { status: 503 })],
    ["no JSON", () => new Response("<html>", { headers: { "content-type": "text/html" } })],
    ["no token", () => Response.json({ token_type: "bearer" })],
    ["a redirect", () => new Response(null, { status: 302, headers: { location: "http://127.0.0.1:1/" } })],
    ["another kind of token", () => Response.json({ access_token: "a", token_type: "mac" })],
    ["too much", () => Response.json({ access_token: "a".repeat(1_100_000), token_type: "bearer" })],
  ])("gives no token by %s, and is asked again", async (_, answer) => {
    const process = vault.process();
    const request = machine("basic");
    server.answerWith(answer);
    await expect(process.credentials.token(request)).rejects.toMatchObject({ name: "CredentialError" });
    server.answerWith(undefined);
    expect(decodeJwt(await accessToken(process, request))).toMatchObject({ client_id: "basic" });
  });

  test("says errors as GitHub does, and kinds of tokens as Slack does", async () => {
    const process = vault.process();
    server.answerWith(() => Response.json({ error: "bad_verification_code", error_description: "expired" }));
    const failed = process.credentials.token(machine("basic"));
    await expect(failed).rejects.toMatchObject({ oauthError: "bad_verification_code" });
    server.answerWith(() => Response.json({ ok: true, access_token: "xoxb", token_type: "bot" }));
    expect(await accessToken(process, machine("basic"))).toBe("xoxb");
  });
});

test("T06 an issuer is asked at public addresses alone", async () => {
  const { credentials } = vault.process({ allowLoopback: false });
  for (const provider of ["basic", "explicit"]) {
    await expect(credentials.token(machine(provider))).rejects.toMatchObject({ code: "validation" });
  }
  // What the issuer's own metadata names is checked as well.
  server.lead("token_endpoint", "https://169.254.169.254/token");
  await expect(vault.process().credentials.token(machine("post"))).rejects.toMatchObject({ code: "validation" });
  server.lead("token_endpoint", undefined);
  expect(server.grants).toEqual([]);
});

test("T20 a discovery document of another issuer is none", async () => {
  const oauthDiscovery = { discoveryUrl: server.discoveryUrl.replace("127.0.0.1", "localhost") };
  await vault.oauth2Provider({ name: "mixed-up", oauthDiscovery });
  const asked = vault.process().credentials.token(machine("mixed-up"));
  await expect(asked).rejects.toMatchObject({ name: "CredentialError" });
  expect(server.grants).toEqual([]);
});

test("a caller that goes away doesn't take the token of the others with it", async () => {
  const process = vault.process();
  const request = machine("basic");
  const reached = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  server.beforeAnswer = () => {
    reached.resolve();
    return held.promise;
  };
  const gone = new AbortController();
  const first = process.credentials.token({ ...request, signal: gone.signal });
  await reached.promise;
  const second = accessToken(process, request);
  gone.abort();
  await expect(first).rejects.toMatchObject({ name: "AbortError" });
  held.resolve();
  expect(await second).toBeTruthy();
  server.beforeAnswer = async () => {};
  expect(server.grants).toEqual(["client_credentials"]);
});

test("a provider that leads to another client has other tokens", async () => {
  const process = vault.process();
  const request = machine("basic", "steady");
  const first = await accessToken(process, request);
  const record = await vault.repository.oauth2Providers.existing("basic");
  const updatedAt = new Date(Date.now() + 1_000).toISOString();
  const changed = await vault.withSecret({ ...record, callbackId: "another", updatedAt }, secretOf("basic"));
  await vault.repository.oauth2Providers.update(record, changed);
  expect(await accessToken(vault.process(), request)).not.toBe(first);
  await vault.repository.oauth2Providers.update(changed, record);
  expect(await accessToken(vault.process(), request)).toBe(first);
});

test("T18 a provider whose row was made to lead elsewhere sends its secret nowhere", async () => {
  const elsewhere: string[] = [];
  await using attacker = await startServer((request, response) => {
    elsewhere.push(request.url ?? "");
    response.end("{}");
  });
  const endpoint = `http://127.0.0.1:${attacker.port}`;
  const { oauthDiscovery } = await vault.repository.oauth2Providers.existing("basic");
  const record = await vault.oauth2Provider({ name: "moved", clientId: "basic", oauthDiscovery }, secretOf("basic"));
  await accessToken(vault.process(), machine("moved", "any"));
  const metadata = { issuer: server.issuer, authorizationEndpoint: endpoint, tokenEndpoint: `${endpoint}/token` };
  // Beside what was there, and in its place.
  for (const [index, leads] of [{ ...oauthDiscovery }, {}].entries()) {
    const before = await vault.repository.oauth2Providers.existing("moved");
    const updatedAt = new Date(Date.parse(record.updatedAt) + 1_000 * (index + 1)).toISOString();
    const moved = {
      ...before,
      oauthDiscovery: { ...leads, authorizationServerMetadata: metadata } as Oauth2ProviderRecord["oauthDiscovery"],
      updatedAt,
    };
    await vault.repository.oauth2Providers.update(before, moved);
    await expect(accessToken(vault.process(), machine("moved", "any"))).rejects.toThrow("does not open");
  }
  expect(elsewhere).toEqual([]);
});

test("T18 neither tokens nor keys are readable in the table", async () => {
  const token = await accessToken(vault.process(), machine("basic"));
  const contents = await vault.contents();
  expect(contents).toContain("TOKEN#");
  expect(contents).not.toContain(token);
  expect(contents).not.toContain('"d"');
  expect(contents).not.toContain("alice");
});
