import type { TokenRequest } from "@gatehouse/core/identity/outbound/credentials.ts";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type AuthorizationServer, signIn, startAuthorizationServer } from "../support/authorizationServer.ts";
import { accessToken, answerAt, beginConsent, consent } from "../support/consent.ts";
import { clientNamed, deploymentUrl, startTestVault, type TestVault } from "../support/vault.ts";

let vault: TestVault;
let server: AuthorizationServer;
let other: AuthorizationServer;

const returnUrl = "https://app.example.com/consented?from=gatehouse";

beforeAll(async () => {
  vault = await startTestVault();
  const clients = ["calendar", "mail"].map(clientNamed);
  server = await startAuthorizationServer({ clients });
  other = await startAuthorizationServer({ clients });
  await vault.oauth2Provider({ name: "calendar", oauthDiscovery: { discoveryUrl: server.discoveryUrl } });
  await vault.oauth2Provider({ name: "mail", oauthDiscovery: { discoveryUrl: other.discoveryUrl } });
  await vault.agent("assistant", [returnUrl, "javascript:alert(1)"]);
});
afterAll(async () => {
  await Promise.all([server?.stop(), other?.stop()]);
  await vault?.[Symbol.asyncDispose]();
});
beforeEach(() => {
  server.requests.length = 0;
  server.answerWith(undefined);
});

/** Of a user of its own, so that tests don't meet. */
function wanted(overrides: Partial<TokenRequest> = {}) {
  const user = { kind: "id", id: crypto.randomUUID() } as const;
  const request = {
    provider: "calendar",
    agent: "assistant",
    user,
    scopes: ["openid", "read"],
    flow: "USER_FEDERATION",
  } as const;
  return { ...request, returnUrl, ...overrides, user: overrides.user ?? user };
}

