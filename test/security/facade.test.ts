import { GetGatewayCommand, UpdateGatewayCommand } from "@aws-sdk/client-bedrock-agentcore-control";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { sendOwn } from "@gatehouse/apply/ownCommand.ts";
import { tableName } from "@gatehouse/local/tables.ts";
import { decodeJwt } from "jose";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { defaultResource } from "../support/authorizationServer.ts";
import type { Page } from "../support/cookieBrowser.ts";
import {
  allow,
  application,
  browserOfUser,
  clientSecret,
  openSignInVenue,
  redirectUri,
  type SignInVenue,
  signIn,
} from "../support/facade.ts";
import type { TestGateway } from "../support/gatehouse.ts";

let venue: SignInVenue;
let gateway: TestGateway;
beforeAll(async () => {
  venue = await openSignInVenue();
  gateway = await venue.createGateway();
});
afterAll(() => venue?.[Symbol.asyncDispose]());
afterEach(() => venue.issuer.answerWith(undefined));

/** An application that has registered itself. */
async function registered(of = gateway) {
  const desk = application(venue.gatehouse, of);
  const { body } = await desk.register();
  const clientId = body.client_id ?? "";
  return { ...desk, clientId, address: desk.authorizationUrl(clientId) };
}

/** One whose user has signed in, with the code that it was given. */
async function signedIn(of = gateway, user = "alice") {
  const desk = await registered(of);
  const end = await signIn(browserOfUser(), desk.address, user);
  return { ...desk, code: end.searchParams.get("code") ?? "" };
}

/** How often the issuer was asked for a token. */
function tokenRequests(): number {
  return venue.issuer.asked.filter((path) => path === "/token").length;
}

/** A page that says what is wrong, and sends nobody anywhere. */
function refusal(status: number, words: string | RegExp) {
  return { status, text: expect.stringMatching(words), url: expect.objectContaining({}) };
}

describe("T20 where the answer goes", () => {
  test.each([
    ["javascript:alert(1)"],
    ["data:text/html,x"],
    ["http://desk.example/callback"],
    ["https://desk.example/callback#fragment"],
    ["https://user:password@desk.example/callback"],
    ["https://desk.example\\@evil.example/callback"],
    ["https://desk.example/\ncallback"],
    ["cursor://callback"],
    ["/callback"],
  ])("T20 can't be %j", async (uri) => {
    const { status, body } = await application(venue.gatehouse, gateway).register({ redirect_uris: [uri] });
    expect([status, body.error]).toEqual([400, "invalid_redirect_uri"]);
  });

  test.each([
    [`${redirectUri}/elsewhere`],
    [`${redirectUri}?next=1`],
    ["http://localhost:3118/callback"],
    ["https://127.0.0.1:3118/callback"],
    ["http://127.0.0.1.evil.example:3118/callback"],
    ["http://127.0.0.1:3118@evil.example/callback"],
    ["https://evil.example/callback"],
    ["javascript:alert(1)//callback"],
    [undefined],
  ])("T20 is what is registered, and not %j: a page says so and nobody is redirected", async (uri) => {
    const desk = await registered();
    const asked = venue.issuer.asked.length;
    const response = await fetch(desk.authorizationUrl(desk.clientId, { redirect_uri: uri }), { redirect: "manual" });
    expect([response.status, response.headers.get("location")]).toEqual([400, null]);
    expect(await response.text()).not.toMatch(/http-equiv|evil\.example/);
    expect(venue.issuer.asked.length).toBe(asked);
  });

  test("T20 may be any port of this machine, for an application that can't choose", async () => {
    const desk = await registered();
    const address = desk.authorizationUrl(desk.clientId, { redirect_uri: "http://127.0.0.1:49321/callback" });
    const end = await signIn(browserOfUser(), address, "alice");
    expect(end.host).toBe("127.0.0.1:49321");
    const code = end.searchParams.get("code") ?? "";
    expect((await desk.redeem(code, desk.clientId)).body.error).toBe("invalid_grant");
  });

  test("T20 is nowhere for a faulty request, which the user is told of", async () => {
    const desk = await registered();
    for (const parameters of [
      { response_type: "token" },
      { code_challenge: undefined },
      { code_challenge_method: "plain" },
      { response_mode: "fragment" },
      { request_uri: "https://evil.example/request" },
      { resource: "https://other.example/mcp" },
      { client_id: `${desk.clientId.slice(0, -2)}AA` },
      { client_id: "http://169.254.169.254/client.json" },
      { client_id: "https://desk.example" },
    ]) {
      const response = await fetch(desk.authorizationUrl(desk.clientId, parameters), { redirect: "manual" });
      expect([parameters, response.status, response.headers.get("location")]).toEqual([parameters, 400, null]);
    }
    const twice = await fetch(`${desk.address}&redirect_uri=https://evil.example/callback`, { redirect: "manual" });
    expect(twice.status).toBe(400);
  });
});

