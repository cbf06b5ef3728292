import {
  CompleteResourceTokenAuthCommand,
  GetResourceApiKeyCommand,
  GetResourceOauth2TokenCommand,
  GetWorkloadAccessTokenCommand,
  GetWorkloadAccessTokenForJWTCommand,
  GetWorkloadAccessTokenForUserIdCommand,
} from "@aws-sdk/client-bedrock-agentcore";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { apiKeyProviderArn, oauth2ProviderArn } from "../../control/identity/arns.ts";
import { withTicket } from "../consent/boundConsents.ts";
import { CredentialError } from "../outbound/credentials.ts";
import { location, startTestDataPlane, type TestDataPlane } from "./testing.ts";

let plane: TestDataPlane;
let client: Awaited<ReturnType<TestDataPlane["client"]>>;
beforeAll(async () => {
  plane = await startTestDataPlane();
  await plane.addAgent("travel");
  plane.engine.apiKeys.set("weather", "key-of-weather");
  client = await plane.client();
});
afterAll(() => plane.stop());
let before = 0;
beforeEach(() => {
  before = plane.events.length;
  plane.engine.answer = async () => ({ accessToken: "an access token" });
});

/** What was recorded in this test, without what differs each time. */
const recorded = () =>
  plane.events.slice(before).map(({ credentialRequestId: _, time: __, schemaVersion: ___, requestId, ...rest }) => {
    expect(requestId).toBe("a-request");
    return rest;
  });

const agent = { type: "Gatehouse::AccessKey", id: "GHAKAGENTXXXXXXXXXXX", roles: ["agent"] };
const workloadName = "travel";
const calendar = { resourceCredentialProviderName: "calendar", scopes: ["read"] };
const ofCalendar = { provider: oauth2ProviderArn(location, "calendar"), scopes: ["read"] };
const ofWeather = { provider: apiKeyProviderArn(location, "weather") };

async function tokenFor(userId?: string): Promise<string> {
  const { workloadAccessToken = "" } =
    userId === undefined
      ? await client.send(new GetWorkloadAccessTokenCommand({ workloadName }))
      : await client.send(new GetWorkloadAccessTokenForUserIdCommand({ workloadName, userId }));
  return workloadAccessToken;
}

const apiKeyWith = (workloadIdentityToken: string, name = "weather", by = client) =>
  by.send(new GetResourceApiKeyCommand({ workloadIdentityToken, resourceCredentialProviderName: name }));

describe("of every request is recorded who asked what for whom, and what came of it", () => {
  test("workload access tokens", async () => {
    await client.send(new GetWorkloadAccessTokenCommand({ workloadName }));
    const userToken = await plane.userToken();
    await client.send(new GetWorkloadAccessTokenForJWTCommand({ workloadName, userToken }));
    await client.send(new GetWorkloadAccessTokenForUserIdCommand({ workloadName, userId: "u-1" }));
    const issuer = plane.discoveryUrl.replace(/\/\.well-known.*/, "");
    const given = { caller: agent, agent: "travel", result: "given" };
    expect(recorded()).toEqual([
      { ...given, operation: "GetWorkloadAccessToken" },
      { ...given, operation: "GetWorkloadAccessTokenForJWT", user: { issuer, id: "alice" } },
      { ...given, operation: "GetWorkloadAccessTokenForUserId", user: { id: "u-1" } },
    ]);
  });

  test("API keys, given and refused", async () => {
    const token = await tokenFor("u-1");
    await apiKeyWith(token);
    await expect(apiKeyWith(token, "nothing")).rejects.toThrow("no provider");
    await expect(apiKeyWith("gwat_forged")).rejects.toThrow("doesn't hold");
    const auditor = await plane.client("viewer");
    await expect(apiKeyWith(token, "weather", auditor)).rejects.toMatchObject({ name: "AccessDeniedException" });
    const operation = "GetResourceApiKey";
    expect(recorded().slice(1)).toEqual([
      { caller: agent, operation, agent: "travel", user: { id: "u-1" }, ...ofWeather, result: "given" },
      {
        ...{ caller: agent, operation, agent: "travel", user: { id: "u-1" }, result: "refused" },
        ...{ provider: apiKeyProviderArn(location, "nothing"), reason: "There is no provider nothing." },
      },
      { caller: agent, operation, ...ofWeather, result: "refused", reason: expect.stringContaining("doesn't hold") },
      {
        ...{ caller: expect.objectContaining({ roles: ["viewer"] }), operation, agent: "travel", user: { id: "u-1" } },
        ...{ ...ofWeather, result: "refused", reason: expect.any(String) },
      },
    ]);
  });

  test("tokens of issuers: given, for a consent, refused by the issuer, failed; and a consent completed", async () => {
    const workloadIdentityToken = await tokenFor("u-1");
    const ask = () =>
      client.send(
        new GetResourceOauth2TokenCommand({ ...calendar, workloadIdentityToken, oauth2Flow: "USER_FEDERATION" }),
      );
    await ask();
    const sessionUri = "urn:gatehouse:session:1";
    plane.engine.answer = async () => ({
      authorizationUrl: "https://x/?s=1",
      sessionUri,
      sessionStatus: "IN_PROGRESS",
    });
    await ask();
    plane.engine.answer = () => Promise.reject(new CredentialError("no", { oauthError: "invalid_grant" }));
    await expect(ask()).rejects.toThrow("gives no token");
    plane.engine.answer = () => Promise.reject(new Error("with a-secret-in-it"));
    await expect(ask()).rejects.toMatchObject({ name: "InternalServerException" });
    plane.engine.consents.set(sessionUri, {
      ...{ agent: "travel", user: { kind: "id", id: "u-1" }, provider: "calendar", issuer: "x", scopes: ["read"] },
      ...{ returnUrl: undefined, expiresAt: new Date() },
    });
    const brought = await withTicket(new URL(`https://app.example/?session_id=${sessionUri}`), "travel", plane.keyring);
    const sessionId = brought.searchParams.get("session_id") ?? "";
    await client.send(
      new CompleteResourceTokenAuthCommand({ sessionUri: sessionId, userIdentifier: { userId: "u-1" } }),
    );
    const whose = { caller: agent, agent: "travel", user: { id: "u-1" }, ...ofCalendar };
    const asked = { ...whose, operation: "GetResourceOauth2Token", flow: "USER_FEDERATION" };
    expect(recorded().slice(1)).toEqual([
      { ...asked, result: "given" },
      { ...asked, result: "consent-needed" },
      { ...asked, result: "refused", reason: "The issuer of calendar gives no token: no" },
      { ...asked, result: "failed" },
      { ...whose, operation: "CompleteResourceTokenAuth", result: "completed" },
    ]);
  });
});

