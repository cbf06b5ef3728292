import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import {
  allowed,
  authorizationQuery,
  consentOf,
  cookieIn,
  facadePath,
  issuerAddress,
  register,
  startTestFacade,
  type TestFacade,
  verifier,
} from "./testing.ts";

const documents = new Map<string, () => Response>();
let facade: TestFacade;
let original: Pick<TestFacade, "store" | "metadata"> & { take: TestFacade["rateLimits"]["take"] };
beforeAll(async () => {
  facade = await startTestFacade({
    fetch: async (address) =>
      documents.get(String(address))?.() ?? Promise.reject(new Error(`ECONNREFUSED ${address}`)),
  });
  original = { store: { ...facade.store }, metadata: facade.metadata, take: facade.rateLimits.take };
});
afterAll(() => facade?.[Symbol.asyncDispose]());
beforeEach(() => {
  Object.assign(facade.store, original.store);
  facade.rateLimits.take = original.take;
  facade.metadata = original.metadata;
  facade.failures.length = 0;
  // Each test begins long after what the last one has used up.
  facade.now = new Date(facade.now.getTime() + 86_400_000);
});

const minutes = (count: number) => {
  facade.now = new Date(facade.now.getTime() + count * 60_000);
};

/** The issuer's answer in the browser that was led there. */
async function returned(page: Response) {
  const [, address = ""] = /content="0; url=([^"]+)"/.exec(await page.text()) ?? [];
  const url = new URL(address.replaceAll("&amp;", "&"));
  const query = { state: url.searchParams.get("state") ?? "", code: "the-issuers-code" };
  return facade.ask("GET", "/oauth/facade/callback", { query, headers: { cookie: cookieIn(page) } });
}

function redeem(location: string | null, clientId: string) {
  const code = new URL(location ?? "").searchParams.get("code") ?? "";
  const form = { grant_type: "authorization_code", code, client_id: clientId, code_verifier: verifier };
  return facade.ask("POST", `${facadePath}/token`, {
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ ...form, redirect_uri: "https://desk.example/callback" }).toString(),
  });
}

/** Presents a code that never was. */
function present(sourceIp = "192.0.2.1") {
  return facade.ask("POST", `${facadePath}/token`, {
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ grant_type: "authorization_code", code: "none", client_id: "gwc_any" }).toString(),
    sourceIp,
  });
}

describe("T20 time", () => {
  test("T20 ends a page that asks for consent after ten minutes", async () => {
    const consent = await consentOf(facade);
    minutes(10);
    expect((await allowed(facade, consent)).status).toBe(400);
  });

  test("T20 ends a sign-in after ten minutes, whether or not the table has forgotten it", async () => {
    const page = await allowed(facade, await consentOf(facade));
    minutes(10);
    expect((await returned(page)).status).toBe(400);
    const intime = await allowed(facade, await consentOf(facade));
    minutes(9);
    expect((await returned(intime)).status).toBe(303);
  });

  test("T20 ends a code after a minute", async () => {
    const consent = await consentOf(facade);
    const { headers } = await returned(await allowed(facade, consent));
    minutes(1);
    const late = await redeem(headers.get("location"), consent.clientId);
    expect([late.status, await late.json()]).toMatchObject([400, { error: "invalid_grant" }]);
  });
});

test("T01 a refresh token goes to the issuer that it is of, and to no other", async () => {
  const issued = { access_token: "at", token_type: "Bearer", refresh_token: "the-issuers-refresh-token" };
  let asked = 0;
  documents.set(`${issuerAddress}/token`, () => {
    asked++;
    return Response.json(issued);
  });
  const consent = await consentOf(facade);
  const { headers } = await returned(await allowed(facade, consent));
  const { refresh_token } = (await (await redeem(headers.get("location"), consent.clientId)).json()) as typeof issued;
  const refresh = (token: string) =>
    facade.ask("POST", `${facadePath}/token`, {
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: `${new URLSearchParams({ grant_type: "refresh_token", refresh_token: token, client_id: consent.clientId })}`,
    });
  // A passing failure of the table loses nothing of what the issuer gives once.
  const { finishTurn } = facade.store;
  facade.store.finishTurn = async () => {
    facade.store.finishTurn = finishTurn;
    throw new Error("The table is busy.");
  };
  const next = await refresh(refresh_token);
  expect([next.status, asked]).toEqual([200, 2]);
  const discoveryUrl = facade.discoveryUrl;
  facade.discoveryUrl = "https://other.example/.well-known/openid-configuration";
  const elsewhere = await refresh(((await next.json()) as typeof issued).refresh_token);
  expect([elsewhere.status, await elsewhere.json()]).toMatchObject([400, { error: "invalid_grant" }]);
  expect(asked).toBe(2);
  facade.discoveryUrl = discoveryUrl;
  documents.delete(`${issuerAddress}/token`);
});

