import {
  type BedrockAgentCoreClient,
  CompleteResourceTokenAuthCommand,
  GetResourceApiKeyCommand,
  GetResourceOauth2TokenCommand,
  GetWorkloadAccessTokenCommand,
  GetWorkloadAccessTokenForJWTCommand,
  GetWorkloadAccessTokenForUserIdCommand,
} from "@aws-sdk/client-bedrock-agentcore";
import { DeleteWorkloadIdentityCommand } from "@aws-sdk/client-bedrock-agentcore-control";
import { sendOwn } from "@gatehouse/apply/ownCommand.ts";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addAgent, agentsClient, apiKey } from "../support/agents.ts";
import { startGatehouse, type TestGatehouse, type TestGateway } from "../support/gatehouse.ts";

let gatehouse: TestGatehouse;
let gateway: TestGateway;
let client: BedrockAgentCoreClient;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  gateway = await gatehouse.createGateway();
  await addAgent(gatehouse.control, gatehouse.host.idp.issuer);
  client = await agentsClient(gatehouse.host);
});
afterAll(async () => {
  client?.destroy();
  await gatehouse?.[Symbol.asyncDispose]();
});

const calendar = { resourceCredentialProviderName: "calendar", scopes: ["read"] };

describe("agents' code, with AWS's own client", () => {
  test("gets a key that is kept for it", async () => {
    const { workloadAccessToken = "" } = await client.send(
      new GetWorkloadAccessTokenCommand({ workloadName: "travel" }),
    );
    const weather = { workloadIdentityToken: workloadAccessToken, resourceCredentialProviderName: "weather" };
    expect(await client.send(new GetResourceApiKeyCommand(weather))).toMatchObject({ apiKey });
    const none = { ...weather, resourceCredentialProviderName: "nothing" };
    await expect(client.send(new GetResourceApiKeyCommand(none))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  test("gets a token of the issuer for itself, and the same one again", async () => {
    const { workloadAccessToken } = await client.send(new GetWorkloadAccessTokenCommand({ workloadName: "travel" }));
    const ask = () =>
      client.send(
        new GetResourceOauth2TokenCommand({
          ...calendar,
          workloadIdentityToken: workloadAccessToken,
          oauth2Flow: "M2M",
        }),
      );
    const { accessToken = "" } = await ask();
    expect(decodeJwt(accessToken)).toMatchObject({ iss: gatehouse.host.idp.issuer, sub: "gatehouse-at-calendar" });
    expect((await ask()).accessToken).toBe(accessToken);
  });

  test("is told where its user consents, whom a token of a gateway's issuer shows", async () => {
    const userToken = await gatehouse.token(gateway, "alice");
    const { workloadAccessToken } = await client.send(
      new GetWorkloadAccessTokenForJWTCommand({ workloadName: "travel", userToken }),
    );
    const answer = await client.send(
      new GetResourceOauth2TokenCommand({
        ...calendar,
        workloadIdentityToken: workloadAccessToken,
        oauth2Flow: "USER_FEDERATION",
        resourceOauth2ReturnUrl: "http://127.0.0.1:1/back",
      }),
    );
    expect(answer.accessToken).toBeUndefined();
    expect(answer.sessionStatus).toBe("IN_PROGRESS");
    expect(answer.authorizationUrl).toMatch(new RegExp(`^${gatehouse.url}/oauth/consent\\?session=`));
    // Nobody has consented yet.
    const tooSoon = { sessionUri: answer.sessionUri, userIdentifier: { userToken } };
    await expect(client.send(new CompleteResourceTokenAuthCommand(tooSoon))).rejects.toMatchObject({
      name: "ValidationException",
    });
  });

  test("can't have a browser sent anywhere but where the agent's administrators said", async () => {
    const { workloadAccessToken } = await client.send(
      new GetWorkloadAccessTokenForUserIdCommand({ workloadName: "travel", userId: "u" }),
    );
    const elsewhere = client.send(
      new GetResourceOauth2TokenCommand({
        ...calendar,
        workloadIdentityToken: workloadAccessToken,
        oauth2Flow: "USER_FEDERATION",
        resourceOauth2ReturnUrl: "http://127.0.0.1:1/back/",
      }),
    );
    await expect(elsewhere).rejects.toMatchObject({ name: "ValidationException" });
  });

  test("is refused a user of an issuer that no gateway trusts", async () => {
    const userToken = await gatehouse.host.idp.token({
      sub: "alice",
      client_id: "agent",
      aud: "elsewhere",
      claims: {},
    });
    const asking = client.send(new GetWorkloadAccessTokenForJWTCommand({ workloadName: "travel", userToken }));
    await expect(asking).rejects.toMatchObject({ name: "UnauthorizedException", message: /audience/ });
  });

  test("loses its tokens when they are revoked, or the agent goes", async () => {
    const token = async () => {
      const { workloadAccessToken = "" } = await client.send(
        new GetWorkloadAccessTokenCommand({ workloadName: "travel" }),
      );
      return workloadAccessToken;
    };
    const keyWith = (workloadIdentityToken: string) =>
      client.send(new GetResourceApiKeyCommand({ workloadIdentityToken, resourceCredentialProviderName: "weather" }));
    const before = await token();
    await sendOwn(gatehouse.control, "RevokeWorkloadAccessTokens", { name: "travel" });
    await expect(keyWith(before)).rejects.toMatchObject({ name: "UnauthorizedException", message: /revoked/ });
    const after = await token();
    expect(await keyWith(after)).toMatchObject({ apiKey });
    await gatehouse.control.send(new DeleteWorkloadIdentityCommand({ name: "travel" }));
    await expect(keyWith(after)).rejects.toMatchObject({ name: "UnauthorizedException", message: /gone/ });
  });
});

test("T22 who asked for which credential for whom is in the ledger, once, and no credential is", async () => {
  const from = new Date(Date.now() - 3_600_000);
  const to = new Date(Date.now() + 3_600_000);
  await gatehouse.host.idle();
  const requests = await Array.fromAsync(gatehouse.ledger.credentials({ agent: "travel", from, to }));
  const caller = { type: "Gatehouse::AccessKey", roles: ["agent"] };
  const issuer = gatehouse.host.idp.issuer;
  for (const one of [
    {
      operation: "GetResourceApiKey",
      provider: expect.stringMatching(/apikeycredentialprovider\/weather$/),
      result: "given",
    },
    { operation: "GetResourceOauth2Token", flow: "M2M", scopes: ["read"], result: "given" },
    {
      operation: "GetResourceOauth2Token",
      flow: "USER_FEDERATION",
      user: { issuer, id: "alice" },
      result: "consent-needed",
    },
    { operation: "GetWorkloadAccessTokenForJWT", result: "refused", reason: expect.stringContaining("audience") },
  ]) {
    expect(requests).toContainEqual(expect.objectContaining({ ...one, caller: expect.objectContaining(caller) }));
  }
  // What is left of what the tests above have asked for: each once.
  const asked = requests.filter(
    ({ operation, result }) => operation === "GetResourceOauth2Token" && result === "given",
  );
  expect(asked).toHaveLength(2);
  expect(new Set(requests.map(({ credentialRequestId }) => credentialRequestId)).size).toBe(requests.length);
  expect(JSON.stringify(requests)).not.toMatch(new RegExp(`${apiKey}|gwat_|eyJ`));
});

test("the next key to sign with is made once, and others find it beside the one that signs", async () => {
  const rotate = () => sendOwn(gatehouse.control, "RotateSigningKey", {});
  const rotations = await Promise.allSettled([rotate(), rotate()]);
  expect(rotations.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  await expect(rotate()).rejects.toMatchObject({ name: "ConflictException" });
  const [made] = rotations.flatMap((rotation) => (rotation.status === "fulfilled" ? [rotation.value] : []));
  expect(made?.signsFrom.getTime()).toBeGreaterThan(Date.now() + 600_000);
  // This process has not looked at its keys before.
  const response = await fetch(`${gatehouse.url}/oauth/jwks.json`);
  const { keys } = (await response.json()) as { keys: Record<string, string>[] };
  const key = { kty: "EC", crv: "P-256", alg: "ES256" };
  expect(keys).toMatchObject([key, { ...key, kid: made?.keyId }]);
  for (const one of keys) expect(one).not.toHaveProperty("d");
});

test.each([
  ["GET", "/identities/GetWorkloadAccessToken", 405],
  ["POST", "/oauth/nothing", 404],
])("%s %s is nothing", async (method, path, status) => {
  expect((await fetch(`${gatehouse.url}${path}`, { method })).status).toBe(status);
});
