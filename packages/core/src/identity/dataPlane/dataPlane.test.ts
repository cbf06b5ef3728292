import {
  CompleteResourceTokenAuthCommand,
  GetResourceApiKeyCommand,
  GetResourceOauth2TokenCommand,
  type GetResourceOauth2TokenRequest,
  GetWorkloadAccessTokenCommand,
  GetWorkloadAccessTokenForJWTCommand,
  GetWorkloadAccessTokenForUserIdCommand,
  type UserIdentifier,
} from "@aws-sdk/client-bedrock-agentcore";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { apiKeyProviderArn, workloadIdentityArn } from "../../control/identity/arns.ts";
import type { Oauth2ProviderRecord } from "../../storage/identityRecords.ts";
import { withTicket } from "../consent/boundConsents.ts";
import { CredentialError, type User } from "../outbound/credentials.ts";
import { ownershipOf } from "../outbound/owner.ts";
import { forgedToken, location, startTestDataPlane, type TestDataPlane } from "./testing.ts";

let plane: TestDataPlane;
beforeAll(async () => {
  plane = await startTestDataPlane();
  await Promise.all(["travel", "billing"].map((name) => plane.addAgent(name)));
  plane.engine.apiKeys.set("weather", "key-of-weather");
});
afterAll(() => plane.stop());
beforeEach(() => {
  plane.time = undefined;
  plane.engine.tokenRequests.length = 0;
  plane.engine.completed.length = 0;
  plane.engine.answer = async () => ({ accessToken: "an access token" });
});

async function tokenFor(workloadName: string, user?: { userToken?: string; userId?: string }): Promise<string> {
  const client = await plane.client();
  const { userToken, userId } = user ?? {};
  const { workloadAccessToken = "" } =
    userToken !== undefined
      ? await client.send(new GetWorkloadAccessTokenForJWTCommand({ workloadName, userToken }))
      : userId !== undefined
        ? await client.send(new GetWorkloadAccessTokenForUserIdCommand({ workloadName, userId }))
        : await client.send(new GetWorkloadAccessTokenCommand({ workloadName }));
  return workloadAccessToken;
}

async function askWith(workloadIdentityToken: string, more: Partial<GetResourceOauth2TokenRequest> = {}) {
  const client = await plane.client();
  return client.send(
    new GetResourceOauth2TokenCommand({
      workloadIdentityToken,
      resourceCredentialProviderName: "calendar",
      scopes: ["read"],
      oauth2Flow: "USER_FEDERATION",
      ...more,
    }),
  );
}

/** The agent and the user that the engine was asked for, last. */
const asked = () => {
  const { agent, user } = plane.engine.tokenRequests.at(-1) ?? {};
  return { agent, user };
};

const alice = (): User => ({
  kind: "token",
  issuer: plane.discoveryUrl.replace(/\/\.well-known.*/, ""),
  subject: "alice",
});