test("T20 cookies can be set by this host alone, by https, and are no script's", async () => {
  const consent = await consentOf(facade);
  expect(consent.setCookie).toMatch(
    /^__Host-gatehouse-client-form-[\w-]{22}=[\w-]{43}; Path=\/; Max-Age=900; HttpOnly; SameSite=Strict; Secure$/,
  );
  expect((await allowed(facade, consent)).headers.get("set-cookie")).toMatch(
    /^__Host-gatehouse-sign-in-[\w-]{22}=[\w-]{43}; Path=\/; Max-Age=900; HttpOnly; SameSite=Lax; Secure$/,
  );
});

describe("T20 a code that comes back", () => {
  const revocation = `${issuerAddress}/revoke`;
  let revoked: number;
  beforeEach(() => {
    revoked = 0;
    const tokens = { access_token: "a", token_type: "bearer", refresh_token: "r" };
    documents.set(`${issuerAddress}/token`, () => Response.json(tokens));
  });
  afterEach(() => documents.clear());
  const revokeWith = (answer: () => Response) => {
    facade.metadata = { ...original.metadata, revocation_endpoint: revocation };
    documents.set(revocation, () => {
      revoked++;
      return answer();
    });
  };

  /** Redeems a code twice. @returns the answers, and that to the first's refresh token then. */
  async function twice(between: () => void | Promise<void> = () => {}) {
    const { clientId, ...consent } = await consentOf(facade);
    const location = (await returned(await allowed(facade, consent))).headers.get("location");
    const first = await redeem(location, clientId);
    await between();
    const second = await redeem(location, clientId);
    const { refresh_token } = (await first.json()) as { refresh_token: string };
    const form = { grant_type: "refresh_token", client_id: clientId, refresh_token };
    const refreshed = await facade.ask("POST", `${facadePath}/token`, {
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams(form).toString(),
    });
    return [first.status, await errorOf(second), await errorOf(refreshed)];
  }
  const errorOf = async (answer: Response) => ((await answer.json()) as { error?: string }).error;
  const ended = [200, "invalid_grant", "invalid_grant"];

  test("T20 ends the sign-in here and at the issuer", async () => {
    revokeWith(() => new Response(null, { status: 200 }));
    expect([await twice(), revoked, facade.failures]).toEqual([ended, 1, []]);
  });

  test("T20 ends it after the code's minute as well, for a day", async () => {
    revokeWith(() => new Response(null, { status: 200 }));
    expect([await twice(() => minutes(60)), revoked]).toEqual([ended, 1]);
  });

  test("T20 ends it here where the issuer fails to, which administrators are told, or can't", async () => {
    revokeWith(() => new Response("the-client-secret", { status: 503 }));
    expect([await twice(), revoked]).toEqual([ended, 1]);
    expect(facade.failures).toEqual([expect.stringMatching(/^A sign-in that was ended may go on at the issuer: /)]);
    expect(facade.failures.join()).not.toContain("secret");
    facade.metadata = original.metadata;
    expect([await twice(), revoked]).toEqual([ended, 1]);
    expect(facade.failures).toHaveLength(1);
  });

  test("T20 ends it where it comes while the first is still at the issuer", async () => {
    revokeWith(() => new Response(null, { status: 200 }));
    const { clientId, ...consent } = await consentOf(facade);
    const location = (await returned(await allowed(facade, consent))).headers.get("location");
    const { putGrant } = facade.store;
    let second: Response | undefined;
    facade.store.putGrant = async (...grant) => {
      second = await redeem(location, clientId);
      return putGrant(...grant);
    };
    const first = await redeem(location, clientId);
    expect([await errorOf(first), second && (await errorOf(second)), revoked]).toEqual([
      "invalid_grant",
      "invalid_grant",
      1,
    ]);
  });

  test("T20 is refused and ends nothing where the table fails, so that it can come again", async () => {
    const refused = await twice(() => {
      facade.store.endGrant = async () => Promise.reject(new Error("The table is gone."));
    });
    expect(refused[1]).toBe("temporarily_unavailable");
  });
});