describe("T20 consent", () => {
  test("T20 comes before anything goes to the issuer, every time, and says who asks", async () => {
    const desk = await registered();
    const browser = browserOfUser();
    await signIn(browser, desk.address, "alice");
    const asked = venue.issuer.asked.length;
    const page = (await browser.open(desk.address)) as Page;
    expect(page.text).toMatch(/Desk[\s\S]*nobody has checked[\s\S]*127\.0\.0\.1:3118/);
    expect(page.text).toContain(new URL(venue.issuer.issuer).host);
    expect(venue.issuer.asked.length).toBe(asked);
  });

  test("T20 is shown in no frame, runs no script and writes names out", async () => {
    const desk = application(venue.gatehouse, gateway);
    const { body } = await desk.register({ redirect_uris: [redirectUri], client_name: `<script>"&'</script>` });
    const page = (await browserOfUser().open(desk.authorizationUrl(body.client_id ?? ""))) as Page;
    expect(page.text).not.toContain("<script");
    expect(page.text).toContain("&lt;script&gt;&quot;&amp;&#39;");
    expect(page.headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'$/,
    );
    expect(Object.fromEntries(page.headers)).toMatchObject({
      "x-frame-options": "DENY",
      "cache-control": "no-store",
      "referrer-policy": "same-origin",
      "set-cookie": expect.stringMatching(/HttpOnly/),
    });
    expect(page.headers.get("set-cookie")).toMatch(/SameSite=Strict/);
  });

  test("T20 is given by the browser that was asked alone: a form that another site sends leads nowhere", async () => {
    const desk = await registered();
    const asked = venue.issuer.asked.length;
    const attackers = await browserOfUser().open(desk.address);
    const victim = browserOfUser();
    await victim.open(desk.address);
    expect(await victim.submit(attackers, { decision: "allow" })).toMatchObject(refusal(403, "another browser"));
    const own = browserOfUser();
    const page = await own.open(desk.address);
    const forged = await own.submit(page, { decision: "allow" }, { origin: "http://localhost:9999" });
    expect(forged).toMatchObject(refusal(403, "own page"));
    expect(await own.submit(page, { decision: "allow", ticket: "made up" })).toMatchObject({ status: 400 });
    expect(venue.issuer.asked.length).toBe(asked);
  });

  test("T20 of one gateway's page is none at another gateway", async () => {
    const other = await venue.createGateway();
    const desk = await registered();
    const browser = browserOfUser();
    const page = (await browser.open(desk.address)) as Page;
    const moved = { ...page, text: page.text.replaceAll(gateway.id, other.id) };
    expect(await browser.submit(moved, { decision: "allow" })).toMatchObject(refusal(400, "expired"));
    expect((await fetch(desk.address.replace(gateway.id, other.id))).status).toBe(400);
  });
});

describe("T20 a sign-in", () => {
  test("T20 that an attacker has begun and consented to gives them nothing of the user who ends it", async () => {
    const desk = await registered();
    const attacker = browserOfUser();
    attacker.isElsewhere = ({ origin }) => origin === venue.issuer.issuer;
    const lure = await allow(attacker, desk.address);
    if (!(lure instanceof URL)) throw new Error("The attacker was not led to the issuer.");
    const victim = browserOfUser();
    const ended = await victim.submit(await victim.open(lure), { login: "victim" });
    expect(ended).toMatchObject(refusal(400, "another browser"));
  });

  test("T20 comes back once, to the browser in which it was begun", async () => {
    const desk = await registered();
    const browser = browserOfUser();
    browser.isElsewhere = ({ pathname }) => pathname === "/oauth/facade/callback";
    const callback = await signIn(browser, desk.address, "alice");
    browser.isElsewhere = ({ pathname }) => pathname === "/callback";
    expect(await browserOfUser().open(callback)).toMatchObject(refusal(400, "another browser"));
    const otherState = new URL(callback);
    otherState.searchParams.set("state", `${callback.searchParams.get("state")?.slice(0, -1)}_`);
    expect(await browser.open(otherState)).toMatchObject(refusal(400, "over"));

    const cookies = new Map(browser.cookies);
    expect(await browser.open(callback)).toBeInstanceOf(URL);
    for (const [name, value] of cookies) browser.cookies.set(name, value);
    expect(await browser.open(callback)).toMatchObject(refusal(400, "over"));
  });

  test("T20 whose answer names another issuer gives no token", async () => {
    const desk = await registered();
    const browser = browserOfUser();
    browser.isElsewhere = ({ pathname }) => pathname === "/oauth/facade/callback";
    const callback = await signIn(browser, desk.address, "alice");
    browser.isElsewhere = ({ pathname }) => pathname === "/callback";
    callback.searchParams.set("iss", "https://evil.example");
    const end = await browser.open(callback);
    if (!(end instanceof URL)) throw new Error("The sign-in has not ended.");
    const before = tokenRequests();
    const { status, body } = await desk.redeem(end.searchParams.get("code") ?? "", desk.clientId);
    expect([status, body.access_token]).toEqual([503, undefined]);
    expect(tokenRequests()).toBe(before);
  });
});