describe("a workload access token", () => {
  test("of an agent alone gets what the agent gets for itself", async () => {
    const answer = await askWith(await tokenFor("travel"), { oauth2Flow: "M2M" });
    expect(answer.accessToken).toBe("an access token");
    expect(plane.engine.tokenRequests).toEqual([
      { provider: "calendar", scopes: ["read"], flow: "M2M", agent: "travel" },
    ]);
  });

  test("of a user's JWT stands for the issuer and the subject that the JWT names", async () => {
    await askWith(await tokenFor("travel", { userToken: await plane.userToken() }));
    expect(asked()).toEqual({ agent: "travel", user: alice() });
  });

  test("of a user's id stands for that id, which is another user than one of an issuer", async () => {
    await askWith(await tokenFor("travel", { userId: "alice" }));
    expect(asked()).toEqual({ agent: "travel", user: { kind: "id", id: "alice" } });
  });

  test("says nothing to whoever holds it", async () => {
    const token = await tokenFor("travel", { userId: "alice" });
    expect(token).toMatch(/^gwat_[A-Za-z0-9_-]+$/);
    const readable = Buffer.from(token.slice("gwat_".length), "base64url").toString("latin1");
    expect(readable).not.toMatch(/alice|travel/);
    expect(await tokenFor("travel", { userId: "alice" })).not.toBe(token);
  });

  test("gives the user's own token to an exchange, and to nothing else", async () => {
    const userToken = await plane.userToken();
    const token = await tokenFor("travel", { userToken });
    await askWith(token, { oauth2Flow: "ON_BEHALF_OF_TOKEN_EXCHANGE" });
    expect(plane.engine.tokenRequests.at(-1)).toMatchObject({ user: alice(), userToken });
    await askWith(token);
    expect(plane.engine.tokenRequests.at(-1)).not.toHaveProperty("userToken");
    await askWith(token, { oauth2Flow: "M2M" });
    expect(plane.engine.tokenRequests.at(-1)).not.toHaveProperty("user");
  });

  test("is good for a quarter of an hour, and no longer than the user's JWT", async () => {
    const long = await tokenFor("travel", { userToken: await plane.userToken({}, 3_600) });
    const short = await tokenFor("travel", { userToken: await plane.userToken({}, 60) });
    const after = (seconds: number) => {
      plane.time = new Date(Date.now() + seconds * 1_000);
    };
    after(50);
    await askWith(short);
    after(61);
    await expect(askWith(short)).rejects.toThrow(/expired/);
    after(14 * 60);
    await askWith(long);
    after(15 * 60 + 1);
    await expect(askWith(long)).rejects.toMatchObject({ name: "UnauthorizedException", message: /expired/ });
  });

  test.each([
    ["none at all", () => "nonsense"],
    ["its beginning alone", () => "gwat_"],
    ["one that was altered", (token: string) => `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`],
    ["one with something behind it", (token: string) => `${token}A`],
  ])("is refused where it is %s", async (_, alter) => {
    const token = alter(await tokenFor("travel"));
    await expect(askWith(token, { oauth2Flow: "M2M" })).rejects.toMatchObject({ name: "UnauthorizedException" });
    expect(plane.engine.tokenRequests).toEqual([]);
  });

  test("is nothing that was sealed as something else", async () => {
    const { name: agent, createdAt } = await plane.identities.workloadIdentities.existing("travel");
    const contents = JSON.stringify({ agent, of: { createdAt }, expires: Date.now() + 60_000 });
    const sealed = await plane.keyring.seal(contents, { is: "api-key", provider: "x" });
    await expect(askWith(`gwat_${sealed}`, { oauth2Flow: "M2M" })).rejects.toThrow(/none of this deployment's/);
  });

  test("holds no longer than its agent is there, not even when there is another one of the name", async () => {
    await plane.addAgent("short-lived");
    const token = await tokenFor("short-lived");
    const { workloadIdentities } = plane.identities;
    await workloadIdentities.delete(await workloadIdentities.existing("short-lived"));
    await expect(askWith(token, { oauth2Flow: "M2M" })).rejects.toThrow(/workload identity is gone/);
    await workloadIdentities.create({
      ...(await workloadIdentities.existing("travel")),
      name: "short-lived",
      createdAt: new Date(Date.now() + 1_000).toISOString(),
    });
    await expect(askWith(token, { oauth2Flow: "M2M" })).rejects.toThrow(/workload identity is gone/);
  });

  test("asks for its agent, and not for one that had the name before: that one's users have consented to nothing here", async () => {
    const { createdAt: agentSince } = await plane.identities.workloadIdentities.existing("travel");
    const token = await tokenFor("travel", { userId: "alice" });
    await askWith(token);
    expect(plane.engine.tokenRequests).toMatchObject([{ agent: "travel", agentSince }]);
    const provider = { credentialProviderArn: "arn", callbackId: "c", oauthDiscovery: {} } as Oauth2ProviderRecord;
    const ownershipAt = (since: string | undefined) => {
      const request = {
        provider: "p",
        agent: "travel",
        agentSince: since,
        scopes: [],
        flow: "USER_FEDERATION",
      } as const;
      return ownershipOf(provider, { ...request, user: alice() }, request);
    };
    const [now, before, gateway] = [agentSince, "2020-01-01T00:00:00.000Z", undefined].map(ownershipAt);
    expect(new Set([now?.key.pk, before?.key.pk, gateway?.key.pk]).size).toBe(3);
    expect(now?.context).not.toEqual({ ...before?.context, purpose: now?.context.purpose });
  });

  test("is revoked with all others of its agent, and of no other agent", async () => {
    await plane.addAgent("revoked");
    const [old, others] = await Promise.all([tokenFor("revoked"), tokenFor("travel")]);
    await plane.changeAgent("revoked", { tokensNotBefore: new Date().toISOString() });
    await expect(askWith(old, { oauth2Flow: "M2M" })).rejects.toMatchObject({
      name: "UnauthorizedException",
      message: /revoked/,
    });
    await askWith(await tokenFor("revoked"), { oauth2Flow: "M2M" });
    await askWith(others, { oauth2Flow: "M2M" });
  });
});

describe("T01, T02, T03: a user's token", () => {
  const refusal = async (userToken: string) => {
    const client = await plane.client();
    const refused = client.send(new GetWorkloadAccessTokenForJWTCommand({ workloadName: "travel", userToken }));
    return refused.then(
      () => "accepted",
      ({ name, message }: Error) => `${name}: ${message}`,
    );
  };

  test.each([
    ["is for an audience that no gateway has", { aud: "another" }, /UnauthorizedException.*audience/],
    ["lacks the scope that the gateway of its audience asks for", { scope: "other" }, /UnauthorizedException.*scopes/],
    ["has an issuer that no gateway names", { iss: "https://elsewhere.example" }, /UnauthorizedException.*no issuer/],
    ["has no subject", { sub: "" }, /UnauthorizedException/],
  ])("that %s is refused", async (_, claims, expected) => {
    expect(await refusal(await plane.userToken(claims))).toMatch(expected);
  });

  test("of a gateway that asks for less is good by that gateway's authorizer alone", async () => {
    expect(await refusal(await plane.userToken({ aud: "elsewhere", scope: "" }))).toBe("accepted");
  });

  test.each([{ aud: 5 }, { aud: null }, { aud: { app: true } }, { aud: [5] }])(
    "with the audience %j has none",
    async (claims) => {
      const userToken = await plane.userToken(claims as object as Parameters<TestDataPlane["userToken"]>[0]);
      await expect(tokenFor("travel", { userToken })).rejects.toMatchObject({ name: "UnauthorizedException" });
      expect(plane.errors).toEqual([]);
    },
  );

  test("that has expired, isn't signed by its issuer, or is no JWT is refused", async () => {
    const { issuer, subject } = alice() as User & { kind: "token" };
    expect(await refusal(await plane.userToken({}, -60))).toMatch(/UnauthorizedException.*expired/);
    const forged = await forgedToken({ iss: issuer, sub: subject, aud: "app", scope: "use" });
    expect(await refusal(forged)).toMatch(/UnauthorizedException.*algorithm/);
    const [header, , signature] = (await plane.userToken()).split(".");
    const [, payload] = (await plane.userToken({ sub: "bob" })).split(".");
    expect(await refusal(`${header}.${payload}.${signature}`)).toMatch(/UnauthorizedException.*signature/);
    expect(await refusal("a.b.c")).toMatch(/UnauthorizedException.*not a JWT/);
  });
});

describe("who may ask", () => {
  test.each([["analyst"], ["policy-author"], ["nobody"]])("a key of the role %s may not", async (role) => {
    const client = await plane.client(role);
    const asking = client.send(new GetWorkloadAccessTokenCommand({ workloadName: "travel" }));
    await expect(asking).rejects.toMatchObject({ name: "AccessDeniedException", message: /GetWorkloadAccessToken/ });
    const token = await tokenFor("travel");
    const key = new GetResourceApiKeyCommand({
      workloadIdentityToken: token,
      resourceCredentialProviderName: "weather",
    });
    await expect(client.send(key)).rejects.toMatchObject({ name: "AccessDeniedException" });
  });

  test("is found out before anything is said of what there is", async () => {
    const client = await plane.client("nobody");
    const asking = client.send(new GetWorkloadAccessTokenCommand({ workloadName: "not-there" }));
    await expect(asking).rejects.toMatchObject({ name: "AccessDeniedException" });
    const allowed = (await plane.client()).send(new GetWorkloadAccessTokenCommand({ workloadName: "not-there" }));
    await expect(allowed).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  test("can be one agent's code alone, with some providers alone", async () => {
    await plane.policies(`
      permit(
        principal in Gatehouse::Role::"travel-agent",
        action in Gatehouse::Action::"UseIdentity",
        resource == Gatehouse::Resource::"${workloadIdentityArn(location, "travel")}"
      );
      permit(
        principal in Gatehouse::Role::"travel-agent",
        action == Gatehouse::Action::"GetResourceApiKey",
        resource == Gatehouse::Resource::"${apiKeyProviderArn(location, "weather")}"
      );
      permit(principal in Gatehouse::Role::"agent", action, resource);`);
    const client = await plane.client("travel-agent");
    const tokenOf = (workloadName: string) => client.send(new GetWorkloadAccessTokenCommand({ workloadName }));
    const keyOf = (workloadIdentityToken: string, resourceCredentialProviderName: string) =>
      client.send(new GetResourceApiKeyCommand({ workloadIdentityToken, resourceCredentialProviderName }));

    await expect(tokenOf("billing")).rejects.toMatchObject({ name: "AccessDeniedException" });
    const { workloadAccessToken = "" } = await tokenOf("travel");
    expect(await keyOf(workloadAccessToken, "weather")).toMatchObject({ apiKey: "key-of-weather" });
    await expect(keyOf(workloadAccessToken, "maps")).rejects.toThrow(/apikeycredentialprovider\/maps/);
    // The token of an agent that somebody else may use.
    await expect(keyOf(await tokenFor("billing"), "weather")).rejects.toThrow(/workload-identity\/billing/);
  });
});

describe("a token of a resource", () => {
  test("that needs a consent is answered with where to give it", async () => {
    const pending = { authorizationUrl: "https://g/oauth/consent?session=1", sessionUri: "urn:gatehouse:session:1" };
    plane.engine.answer = async () => ({ ...pending, sessionStatus: "IN_PROGRESS" });
    const token = await tokenFor("travel", { userId: "u" });
    const answer = await askWith(token, {
      resourceOauth2ReturnUrl: "https://app.example/back",
      forceAuthentication: true,
      customParameters: { prompt: "consent" },
      customState: "mine",
      resources: ["https://api.example"],
      audiences: ["api"],
      sessionUri: "urn:ietf:params:oauth:request_uri:1",
    });
    expect(answer).toMatchObject({ ...pending, sessionStatus: "IN_PROGRESS" });
    expect(answer.accessToken).toBeUndefined();
    expect(plane.engine.tokenRequests).toEqual([
      {
        provider: "calendar",
        scopes: ["read"],
        flow: "USER_FEDERATION",
        agent: "travel",
        agentSince: expect.any(String),
        user: { kind: "id", id: "u" },
        returnUrl: "https://app.example/back",
        forceAuthentication: true,
        customParameters: { prompt: "consent" },
        customState: "mine",
        resources: ["https://api.example"],
        audiences: ["api"],
        sessionUri: "urn:ietf:params:oauth:request_uri:1",
      },
    ]);
  });

  test("on a user's behalf needs a user, and an exchange the user's token", async () => {
    await expect(askWith(await tokenFor("travel"))).rejects.toMatchObject({
      name: "ValidationException",
      message: /workloadIdentityToken knows no user/,
    });
    const exchange = askWith(await tokenFor("travel", { userId: "u" }), { oauth2Flow: "ON_BEHALF_OF_TOKEN_EXCHANGE" });
    await expect(exchange).rejects.toThrow(/has no token of its user/);
  });

  test("that the issuer refuses says so; that an issuer doesn't answer is told to those who look after Gatehouse", async () => {
    const token = await tokenFor("travel");
    plane.engine.answer = async () => {
      throw new CredentialError("invalid_client", { oauthError: "invalid_client" });
    };
    await expect(askWith(token, { oauth2Flow: "M2M" })).rejects.toMatchObject({
      name: "ValidationException",
      message: /issuer of calendar gives no token: invalid_client/,
    });
    plane.engine.answer = async () => {
      throw new CredentialError("it hangs at 10.0.0.1");
    };
    const failed = askWith(token, { oauth2Flow: "M2M" });
    await expect(failed).rejects.toMatchObject({ name: "InternalServerException", message: /a-request/ });
    await expect(failed).rejects.not.toThrow(/10\.0\.0\.1/);
    expect(String(plane.errors.at(-1))).toContain("10.0.0.1");
  });

  test("is kept by nothing between", async () => {
    const client = await plane.client();
    let header: string | undefined;
    client.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        header = (result.response as { headers: Record<string, string> }).headers["cache-control"];
        return result;
      },
      { step: "deserialize" },
    );
    await client.send(new GetWorkloadAccessTokenCommand({ workloadName: "travel" }));
    expect(header).toBe("no-store");
  });
});

describe("a consent", () => {
  const sessionUri = "urn:gatehouse:session:abc";
  beforeEach(() => {
    plane.engine.consents.clear();
    plane.engine.described.length = 0;
  });
  const begun = (agent: string) =>
    plane.engine.consents.set(sessionUri, {
      agent,
      user: { kind: "id", id: "u" },
      provider: "calendar",
      issuer: "issuer.example",
      scopes: [],
      returnUrl: undefined,
      expiresAt: new Date(),
    });
  /** What the browser brings to the application. */
  const brought = async (agent: string) => {
    const next = await withTicket(new URL(`https://app.example/?session_id=${sessionUri}`), agent, plane.keyring);
    return next.searchParams.get("session_id") ?? "";
  };
  const complete = async (sessionId: string, userIdentifier: UserIdentifier = { userId: "u" }, role?: string) =>
    (await plane.client(role)).send(new CompleteResourceTokenAuthCommand({ sessionUri: sessionId, userIdentifier }));
  const refusalOf = (completing: Promise<unknown>) =>
    completing.then(
      () => "completed",
      ({ name, message }: Error) => `${name}: ${message}`,
    );

  test("is bound to the user that the application names, by id or by token", async () => {
    begun("travel");
    const sessionId = await brought("travel");
    await complete(sessionId);
    const userToken = await plane.userToken();
    await complete(sessionId, { userToken });
    expect(plane.engine.completed).toEqual([
      { sessionUri, user: { kind: "id", id: "u" } },
      { sessionUri, user: alice() },
    ]);
    const forged = await forgedToken({ iss: "https://elsewhere.example", sub: "alice" });
    await expect(complete(sessionId, { userToken: forged })).rejects.toMatchObject({ name: "UnauthorizedException" });
    expect(plane.engine.completed).toHaveLength(2);
  });

  test("T05: is completed by whoever may use its agent; for others it is as if it weren't there, and nothing is looked up", async () => {
    const notThere = await refusalOf(complete(await brought("travel"), { userId: "u" }, "travel-agent"));
    expect(notThere).toMatch(/^ResourceNotFoundException: There is no such consent/);
    plane.engine.described.length = 0;
    begun("billing");
    const notTheirs = await refusalOf(complete(await brought("billing"), { userId: "u" }, "travel-agent"));
    expect(notTheirs).toBe(notThere);
    expect(plane.engine.described).toEqual([]);
    expect(plane.engine.completed).toEqual([]);
  });

  test("T20: is completed with what the browser has brought alone, whether it is there or not", async () => {
    const before = await refusalOf(complete(sessionUri));
    begun("travel");
    expect(before).toMatch(/^ValidationException: A consent is completed with the session_id/);
    expect(await refusalOf(complete(sessionUri))).toBe(before);
    const other = (await brought("travel")).replace("abc", "abd");
    expect(await refusalOf(complete(other))).toBe(before);
    expect(plane.engine.described).toEqual([]);
  });
});

describe("T18: what is told and answered", () => {
  test("holds no token", async () => {
    const userToken = await plane.userToken({ aud: "another" });
    const [client, token] = [await plane.client(), await tokenFor("travel")];
    const failures = await Promise.allSettled([
      client.send(new GetWorkloadAccessTokenForJWTCommand({ workloadName: "travel", userToken })),
      askWith(`${token}AA`),
      client.send(new GetWorkloadAccessTokenForJWTCommand({ workloadName: "travel", userToken: `${userToken}!` })),
    ]);
    const told = JSON.stringify([
      failures.map((failure) => (failure.status === "rejected" ? String(failure.reason) : "answered")),
      [...plane.refusals, ...plane.errors].map((error) => [String(error), String((error as Error).cause)]),
    ]);
    expect(told).not.toContain('"answered"');
    expect(told).not.toContain(userToken.slice(0, 40));
    expect(told).not.toContain("gwat_");
  });
});