describe("who asks too often", () => {
  test("waits, and nobody else does", async () => {
    const answers: number[] = [];
    for (let index = 0; index < 61; index++) answers.push((await register(facade)).status);
    expect(answers).toEqual([...Array.from({ length: 60 }, () => 201), 429]);
    expect((await register(facade)).headers.get("retry-after")).toBe("1");
    expect((await register(facade, "192.0.2.2")).status).toBe(201);
    minutes(1);
    expect((await register(facade)).status).toBe(201);
  });

  test("has codes and refresh tokens looked up 300 times a minute, and from elsewhere goes on", async () => {
    const statuses: number[] = [];
    for (let index = 0; index < 301; index++) statuses.push((await present()).status);
    expect(new Set(statuses.slice(0, -1))).toEqual(new Set([400]));
    expect(statuses.at(-1)).toBe(429);
    const { headers } = await present();
    expect(headers.get("retry-after")).toBe("1");
    expect((await present("192.0.2.2")).status).toBe(400);
  });

  test("has all clients of a gateway together redeem 3,000 times a minute", async () => {
    const { take } = facade.rateLimits;
    const keys: string[] = [];
    facade.rateLimits.take = async (key, rate, ...rest) => {
      keys.push(`${key} ${rate.capacity}`);
      return key === "facade#token#gateway-1"
        ? { tokens: 0, retryAt: Number(rest[1]) + 7_000_000 }
        : take(key, rate, ...rest);
    };
    const answer = await present();
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "7"]);
    expect(keys).toEqual(["facade#token#192.0.2.1 300", "facade#token#gateway-1 3000"]);
  });

  test("brings the issuer's answers 60 times a minute", async () => {
    const ask = (sourceIp = "192.0.2.1") =>
      facade.ask("GET", "/oauth/facade/callback", { query: { state: "s", code: "c" }, sourceIp });
    const statuses: number[] = [];
    for (let index = 0; index < 60; index++) statuses.push((await ask()).status);
    expect(new Set(statuses)).toEqual(new Set([400]));
    const late = await ask();
    expect([late.status, late.headers.get("retry-after")]).toEqual([429, "1"]);
    expect(await late.text()).toContain("Too many people sign in from your network");
    expect((await ask("192.0.2.2")).status).toBe(400);
  });

  test("can't be known where the buckets can't be reached, and then nobody registers, and no code is so much as looked up", async () => {
    const back = await returned(await allowed(facade, await consentOf(facade)));
    facade.rateLimits.take = async () => Promise.reject(new Error("The table is gone."));
    const lookedUp = vi.fn<() => Promise<never>>().mockRejectedValue(new Error("It was looked up."));
    Object.assign(facade.store, { takeFlow: lookedUp, takeCode: lookedUp });
    for (const answer of [await register(facade), await redeem(back.headers.get("location"), "gwc_any")]) {
      expect([answer.status, await answer.json()]).toMatchObject([503, { error: "temporarily_unavailable" }]);
    }
    expect((await facade.ask("GET", "/oauth/facade/callback", { query: { state: "s" } })).status).toBe(500);
    expect(facade.failures).toEqual(["Error.", "Error.", "Error."]);
    expect(lookedUp).not.toHaveBeenCalled();
  });
});

describe("an issuer whose document", () => {
  test.each([
    ["authorization_endpoint", "javascript:alert(document.domain)"],
    ["authorization_endpoint", "http://issuer.example/authorize"],
    ["token_endpoint", "https://169.254.169.254/latest"],
    ["token_endpoint", "file:///etc/passwd"],
    ["token_endpoint", undefined],
  ])("T20 names %s %j has no facade that anybody could be led by", async (endpoint, address) => {
    const { clientId } = await consentOf(facade);
    facade.metadata = { ...original.metadata, [endpoint]: address };
    const page = await facade.ask("GET", `${facadePath}/authorize`, { query: authorizationQuery(clientId) });
    expect([page.status, page.headers.get("location")]).toEqual([500, null]);
    expect(await page.text()).not.toContain("alert");
    expect(facade.failures).toHaveLength(1);
  });
});