describe("T20 a code", () => {
  test("T20 is good once, and of many who redeem it at once nobody keeps what came of it", async () => {
    const { code, clientId, redeem, refresh } = await signedIn();
    const [before, ended] = [tokenRequests(), venue.issuer.endedGrants.length];
    const answers = await Promise.all(Array.from({ length: 16 }, () => redeem(code, clientId)));
    // The issuer would refuse the others as well: that nobody asks it is the facade's doing.
    expect(tokenRequests()).toBe(before + 1);
    const given = answers.filter(({ status }) => status === 200);
    expect(given.length).toBeLessThanOrEqual(1);
    expect(new Set(answers.map(({ body }) => body.error))).toContain("invalid_grant");
    for (const { body } of given) {
      expect((await refresh(body.refresh_token ?? "", clientId)).body.error).toBe("invalid_grant");
    }
    expect(venue.issuer.endedGrants).toHaveLength(ended + 1);
  });

  test("T20 that comes back ends what the first has got by it, at the issuer as well (RFC 6749, sections 4.1.2 and 10.5)", async () => {
    const { code, clientId, redeem, refresh } = await signedIn();
    const first = (await redeem(code, clientId)).body.refresh_token ?? "";
    const second = (await refresh(first, clientId)).body.refresh_token ?? "";
    const ended = venue.issuer.endedGrants.length;
    // Whoever has stolen a code alone has no verifier: it is in other hands all the same.
    expect((await redeem(code, clientId, { code_verifier: "a".repeat(43) })).body.error).toBe("invalid_grant");
    expect(venue.issuer.endedGrants).toHaveLength(ended + 1);
    const before = tokenRequests();
    expect((await refresh(second, clientId)).body.error).toBe("invalid_grant");
    expect(tokenRequests()).toBe(before);
  });

  test.each([
    ["another verifier", { code_verifier: "a".repeat(43) }],
    ["no verifier", { code_verifier: "" }],
    ["another address", { redirect_uri: "http://127.0.0.1:3119/callback" }],
    ["another client", { client_id: "gwc_other" }],
    ["a resource that isn't this gateway", { resource: "https://other.example" }],
    ["a secret", { client_secret: "guessed" }],
  ])("T20 is not redeemed with %s", async (_, parameters) => {
    const { code, clientId, redeem } = await signedIn();
    const before = tokenRequests();
    const { status, body } = await redeem(code, clientId, parameters);
    expect([status >= 400, body.access_token]).toEqual([true, undefined]);
    expect(tokenRequests()).toBe(before);
  });

  test("T05 is not redeemed at another gateway, nor is a refresh token", async () => {
    const other = await venue.createGateway();
    const { code, clientId, redeem, verifier } = await signedIn();
    const elsewhere = application(venue.gatehouse, other);
    const moved = await elsewhere.redeem(code, clientId, { code_verifier: verifier });
    expect(moved.body.error).toBe("invalid_grant");
    expect((await redeem(code, clientId)).body.error).toBe("invalid_grant");

    const second = await signedIn();
    const { body } = await second.redeem(second.code, second.clientId);
    expect((await elsewhere.refresh(body.refresh_token ?? "", second.clientId)).body.error).toBe("invalid_grant");
    const stranger = await registered();
    expect((await second.refresh(body.refresh_token ?? "", stranger.clientId)).body.error).toBe("invalid_grant");
    expect((await second.refresh(body.refresh_token ?? "", second.clientId)).status).toBe(200);
  });
});

