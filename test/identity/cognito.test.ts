import { decodeJwt } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AuthorizationServer, everyGrant, startAuthorizationServer } from "../support/authorizationServer.ts";
import { accessToken, answerAt, beginConsent } from "../support/consent.ts";
import { startUserPool, type UserPool } from "../support/userPool.ts";
import { deploymentUrl, secretOf, startTestVault, type TestVault } from "../support/vault.ts";

let vault: TestVault;
let pool: UserPool;
let server: AuthorizationServer;
let ahead = 0;

beforeAll(async () => {
  [vault, pool] = await Promise.all([
    startTestVault(),
    startUserPool({ callbackUrl: `${deploymentUrl}/oauth/callback/callback-of-pool` }),
  ]);
  await pool.addUser("alice@example.com");
  server = await startAuthorizationServer({
    clients: [
      {
        client_id: "exchange",
        client_secret: secretOf("exchange"),
        grant_types: everyGrant,
        redirect_uris: [`${deploymentUrl}/oauth/callback/callback-of-exchange`],
      },
    ],
    trusted: { [pool.issuer]: pool.jwksUrl },
  });
  await vault.oauth2Provider(
    {
      name: "pool",
      clientId: pool.clientId,
      clientAuthenticationMethod: "CLIENT_SECRET_POST",
      oauthDiscovery: {
        authorizationServerMetadata: {
          issuer: pool.issuer,
          authorizationEndpoint: `${pool.url}/oauth2/authorize`,
          tokenEndpoint: `${pool.url}/oauth2/token`,
        },
      },
    },
    pool.clientSecret,
  );
  await vault.oauth2Provider({
    name: "exchange",
    oauthDiscovery: { discoveryUrl: server.discoveryUrl },
    onBehalfOfTokenExchangeConfig: { grantType: "TOKEN_EXCHANGE" },
  });
});
afterAll(async () => {
  await Promise.all([server?.stop(), pool?.stop()]);
  await vault?.[Symbol.asyncDispose]();
});

test("a user of a Cognito pool consents, is refreshed by one refresh token, and is exchanged", async () => {
  const process = vault.process({ now: () => new Date(Date.now() + ahead) });
  const user = { kind: "id", id: "alice" } as const;
  const request = { provider: "pool", agent: "agent", user, scopes: ["profile"], flow: "USER_FEDERATION" } as const;
  const sessionUri = await beginConsent(process, request);
  const answered = await pool.signIn(await process.consents.begin(sessionUri), "alice@example.com");
  await process.consents.callback(...answerAt(answered));
  await process.consents.complete(sessionUri, user);
  const first = await accessToken(process, request);
  const { sub = "" } = decodeJwt(first);
  expect(decodeJwt(first)).toMatchObject({ iss: pool.issuer, token_use: "access", client_id: pool.clientId });

  // Cognito doesn't rotate refresh tokens: the one that there is goes on.
  for (const elapsed of [3_600_000, 7_200_000]) {
    ahead = elapsed;
    expect(decodeJwt(await accessToken(process, request)).sub).toBe(sub);
  }
  ahead = 0;

  const exchanged = await accessToken(process, {
    provider: "exchange",
    agent: "agent",
    user: { kind: "token", issuer: pool.issuer, subject: sub },
    scopes: ["read"],
    flow: "ON_BEHALF_OF_TOKEN_EXCHANGE",
    userToken: first,
  });
  expect(decodeJwt(exchanged)).toMatchObject({ iss: server.issuer, sub, scope: "read" });
});