describe("whatever fails", () => {
  test.each([
    ["put", "consent"],
    ["takeFlow", "callback"],
    ["put", "callback"],
    ["takeCode", "token"],
  ] as const)("T20 the table at %s, in the step %s: nobody is led on", async (step, during) => {
    const fail = () => {
      facade.store[step] = async () => Promise.reject(new Error("secret of the table"));
    };
    const consent = await consentOf(facade);
    if (during === "consent") fail();
    const page = await allowed(facade, consent);
    if (during === "callback") fail();
    const back = during === "consent" ? page : await returned(page);
    if (during === "token") fail();
    const last = during === "token" ? await redeem(back.headers.get("location"), consent.clientId) : back;
    expect([last.status, last.headers.get("location"), last.headers.get("set-cookie")]).toEqual([
      during === "token" ? 503 : 500,
      null,
      null,
    ]);
    expect(`${await last.text()}${facade.failures}`).not.toContain("secret");
  });

  test("T18 the issuer's answers and what was sent there are told nobody", async () => {
    const consent = await consentOf(facade);
    const { headers } = await returned(await allowed(facade, consent));
    const body = { error: "invalid_client", error_description: "the-client-secret is wrong, the-issuers-code too" };
    documents.set(`${issuerAddress}/token`, () => Response.json(body, { status: 401 }));
    const answer = await redeem(headers.get("location"), consent.clientId);
    expect(answer.status).toBe(500);
    const told = `${await answer.text()}${facade.failures}`;
    expect(told).toContain("The issuer answered 401 with invalid_client.");
    expect(told).not.toMatch(/the-client-secret|the-issuers-code/);
    documents.delete(`${issuerAddress}/token`);
  });
});

describe("a client's document", () => {
  const clientId = "https://desk.example/client.json";
  const good = { client_id: clientId, client_name: "Desk", redirect_uris: ["https://desk.example/callback"] };
  const ask = (id = clientId) => facade.ask("GET", `${facadePath}/authorize`, { query: authorizationQuery(id) });
  const serve = (body: object | string, headers: Record<string, string> = {}, status = 200) =>
    documents.set(clientId, () => {
      const type = { "content-type": "application/json", "cache-control": "no-store" };
      const text = typeof body === "string" ? body : JSON.stringify(body);
      return new Response(text, { status, headers: { ...type, ...headers } });
    });

  test("says who asks", async () => {
    serve(good);
    const page = await ask();
    expect([page.status, await page.text()]).toEqual([
      200,
      expect.stringContaining("It is described by desk.example."),
    ]);
  });

  test.each([
    ["of another client", { ...good, client_id: "https://desk.example/other.json" }],
    ["without a name", { ...good, client_name: "" }],
    ["with a name that hides something", { ...good, client_name: "Desk\u202e" }],
    ["without addresses", { ...good, redirect_uris: [] }],
    ["with addresses of others alone", { ...good, redirect_uris: ["https://evil.example/callback"] }],
    ["with a secret", { ...good, client_secret: "secret" }],
    ["of a client with keys", { ...good, token_endpoint_auth_method: "private_key_jwt" }],
    ["for other grants", { ...good, grant_types: ["client_credentials"] }],
    ["that is no JSON", "<html>"],
  ])("T20 %s is of no use", async (_, body) => {
    serve(body);
    expect((await ask()).status).toBe(400);
  });

  test.each([
    ["of another type", { "content-type": "text/html" }, 200],
    ["that isn't found", {}, 404],
  ])("%s is of no use", async (_, headers, status) => {
    serve(good, headers, status);
    expect((await ask()).status).toBe(400);
  });

  test.each([
    "http://desk.example/client.json",
    "https://desk.example/",
    "https://desk.example/a/../client.json",
    "https://desk.example/client.json#part",
    "https://user@desk.example/client.json",
    "https://127.0.0.1/client.json",
    "https://[::ffff:10.0.0.1]/client.json",
    `https://desk.example/${"a".repeat(500)}`,
  ])("T06 is not fetched from %s", async (id) => {
    let fetched = false;
    documents.set(id, () => {
      fetched = true;
      return Response.json({ ...good, client_id: id });
    });
    expect([(await ask(id)).status, fetched]).toEqual([400, false]);
  });

  test("T06 that can't be fetched says nothing of what is behind its address", async () => {
    const page = await ask("https://internal.example/client.json");
    expect([page.status, await page.text()]).toEqual([400, expect.not.stringContaining("ECONNREFUSED")]);
  });

  test("is kept as long as it says, and what fails isn't", async () => {
    let fetched = 0;
    const id = "https://desk.example/kept.json";
    const answers = [404, 200, 200];
    documents.set(id, () => {
      const headers = { "cache-control": "max-age=600" };
      return Response.json({ ...good, client_id: id }, { status: answers[fetched++] ?? 200, headers });
    });
    expect((await ask(id)).status).toBe(400);
    for (let time = 0; time < 5; time++) expect((await ask(id)).status).toBe(200);
    expect(fetched).toBe(2);
  });
});

test("what isn't the facade's is left to others", async () => {
  expect((await facade.ask("GET", "/oauth/consent")).status).toBe(404);
  expect((await facade.ask("GET", `${facadePath}/elsewhere`)).status).toBe(404);
  expect((await facade.ask("DELETE", `${facadePath}/authorize`)).status).toBe(405);
  expect((await facade.ask("GET", `${facadePath}/token`)).status).toBe(405);
});
