import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { GatehouseError } from "../../errors.ts";
import type { IdentityRequest } from "../http.ts";
import { createIssuers } from "../issuer.ts";
import { type ConsentDescription, type Consents, CredentialError } from "../outbound/credentials.ts";
import { createKeyring, type Keyring, type WrappedDataKey } from "../vault/keyring.ts";
import { startTestKms, type TestKms } from "../vault/testing.ts";
import { createConsentRoutes } from "./routes.ts";

const url = "https://gatehouse.example";
const description: ConsentDescription = {
  agent: "travel-agent",
  user: { kind: "id", id: "alice" },
  provider: "calendar",
  issuer: "issuer.example",
  scopes: ["calendar.read", "offline_access"],
  returnUrl: "https://app.example/consented",
  expiresAt: new Date("2026-01-01T00:10:00Z"),
};

let kms: TestKms;
let keyring: Keyring;
beforeAll(async () => {
  kms = await startTestKms();
  const keys: WrappedDataKey[] = [];
  const store = {
    current: async () => keys.at(-1),
    find: async (id: string) => keys.find((key) => key.id === id),
    putIfAbsent: async (key: WrappedDataKey) => {
      keys.push(key);
      return key;
    },
  };
  keyring = createKeyring({ kms: kms.client, keyId: kms.keyId, store });
});
afterAll(() => kms.stop());

/** The vault's side, at its interface: what these tests are about is what reaches it, and from whom. */
const consents = {
  describe: vi.fn<Consents["describe"]>(),
  begin: vi.fn<Consents["begin"]>(),
  callback: vi.fn<Consents["callback"]>(),
  complete: vi.fn<Consents["complete"]>(),
};
let time = Date.parse("2026-01-01T00:00:00Z");
const failures: string[] = [];

beforeEach(() => {
  vi.resetAllMocks();
  failures.length = 0;
  time = Date.parse("2026-01-01T00:00:00Z");
  consents.describe.mockResolvedValue(description);
  consents.begin.mockResolvedValue("https://issuer.example/authorize?state=st&client_id=c&code_challenge=x");
  consents.callback.mockResolvedValue("https://app.example/consented?session_id=urn:gatehouse:session:s1");
});

function routesAt(address: string) {
  return createConsentRoutes({
    consents,
    findLoginClient: async () => undefined,
    issuers: createIssuers({ allowLoopback: false }),
    keyring,
    url: address,
    allowLoopback: false,
    now: () => new Date(time),
    onFailure: (reason) => failures.push(reason),
  });
}

/** A browser: it keeps its cookies, and says where its forms come from. */
function browser(address = url) {
  const routes = routesAt(address);
  const jar = new Map<string, string>();
  async function send(
    method: string,
    target: string,
    options: { body?: string; headers?: Record<string, string> } = {},
  ): Promise<{ status: number; text: string; headers: Headers }> {
    const { pathname, searchParams } = new URL(target, url);
    const headers = new Headers({ cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") });
    for (const [name, value] of Object.entries(options.headers ?? {})) headers.set(name, value);
    const request: IdentityRequest = {
      method,
      path: pathname,
      signedPath: pathname,
      query: searchParams,
      headers,
      body: options.body ?? "",
      sourceIp: "192.0.2.1",
      requestId: "request-1",
    };
    const response = await routes(request);
    if (response === undefined) return { status: 0, text: "", headers: new Headers() };
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      jar.set(name, value);
    }
    return { status: response.status, text: await response.text(), headers: response.headers };
  }
  return {
    jar,
    get: (target: string) => send("GET", target),
    send,
    async press(page: string, change: { headers?: Record<string, string>; form?: Record<string, string> } = {}) {
      const fields = [...page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)];
      const form = { ...Object.fromEntries(fields.map(([, name, value]) => [name, value])), ...change.form };
      const headers = {
        "content-type": "application/x-www-form-urlencoded",
        origin: url,
        "sec-fetch-site": "same-origin",
        ...change.headers,
      };
      return send("POST", "/oauth/consent", { body: new URLSearchParams(form).toString(), headers });
    },
  };
}

const question = "/oauth/consent?session=s1";
const answer = "/oauth/callback/cb1?state=st&code=abc";