describe("a consent", () => {
  test("is asked for on Gatehouse's page, given at the issuer, and completed by the application", async () => {
    const process = vault.process();
    const request = wanted({ customState: "of the app" });
    const answer = await process.credentials.token(request);
    if (!("sessionUri" in answer)) throw new Error("There is a token already.");
    const { sessionUri } = answer;
    expect(answer).toEqual({
      authorizationUrl: `${deploymentUrl}/oauth/consent?session=${sessionUri.split(":").at(-1)}`,
      sessionUri: expect.stringMatching(/^urn:gatehouse:session:[\w-]{43}$/),
      sessionStatus: "IN_PROGRESS",
    });
    expect(await process.consents.describe(sessionUri)).toEqual({
      agent: "assistant",
      user: request.user,
      provider: "calendar",
      issuer: new URL(server.issuer).host,
      scopes: ["openid", "read"],
      returnUrl,
      expiresAt: expect.any(Date),
    });
    const at = new URL(await process.consents.begin(sessionUri));
    expect(Object.fromEntries(at.searchParams)).toMatchObject({
      response_type: "code",
      client_id: "calendar",
      redirect_uri: `${deploymentUrl}/oauth/callback/callback-of-calendar`,
      scope: "openid read",
      code_challenge_method: "S256",
    });
    expect(at.searchParams.get("nonce")).toBeTruthy();
    expect(await process.credentials.token({ ...request, sessionUri })).toEqual(answer);

    // Each step may be taken by another process.
    const answered = await signIn(at.href, "alice");
    const next = new URL(await vault.process().consents.callback(...answerAt(answered)));
    expect(`${next.origin}${next.pathname}`).toBe("https://app.example.com/consented");
    expect(Object.fromEntries(next.searchParams)).toEqual({
      from: "gatehouse",
      session_id: sessionUri,
      state: "of the app",
    });
    expect(await process.credentials.token({ ...request, sessionUri })).toEqual(answer);
    await vault.process().consents.complete(sessionUri, request.user);

    const token = await accessToken(vault.process(), { ...request, sessionUri });
    expect(decodeJwt(token)).toMatchObject({ sub: "alice", client_id: "calendar" });
    expect(await accessToken(vault.process(), request)).toBe(token);
    expect(await process.consents.describe(sessionUri)).toBeUndefined();
    expect(server.grants).toEqual(["authorization_code"]);
  });

  test("ends on Gatehouse's own page where no address is named", async () => {
    const { returnUrl: _, ...request } = wanted();
    const { next, sessionUri } = await consent(vault.process(), request, "alice");
    expect(next).toBe(`${deploymentUrl}/oauth/complete?session=${sessionUri.split(":").at(-1)}`);
  });

  test.each(["", "?from=gatehouse"])("ends there as well where that page is named (%j)", async (query) => {
    const named = wanted({ returnUrl: `${deploymentUrl}/oauth/complete${query}`, customState: "of no app" });
    const { next, sessionUri } = await consent(vault.process(), named, "alice");
    expect(next).toBe(`${deploymentUrl}/oauth/complete?session=${sessionUri.split(":").at(-1)}`);
  });

  test("holds for one agent, one user, one provider and what was asked for", async () => {
    const process = vault.process();
    const request = wanted();
    await consent(process, request, "alice");
    const others: Partial<TokenRequest>[] = [
      { agent: "another", returnUrl: undefined as never },
      { user: { kind: "id", id: "another" } },
      { user: { kind: "token", issuer: "id", subject: request.user.kind === "id" ? request.user.id : "" } },
      { provider: "mail" },
      { scopes: ["openid", "write"] },
    ];
    for (const difference of others) {
      expect(await process.credentials.token({ ...request, ...difference })).toHaveProperty("sessionUri");
    }
    expect(await accessToken(process, request)).toBeTruthy();
  });

  test("is asked for anew where the caller wants it, and the new one counts", async () => {
    const process = vault.process();
    const request = wanted();
    await consent(process, request, "alice");
    expect(decodeJwt(await accessToken(process, request)).sub).toBe("alice");
    const forced = { ...request, forceAuthentication: true };
    const sessionUri = await beginConsent(process, forced);
    const at = await process.consents.begin(sessionUri);
    expect(new URL(at).searchParams.get("prompt")).toBe("consent");
    await process.consents.callback(...answerAt(await signIn(at, "alice-at-work")));
    await process.consents.complete(sessionUri, request.user);
    // Also where the one before is still in memory.
    for (const each of [vault.process(), process]) {
      expect(decodeJwt(await accessToken(each, { ...forced, sessionUri })).sub).toBe("alice-at-work");
    }
  });

  test("that nobody has gone on with is given again to who asks for the same, so that asking fills no table", async () => {
    let ahead = 0;
    const process = vault.process({ now: () => new Date(Date.now() + ahead) });
    const request = wanted();
    const asked = await Promise.all(Array.from({ length: 20 }, () => beginConsent(process, request)));
    const [first = ""] = asked;
    expect(new Set(asked).size).toBe(1);
    expect(await beginConsent(process, request)).toBe(first);
    const others = [wanted(), { ...request, scopes: ["read"] }, { ...request, customState: "another" }];
    for (const other of others) expect(await beginConsent(process, other)).not.toBe(first);
    ahead = 301_000;
    const second = await beginConsent(process, request);
    expect(second).not.toBe(first);
    // Whoever has left for the issuer and not come back needs another.
    await process.consents.begin(second);
    expect(await beginConsent(process, request)).not.toBe(second);
  });

  test("is begun 30 times in ten minutes by one agent for one user, however its request varies, and then by others alone", async () => {
    const time = Date.now();
    const { rateLimits } = vault;
    const process = vault.process({ rateLimits, now: () => new Date(time) });
    const request = wanted();
    const vary = (index: number) =>
      process.credentials.token({ ...request, scopes: ["read", `${index % 7}`], customState: `${index}` });
    for (let index = 0; index < 30; index++) await vary(index);
    await expect(vary(30)).rejects.toMatchObject({
      code: "throttled",
      message: expect.stringMatching(/in 20 seconds/),
    });
    // Other processes count with this one; what was begun is given again, and nobody else has to wait.
    await expect(
      vault.process({ rateLimits, now: () => new Date(time) }).credentials.token(request),
    ).rejects.toMatchObject({
      code: "throttled",
    });
    expect(await vary(29)).toMatchObject({ sessionStatus: "IN_PROGRESS" });
    expect(await process.credentials.token(wanted())).toMatchObject({ sessionStatus: "IN_PROGRESS" });
    const later = vault.process({ rateLimits, now: () => new Date(time + 20_000) });
    expect(await later.credentials.token(request)).toMatchObject({ sessionStatus: "IN_PROGRESS" });
  });

  test("is begun 1,200 times a minute by one agent for whomever, and not at all where that can't be counted", async () => {
    const keys: string[] = [];
    const process = vault.process({
      rateLimits: {
        async take(key, { capacity }, _, now) {
          keys.push(`${capacity} ${key}`);
          return key === "consent#agent#assistant" ? { tokens: 0, retryAt: now + 3_000_000 } : { tokens: 1 };
        },
      },
    });
    await expect(process.credentials.token(wanted())).rejects.toThrow("in 3 seconds");
    expect(keys).toEqual([expect.stringMatching(/^30 consent#user#/), "1200 consent#agent#assistant"]);
    const blind = vault.process({ rateLimits: { take: async () => Promise.reject(new Error("The table is gone.")) } });
    await expect(blind.credentials.token(wanted())).rejects.toThrow("The table is gone.");
  });

  test("that is refused at the issuer fails", async () => {
    const process = vault.process();
    const request = wanted();
    const sessionUri = await beginConsent(process, request);
    const answered = await signIn(await process.consents.begin(sessionUri), "nobody");
    const next = await process.consents.callback(...answerAt(answered));
    expect(new URL(next).searchParams.get("session_id")).toBe(sessionUri);
    expect(await process.credentials.token({ ...request, sessionUri })).toEqual({
      sessionUri,
      sessionStatus: "FAILED",
    });
    await expect(process.consents.complete(sessionUri, request.user)).rejects.toThrow("failed (access_denied)");
  });

  test("whose code the issuer doesn't take fails", async () => {
    const process = vault.process();
    const request = wanted();
    const sessionUri = await beginConsent(process, request);
    const answered = await signIn(await process.consents.begin(sessionUri), "alice");
    server.answerWith(() => Response.json({ error: "invalid_grant" }, { status: 400 }));
    await expect(process.consents.callback(...answerAt(answered))).rejects.toMatchObject({
      oauthError: "invalid_grant",
    });
    expect(await process.credentials.token({ ...request, sessionUri })).toEqual({
      sessionUri,
      sessionStatus: "FAILED",
    });
  });

  test("is over after ten minutes, at every step", async () => {
    let late = 0;
    const process = vault.process({ now: () => new Date(Date.now() + late) });
    const request = wanted();
    const begun = await beginConsent(process, request);
    const sent = await beginConsent(process, request);
    const answered = await signIn(await process.consents.begin(sent), "alice");
    const consented = await beginConsent(process, request);
    await process.consents.callback(...answerAt(await signIn(await process.consents.begin(consented), "alice")));
    late = 601_000;
    expect(await process.consents.describe(begun)).toBeUndefined();
    await expect(process.consents.begin(begun)).rejects.toMatchObject({ code: "validation" });
    await expect(process.consents.callback(...answerAt(answered))).rejects.toMatchObject({ code: "validation" });
    await expect(process.consents.complete(consented, request.user)).rejects.toMatchObject({ code: "validation" });
    await expect(process.credentials.token({ ...request, sessionUri: begun })).rejects.toMatchObject({
      code: "validation",
    });
  });
});

test("a vendor is asked as it wants to be, and what a request says itself wins", async () => {
  const process = vault.process();
  const oauthDiscovery = {
    authorizationServerMetadata: {
      issuer: "https://issuer.example.com",
      authorizationEndpoint: "https://issuer.example.com/authorize",
      tokenEndpoint: "https://issuer.example.com/token",
    },
  };
  await vault.oauth2Provider({ name: "slack", oauthDiscovery, credentialProviderVendor: "SlackOauth2" });
  await vault.oauth2Provider({ name: "google", oauthDiscovery, credentialProviderVendor: "GoogleOauth2" });
  const parametersFor = async (overrides: Partial<TokenRequest>) => {
    const sessionUri = await beginConsent(process, wanted(overrides));
    return new URL(await process.consents.begin(sessionUri)).searchParams;
  };
  expect((await parametersFor({ provider: "slack", scopes: ["users:read", "chat:write"] })).get("scope")).toBe(
    "users:read,chat:write",
  );
  const google = { provider: "google", customParameters: { prompt: "select_account" } };
  expect(Object.fromEntries(await parametersFor(google))).toMatchObject({
    access_type: "offline",
    prompt: "select_account",
    scope: "openid read",
  });
});

describe("T20 a consent can't be turned", () => {
  test("T20 nothing happens twice", async () => {
    const process = vault.process();
    const request = wanted();
    const sessionUri = await beginConsent(process, request);
    const begins = await Promise.allSettled(
      Array.from({ length: 5 }, () => vault.process().consents.begin(sessionUri)),
    );
    const [at, ...more] = begins.flatMap((begin) => (begin.status === "fulfilled" ? [begin.value] : []));
    expect(more).toEqual([]);
    const answered = await signIn(at ?? "", "alice");
    const answers = await Promise.allSettled(
      Array.from({ length: 5 }, () => vault.process().consents.callback(...answerAt(answered))),
    );
    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(server.grants).toEqual(["authorization_code"]);
    const completions = await Promise.allSettled(
      Array.from({ length: 5 }, () => vault.process().consents.complete(sessionUri, request.user)),
    );
    expect(completions.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await expect(process.consents.callback(...answerAt(answered))).rejects.toMatchObject({ code: "validation" });
    await expect(process.consents.begin(sessionUri)).rejects.toMatchObject({ code: "validation" });
  });

  test("T20 no step is skipped", async () => {
    const process = vault.process();
    const request = wanted();
    const sessionUri = await beginConsent(process, request);
    const id = sessionUri.split(":").at(-1);
    await expect(process.consents.complete(sessionUri, request.user)).rejects.toMatchObject({ code: "validation" });
    const guess = new URLSearchParams({ state: `${id}.${"A".repeat(43)}`, code: "code" });
    await expect(process.consents.callback("callback-of-calendar", guess)).rejects.toMatchObject({
      code: "validation",
    });
    await process.consents.begin(sessionUri);
    await expect(process.consents.callback("callback-of-calendar", guess)).rejects.toMatchObject({
      code: "validation",
    });
    await expect(process.consents.complete(sessionUri, request.user)).rejects.toMatchObject({ code: "validation" });
    expect(server.grants).toEqual([]);
  });

  test("T20 an answer belongs to one session, one callback address and one issuer", async () => {
    const process = vault.process();
    const [mine, theirs] = [await beginConsent(process, wanted()), await beginConsent(process, wanted())];
    const answered = await signIn(await process.consents.begin(mine), "mallory");
    const theirState = new URL(await process.consents.begin(theirs)).searchParams.get("state") ?? "";
    const [callbackId, parameters] = answerAt(answered);

    // Somebody's code in somebody else's session: the verifier of that one doesn't fit.
    const swapped = new URLSearchParams(parameters);
    swapped.set("state", theirState);
    await expect(process.consents.callback(callbackId, swapped)).rejects.toMatchObject({ oauthError: "invalid_grant" });

    const twice = new URLSearchParams([...parameters, ["state", theirState]]);
    await expect(process.consents.callback(callbackId, twice)).rejects.toThrow("exactly one state");
    await expect(process.consents.callback("callback-of-mail", parameters)).rejects.toMatchObject({
      code: "validation",
    });
    const mixedUp = new URLSearchParams(parameters);
    mixedUp.set("iss", other.issuer);
    await expect(process.consents.callback(callbackId, mixedUp)).rejects.toMatchObject({ name: "CredentialError" });
    expect(server.grants).toHaveLength(1);
  });

  test("T20 nobody consents for somebody else, and what they gave is thrown away", async () => {
    const process = vault.process();
    const request = wanted();
    const sessionUri = await beginConsent(process, request);
    // The one who asked has led another one to the page.
    await process.consents.callback(...answerAt(await signIn(await process.consents.begin(sessionUri), "victim")));
    await expect(process.consents.complete(sessionUri, { kind: "id", id: "victim" })).rejects.toThrow("another user");
    await expect(process.consents.complete(sessionUri, request.user)).rejects.toThrow("another user");
    expect(await process.credentials.token(request)).toHaveProperty("sessionUri");
  });

  test("T20 browsers go to allowed addresses alone, letter by letter", async () => {
    const process = vault.process();
    const refused = [
      "https://app.example.com/consented",
      "https://app.example.com/consented?from=gatehouse#",
      "https://app.example.com/CONSENTED?from=gatehouse",
      "https://app.example.com:443/consented?from=gatehouse",
      "https://app.example.com.evil.example/consented?from=gatehouse",
      "javascript:alert(1)",
      "",
    ];
    for (const address of refused) {
      const asked = process.credentials.token(wanted({ returnUrl: address }));
      const message = expect.stringContaining("for a gateway the defaultReturnUrl of its target");
      await expect(asked).rejects.toMatchObject({ code: "validation", message });
    }
    const gateway = wanted({ agent: "gateway-0123456789" });
    await expect(process.credentials.token(gateway)).rejects.toMatchObject({ code: "validation" });
    expect(await process.credentials.token({ ...gateway, allowedReturnUrls: [returnUrl] })).toHaveProperty(
      "sessionUri",
    );
    const script = wanted({ agent: "gateway-0123456789", returnUrl: "javascript:alert(1)" });
    const asked = process.credentials.token({ ...script, allowedReturnUrls: ["javascript:alert(1)"] });
    await expect(asked).rejects.toMatchObject({ code: "validation" });
  });

  test("T05 a session is unknown to whoever it isn't of", async () => {
    const process = vault.process();
    const request = wanted();
    const sessionUri = await beginConsent(process, request);
    for (const stranger of [wanted(), { ...request, scopes: ["read"] }, { ...request, agent: "another" }]) {
      const asked = process.credentials.token({ ...stranger, sessionUri });
      await expect(asked).rejects.toThrow("no such consent of this user");
    }
    for (const unknown of ["", "urn:gatehouse:session:", `urn:gatehouse:session:${"A".repeat(43)}`, "urn:other:1"]) {
      expect(await process.consents.describe(unknown)).toBeUndefined();
      await expect(process.consents.begin(unknown)).rejects.toMatchObject({ code: "validation" });
      await expect(process.credentials.token({ ...request, sessionUri: unknown })).rejects.toMatchObject({
        code: "validation",
      });
    }
  });

  test("T20 an issuer can't lead browsers to a script", async () => {
    const oauthDiscovery = {
      authorizationServerMetadata: {
        issuer: "https://issuer.example.com",
        authorizationEndpoint: "javascript:alert(1)",
        tokenEndpoint: "https://issuer.example.com/token",
      },
    };
    await vault.oauth2Provider({ name: "script", oauthDiscovery });
    const process = vault.process();
    const sessionUri = await beginConsent(process, wanted({ provider: "script" }));
    await expect(process.consents.begin(sessionUri)).rejects.toMatchObject({ code: "validation" });
  });

  test("T18 neither the user nor codes nor tokens are readable in the table", async () => {
    const process = vault.process();
    const request = wanted({
      user: { kind: "token", issuer: "https://issuer.example.com", subject: "subject-of-alice" },
    });
    const sessionUri = await beginConsent(process, request);
    const at = new URL(await process.consents.begin(sessionUri));
    const answered = await signIn(at.href, "alice");
    await process.consents.callback(...answerAt(answered));
    const half = await vault.contents();
    await process.consents.complete(sessionUri, request.user);
    const token = await accessToken(process, request);
    for (const contents of [half, await vault.contents()]) {
      expect(contents).toContain(sessionUri.split(":").at(-1));
      for (const secret of [
        token,
        "subject-of-alice",
        at.searchParams.get("state"),
        answered.searchParams.get("code"),
      ]) {
        expect(contents).not.toContain(secret);
      }
    }
  });
});