describe("a refresh token", () => {
  test("T20 is good once: of many who use it at once one goes on, and who comes a moment late ends nothing", async () => {
    const { code, clientId, redeem, refresh } = await signedIn();
    const first = (await redeem(code, clientId)).body.refresh_token ?? "";
    const answers = await Promise.all(Array.from({ length: 16 }, () => refresh(first, clientId)));
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    expect((await refresh(won[0]?.body.refresh_token ?? "", clientId)).status).toBe(200);
  });

  test("T20 that comes back after others ends all that came of the sign-in", async () => {
    const { code, clientId, redeem, refresh } = await signedIn();
    const first = (await redeem(code, clientId)).body.refresh_token ?? "";
    const second = (await refresh(first, clientId)).body.refresh_token ?? "";
    const third = (await refresh(second, clientId)).body.refresh_token ?? "";
    const ended = venue.issuer.endedGrants.length;
    expect((await refresh(first, clientId)).body.error).toBe("invalid_grant");
    expect(venue.issuer.endedGrants).toHaveLength(ended + 1);
    expect((await refresh(third, clientId)).body.error).toBe("invalid_grant");
  });

  test("survives an issuer that fails, and not one that refuses it", async () => {
    const { code, clientId, redeem, refresh } = await signedIn();
    const token = (await redeem(code, clientId)).body.refresh_token ?? "";
    venue.issuer.answerWith(() => Response.json({ hello: "world" }, { status: 500 }));
    expect((await refresh(token, clientId)).status).toBe(503);
    venue.issuer.answerWith(undefined);
    const { status, body } = await refresh(token, clientId);
    expect(status).toBe(200);
    venue.issuer.answerWith(() => Response.json({ error: "invalid_grant" }, { status: 400 }));
    expect((await refresh(body.refresh_token ?? "", clientId)).body.error).toBe("invalid_grant");
    venue.issuer.answerWith(undefined);
    expect((await refresh(body.refresh_token ?? "", clientId)).body.error).toBe("invalid_grant");
  });
});

describe("an access token", () => {
  test("T01 that is for another API than the gateway is given to nobody", async () => {
    const careless = await venue.createGateway({ resourceIndicator: "OMIT" });
    const { code, clientId, redeem } = await signedIn(careless);
    const { status, body } = await redeem(code, clientId);
    expect([status, body.error]).toEqual([400, "invalid_target"]);
    expect(body.error_description).toContain("the token's audience is not this gateway");
    expect(JSON.stringify(body)).not.toMatch(/eyJ/);
    expect(defaultResource).not.toBe(careless.url);
  });

  test("T20 has no scopes but those that clients of the gateway may have", async () => {
    const desk = await registered();
    const browser = browserOfUser();
    const address = desk.authorizationUrl(desk.clientId, { scope: "tools offline_access admin" });
    const page = (await browser.open(address)) as Page;
    expect(page.text).not.toMatch(/offline_access|admin/);
    const end = await signIn(browser, address, "alice");
    const { body } = await desk.redeem(end.searchParams.get("code") ?? "", desk.clientId);
    expect(decodeJwt(body.access_token ?? "").scope).toBe("tools");
  });

  test("T04 is of the user who has signed in, whoever else does at the same time", async () => {
    const users = Array.from({ length: 8 }, (_, index) => `user-${index}`);
    const subjects = await Promise.all(
      users.map(async (user) => {
        const { code, clientId, redeem } = await signedIn(gateway, user);
        return decodeJwt((await redeem(code, clientId)).body.access_token ?? "").sub;
      }),
    );
    expect(subjects).toEqual(users);
  });
});

test("T18 tables and answers hold no secret, code or token that can be read", async () => {
  const { code, clientId, redeem, verifier } = await signedIn();
  const waiting = await signedIn();
  const { body } = await redeem(code, clientId);
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  for (const name of ["vault", "config", "ledger"] as const) {
    const { Items: items } = await client.send(new ScanCommand({ TableName: tableName(name) }));
    const text = JSON.stringify(items);
    const secrets = [clientSecret, code, waiting.code, verifier, clientId, body.access_token, body.refresh_token];
    for (const secret of secrets) expect(text.includes(String(secret)), name).toBe(false);
  }
  client.destroy();
});

test("T16 a gateway that trusts another issuer, or takes the client away, has no facade", async () => {
  const { control } = venue.gatehouse;
  const changes = [
    (identifier: string) => sendOwn(control, "PutGatewaySettings", { gatewayIdentifier: identifier }),
    async (gatewayIdentifier: string) => {
      const current = await control.send(new GetGatewayCommand({ gatewayIdentifier }));
      const { name, roleArn, authorizerType, protocolType } = current;
      const discoveryUrl = `${venue.gatehouse.host.idp.issuer}/.well-known/openid-configuration`;
      const authorizerConfiguration = { customJWTAuthorizer: { discoveryUrl, allowedAudience: ["any"] } };
      const settings = { name, roleArn, authorizerType, protocolType, authorizerConfiguration };
      await control.send(new UpdateGatewayCommand({ gatewayIdentifier, ...settings }));
    },
  ];
  for (const change of changes) {
    const changing = await venue.createGateway();
    const { code, clientId, redeem, refresh, facade } = await signedIn(changing);
    const { body } = await redeem(code, clientId);
    const before = venue.issuer.asked.length;
    await change(changing.id);
    expect((await refresh(body.refresh_token ?? "", clientId)).status).toBe(404);
    expect((await fetch(`${facade}/.well-known/oauth-authorization-server`)).status).toBe(404);
    expect(venue.issuer.asked.length).toBe(before);
  }
});