describe("the question", () => {
  test("says who asks for what, where, and on whose behalf", async () => {
    const { status, text } = await browser().get(question);
    expect(status).toBe(200);
    expect(consents.describe).toHaveBeenCalledWith("urn:gatehouse:session:s1");
    for (const said of ["travel-agent", "alice", "issuer.example", "calendar.read", "offline_access", "app.example"]) {
      expect(text).toContain(said);
    }
    expect(consents.begin).not.toHaveBeenCalled();
  });

  test("T20 shows what others have named as text, and never as HTML", async () => {
    const evil = `"><script>alert(1)</script><a href='javascript:alert(1)'>`;
    consents.describe.mockResolvedValue({
      ...description,
      agent: evil,
      issuer: evil,
      provider: evil,
      scopes: [evil],
      user: { kind: "token", issuer: evil, subject: evil },
      returnUrl: evil,
    });
    const { text } = await browser().get(question);
    expect(text).not.toContain("<script");
    expect(text).not.toContain("<a href");
    expect(text).toContain("&lt;script&gt;");
  });

  test("T20 can't be framed, runs nothing, and tells no other site its address", async () => {
    const { headers } = await browser().get(question);
    const policy = headers.get("content-security-policy");
    for (const directive of ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"]) {
      expect(policy).toContain(directive);
    }
    expect(policy).not.toContain("unsafe");
    expect(Object.fromEntries(headers)).toMatchObject({
      "x-frame-options": "DENY",
      "referrer-policy": "same-origin",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
  });

  test("needs no script and can be read aloud: a language, one heading, a title, a button with a name", async () => {
    const { text } = await browser().get(question);
    expect(text).toContain('<html lang="en">');
    expect(text.match(/<h1>/g)).toHaveLength(1);
    expect(text).toMatch(/<title>[^<]+<\/title>/);
    expect(text).toMatch(/<button type="submit">Continue to issuer\.example<\/button>/);
    expect(text).not.toMatch(/<script|onclick|tabindex/);
  });

  test("is not asked for a consent that is over or never was, nor for a made-up id", async () => {
    consents.describe.mockResolvedValue(undefined);
    expect((await browser().get(question)).status).toBe(404);
    consents.describe.mockClear();
    for (const query of ["", "?session=", "?session=a&session=b", "?session=../x", `?session=${"a".repeat(129)}`]) {
      expect((await browser().get(`/oauth/consent${query}`)).status).toBe(404);
    }
    expect(consents.describe).not.toHaveBeenCalled();
  });

  test("is not asked where nobody could find out who answers", async () => {
    consents.describe.mockResolvedValue({ ...description, returnUrl: undefined });
    const { status, text } = await browser().get(question);
    expect(status).toBe(409);
    expect(text).toContain("oauthClient");
    expect(text).not.toContain("<form");
  });
});

describe("the way to the issuer", () => {
  test("is taken once the button was pressed, by a page that leads on without a script", async () => {
    const visitor = browser();
    const { status, text, headers } = await visitor.press((await visitor.get(question)).text);
    expect(status).toBe(200);
    expect(consents.begin).toHaveBeenCalledExactlyOnceWith("urn:gatehouse:session:s1");
    expect(text).toContain(
      '<meta http-equiv="refresh" content="0; url=https://issuer.example/authorize?state=st&amp;client_id=c&amp;code_challenge=x">',
    );
    expect(headers.get("set-cookie")).toMatch(
      /^__Host-gatehouse-answer-.*; Path=\/; .*HttpOnly; SameSite=Lax; Secure$/,
    );
  });

  test.each([
    ["a page of another site", { headers: { origin: "https://evil.example", "sec-fetch-site": "cross-site" } }],
    ["another host of the same site", { headers: { "sec-fetch-site": "same-site" } }],
    ["a page that hides where it is", { headers: { origin: "null" } }],
    ["no page at all", { headers: { origin: "" } }],
    ["a form without the ticket", { form: { ticket: "" } }],
    ["a form with a made-up ticket", { form: { ticket: "AAAA" } }],
    ["a form for another consent", { form: { session: "s2" } }],
    ["a body that no form has", { headers: { "content-type": "text/plain" } }],
  ])("T20 is not taken from %s", async (_case, change) => {
    const visitor = browser();
    const { status } = await visitor.press((await visitor.get(question)).text, change);
    expect(status).toBe(403);
    expect(consents.begin).not.toHaveBeenCalled();
  });

  test("T20 is not taken with the ticket of another browser", async () => {
    const victim = browser();
    await victim.get(question);
    const attacker = browser();
    const { text } = await attacker.get(question);
    expect((await victim.press(text)).status).toBe(403);
    expect(consents.begin).not.toHaveBeenCalled();
  });

  test("is not taken from a page that is too old", async () => {
    const visitor = browser();
    const { text } = await visitor.get(question);
    time += 600_000;
    expect((await visitor.press(text)).status).toBe(403);
  });

  test.each([
    "javascript:alert(1)",
    "http://issuer.example/authorize?state=st",
    "https://10.0.0.1/?state=st",
    "nonsense",
  ])("T20 never leads to %s", async (address) => {
    consents.begin.mockResolvedValue(address);
    const visitor = browser();
    const { status, text } = await visitor.press((await visitor.get(question)).text);
    expect(status).toBe(500);
    expect(text).not.toContain(address);
  });

  test("is taken once", async () => {
    consents.begin.mockRejectedValue(new GatehouseError("validation", "it was begun"));
    const visitor = browser();
    expect((await visitor.press((await visitor.get(question)).text)).status).toBe(400);
  });
});

describe("the issuer's answer", () => {
  async function begun() {
    const visitor = browser();
    await visitor.press((await visitor.get(question)).text);
    return visitor;
  }

  test("takes the browser to the application", async () => {
    const visitor = await begun();
    const { status, headers } = await visitor.get(answer);
    expect(status).toBe(303);
    const location = new URL(headers.get("location") ?? "");
    expect(`${location.origin}${location.pathname}`).toBe("https://app.example/consented");
    // AgentCore's form of a session URI, but for its name, so that applications and their clients take it.
    expect(location.searchParams.get("session_id")).toMatch(/^urn:gatehouse:session:s1\.[a-zA-Z0-9-._~]+$/);
    expect(consents.callback).toHaveBeenCalledExactlyOnceWith("cb1", new URLSearchParams({ state: "st", code: "abc" }));
  });

  test("T20 is taken from the browser that was sent there, and from no other (state fixation)", async () => {
    await begun();
    expect((await browser().get(answer)).status).toBe(403);
    const other = await begun();
    for (const target of [
      "/oauth/callback/cb1?state=other&code=abc",
      "/oauth/callback/cb1?code=abc",
      `${answer}&state=st`,
    ]) {
      expect((await other.get(target)).status).toBe(403);
    }
    expect(consents.callback).not.toHaveBeenCalled();
  });

  test("T20 with a cookie that stands there twice is refused", async () => {
    const visitor = await begun();
    const [name = "", value = ""] = [...visitor.jar].find(([cookie]) => cookie.includes("answer")) ?? [];
    const { status } = await visitor.send("GET", answer, { headers: { cookie: `${name}=x; ${name}=${value}` } });
    expect(status).toBe(403);
  });

  test.each(["javascript:alert(1)", "data:text/html,x", "http://app.example/", "https://user@app.example/", "//app"])(
    "T20 never leads to %s",
    async (address) => {
      consents.callback.mockResolvedValue(address);
      const { status, headers } = await (await begun()).get(answer);
      expect(status).toBe(500);
      expect(headers.get("location")).toBeNull();
    },
  );

  test("that was not asked for, or refuses, is told without what it says", async () => {
    const visitor = await begun();
    consents.callback.mockRejectedValueOnce(new GatehouseError("validation", "call +1 555"));
    const unasked = await visitor.get(answer);
    expect(unasked.status).toBe(400);
    expect(unasked.text).not.toContain("+1 555");
    consents.callback.mockRejectedValueOnce(new CredentialError("secret-detail", { oauthError: "access_denied" }));
    const refused = await visitor.get(answer);
    expect(refused.status).toBe(403);
    expect(refused.text).not.toContain("secret-detail");
    consents.callback.mockRejectedValueOnce(new CredentialError("secret-detail", { oauthError: "invalid_client" }));
    expect((await visitor.get(answer)).status).toBe(502);
    consents.callback.mockRejectedValueOnce(new Error("secret-detail"));
    const failed = await visitor.get(answer);
    expect(failed.status).toBe(500);
    expect(failed.text).not.toContain("secret-detail");
    expect(failed.text).toContain("request-1");
    // T18: what administrators are told has neither the code nor the state in it.
    expect(failures).toHaveLength(4);
    expect(failures.join()).not.toMatch(/abc|state=|\bst\b/);
  });
});

describe("the end of a consent that a gateway asked for", () => {
  test("T20 is reached only from the issuer's answer, in the same browser", async () => {
    expect((await browser().get("/oauth/complete?session=s1")).status).toBe(403);
    expect((await browser().get("/oauth/complete/callback?state=st&code=abc")).status).toBe(403);
    expect(consents.complete).not.toHaveBeenCalled();
  });
});

test("cookies on http are plain ones, because browsers take no others there", async () => {
  const { headers } = await browser("http://127.0.0.1:4000").get(question);
  expect(headers.get("set-cookie")).toMatch(
    /^gatehouse-form-[\w-]{22}=[\w-]{43}; Path=\/; Max-Age=900; HttpOnly; SameSite=Strict$/,
  );
});

test("other addresses and other methods are left alone or refused", async () => {
  expect((await browser().get("/oauth/facade/callback")).status).toBe(0);
  expect((await browser().get("/oauth/callback")).status).toBe(0);
  expect((await browser().send("PUT", "/oauth/consent?session=s1")).status).toBe(405);
  expect((await browser().send("POST", answer)).status).toBe(405);
});