test("T18 no event has a credential in it", async () => {
  const userToken = await plane.userToken();
  const { workloadAccessToken = "" } = await client.send(
    new GetWorkloadAccessTokenForJWTCommand({ workloadName, userToken }),
  );
  await apiKeyWith(workloadAccessToken);
  const forged = { workloadName, userToken: `${userToken.slice(0, -8)}AAAAAAAA` };
  await expect(client.send(new GetWorkloadAccessTokenForJWTCommand(forged))).rejects.toThrow();
  expect(recorded()).toHaveLength(3);
  const told = JSON.stringify(plane.events);
  for (const secret of [
    userToken,
    forged.userToken,
    workloadAccessToken,
    "key-of-weather",
    "an access token",
    "a-secret-in-it",
  ]) {
    expect(told).not.toContain(secret);
  }
});

describe("T22 nothing is given that isn't recorded", () => {
  test("while the bus is away, the event waits in the outbox", async () => {
    const token = await tokenFor();
    plane.fails.bus(true);
    expect(await apiKeyWith(token)).toMatchObject({ apiKey: "key-of-weather" });
    expect(recorded()).toHaveLength(1);
    plane.fails.bus(false);
    await plane.sweep();
    expect(recorded()[1]).toMatchObject({ operation: "GetResourceApiKey", result: "given" });
  });

  test("and where the outbox is away as well, no credential leaves, and a refusal is no answer either", async () => {
    const token = await tokenFor();
    plane.fails.bus(true);
    plane.fails.outbox = true;
    try {
      const asking = [
        apiKeyWith(token),
        apiKeyWith(token, "nothing"),
        client.send(new GetWorkloadAccessTokenCommand({ workloadName })),
        client.send(
          new GetResourceOauth2TokenCommand({ ...calendar, workloadIdentityToken: token, oauth2Flow: "M2M" }),
        ),
      ];
      for (const asked of await Promise.allSettled(asking)) {
        expect(asked).toMatchObject({ status: "rejected", reason: { name: "InternalServerException" } });
        expect(JSON.stringify(asked)).not.toContain("key-of-weather");
      }
    } finally {
      plane.fails.bus(false);
      plane.fails.outbox = false;
    }
    expect(await apiKeyWith(token)).toMatchObject({ apiKey: "key-of-weather" });
  });
});

test("of somebody who isn't known nothing is recorded: whoever passes by must not fill the ledger", async () => {
  const response = await fetch(`${plane.url}/identities/GetWorkloadAccessToken`, { method: "POST", body: "{}" });
  expect(response.status).toBe(403);
  expect(recorded()).toEqual([]);
});
