import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { ConsentScene } from "../support/consentScene.ts";
import { Browser, type Page } from "../support/cookieBrowser.ts";
import type { SignInVenue } from "../support/facade.ts";
import { captureOutput } from "../support/output.ts";

/** What Gatehouse has answered, whoever has asked. */
interface Answer {
  readonly address: URL;
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly cookies: readonly string[];
}

const output = captureOutput();
const answers: Answer[] = [];
let data: string;
let scene: ConsentScene;
let venue: SignInVenue;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "gatehouse-browser-secrets-"));
  const { startGatehouse } = await import("../support/gatehouse.ts");
  const { startConsentScene } = await import("../support/consentScene.ts");
  const { openSignInVenue } = await import("../support/facade.ts");
  const gatehouse = await startGatehouse({ data });
  scene = await startConsentScene(gatehouse);
  venue = await openSignInVenue(gatehouse);
  const { fetch } = globalThis;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const response = await fetch(input, init);
    const address = new URL(input instanceof Request ? input.url : input);
    if (address.origin === gatehouse.url) {
      const { status, headers } = response;
      const text = await response.clone().text();
      answers.push({ address, status, type: headers.get("content-type") ?? "", text, cookies: headers.getSetCookie() });
    }
    return response;
  });
});
afterAll(async () => {
  vi.restoreAllMocks();
  await venue?.issuer.stop();
  await scene?.[Symbol.asyncDispose]();
  output.release();
  await rm(data, { recursive: true, force: true });
});

/** Everything that Gatehouse has stored, the events that were on the bus among it, by file. */
async function stored(): Promise<Map<string, string>> {
  const entries = await readdir(data, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !/^(master-key|issuer-key\.json)$/.test(entry.name));
  const paths = files.map(({ parentPath, name }) => join(parentPath, name));
  return new Map(await Promise.all(paths.map(async (path) => [path, await readFile(path, "latin1")] as const)));
}

/** Looks for secrets wherever somebody reads who isn't to have them. @param kept what the tables have of it all. */
async function findings(
  kept: string,
  secrets: Readonly<Record<string, readonly (string | undefined | null)[]>>,
): Promise<string[]> {
  await venue.gatehouse.host.idle();
  const read = answers.filter(({ status, type }) => status >= 400 || type.startsWith("text/html"));
  const files = [...(await stored())];
  const sinks: (readonly [name: string, text: string])[] = [
    ["the log", output.text()],
    ...read.map(({ address, status, text }) => [`${status} of ${address.pathname}`, text] as const),
    ...files,
  ];
  // What is searched is really there: the sign-ins or consents themselves, sealed.
  expect(files.some(([, text]) => text.includes(kept))).toBe(true);
  const found: string[] = [];
  for (const [name, values] of Object.entries(secrets)) {
    expect(values, name).not.toEqual([]);
    for (const value of values) {
      // Shorter ones could be found by chance.
      expect(value?.length, name).toBeGreaterThan(15);
      for (const [sink, text] of sinks) if (text.includes(String(value))) found.push(`${name} is in ${sink}`);
    }
  }
  return found;
}

const parametersAt = (path: string, name: string) =>
  answers
    .filter(({ address }) => address.pathname.startsWith(path))
    .map(({ address }) => address.searchParams.get(name));

const cookieValues = () =>
  answers
    .flatMap(({ cookies }) => cookies)
    .map((line) => /^[^=]+=([^;]*)/.exec(line)?.[1] ?? "")
    .filter((value) => value !== "");

test("T18 of sign-ins at a facade, whatever becomes of them, no log, event, table, page or refusal has a secret", async () => {
  const { allow, application, browserOfUser, clientSecret, signIn } = await import("../support/facade.ts");
  const gateway = await venue.createGateway();
  const careless = await venue.createGateway({ resourceIndicator: "OMIT" });
  const given: (string | undefined)[] = [];
  const codes: string[] = [];
  const verifiers: string[] = [];

  async function signedIn(at = gateway, user = "alice") {
    const desk = application(venue.gatehouse, at);
    verifiers.push(desk.verifier);
    const { body } = await desk.register();
    const clientId = body.client_id ?? "";
    const browser = browserOfUser();
    const end = await signIn(browser, desk.authorizationUrl(clientId), user);
    const code = end.searchParams.get("code");
    if (code !== null) codes.push(code);
    return { ...desk, clientId, browser, code: code ?? "" };
  }

  // What goes well, and a code and a refresh token that come back.
  const good = await signedIn();
  const first = (await good.redeem(good.code, good.clientId)).body;
  const second = (await good.refresh(first.refresh_token ?? "", good.clientId)).body;
  given.push(first.access_token, first.refresh_token, second.access_token, second.refresh_token);
  expect((await good.redeem(good.code, good.clientId)).body.error).toBe("invalid_grant");
  expect((await good.refresh(second.refresh_token ?? "", good.clientId)).body.error).toBe("invalid_grant");

  // A callback that comes back, in its browser and in another.
  const callback = answers.findLast(({ address }) => address.pathname === "/oauth/facade/callback")?.address ?? "";
  for (const browser of [good.browser, browserOfUser()]) {
    expect(await browser.open(callback)).toMatchObject({ status: 400 });
  }

  // An issuer whose user or which itself refuses, that quotes what it was sent, and that gives a token for another API.
  await signedIn(gateway, "nobody");
  const refused = await signedIn();
  venue.issuer.answerWith(({ headers, parameters }) => {
    const quoted = `${headers.authorization} ${parameters}`;
    return Response.json({ error: "invalid_client", error_description: quoted }, { status: 401 });
  });
  expect((await refused.redeem(refused.code, refused.clientId)).status).toBe(500);
  venue.issuer.answerWith(undefined);
  const elsewhere = await signedIn(careless);
  expect((await elsewhere.redeem(elsewhere.code, elsewhere.clientId)).body.error).toBe("invalid_target");

  // Clients that get it wrong, and a form that is forged.
  const wrong = await signedIn();
  await wrong.redeem(wrong.code, wrong.clientId, { code_verifier: "w".repeat(43), client_secret: clientSecret });
  await wrong.redeem(wrong.code, wrong.clientId, { code_verifier: "w".repeat(43) });
  const forged = await browserOfUser().open(wrong.authorizationUrl(wrong.clientId));
  expect(await browserOfUser().submit(forged, { decision: "allow" })).toMatchObject({ status: 403 });
  await allow(wrong.browser, wrong.authorizationUrl(wrong.clientId));

  expect(output.text()).toContain("A client could not be signed in");
  expect(output.text()).toContain("invalid_client");
  const asked = venue.issuer.requests;
  const sent = (name: string) => asked.map(({ parameters }) => parameters.get(name)).filter((value) => value !== null);
  const secrets = {
    "a client's secret": [clientSecret, ...asked.map(({ headers }) => headers.authorization)],
    "a token": given,
    "an issuer's refresh token": sent("refresh_token"),
    "a code": codes,
    "an issuer's code": sent("code"),
    "a client's verifier": verifiers,
    "Gatehouse's verifier": sent("code_verifier"),
    "a cookie": cookieValues(),
  };
  expect(await findings("FACADE#", secrets)).toEqual([]);
}, 60_000);

test("T18 of consents, whatever becomes of them, no log, event, table, page or refusal has a secret", async () => {
  const { gateway, agent, issuer } = scene;
  const newBrowser = () => new Browser(({ origin }) => origin === new URL(scene.application.url).origin);
  const sessionIds: string[] = [];
  const tokens: string[] = [];

  /** Walks up to where the issuer sends the browser back. */
  async function consented(browser: Browser, of: string, user: string): Promise<Page | URL> {
    const question = await browser.open((await scene.ask(of, scene.user(user))).authorizationUrl);
    const login = await browser.submit(question, {});
    const consent = await browser.submit(login, { prompt: "login", login: `${user}@calendar`, password: "whatever" });
    return browser.submit(consent, { prompt: "consent" });
  }
  const lastCallback = () =>
    answers.findLast(({ address }) => address.pathname.startsWith("/oauth/callback/"))?.address ?? "";
  async function given(of: string, user: string): Promise<boolean> {
    const answer = await scene.token(of, scene.user(user));
    if ("accessToken" in answer) tokens.push(answer.accessToken);
    return "accessToken" in answer;
  }

  // An application completes one, and then once more; its answer comes back, in its browser and in another.
  const browser = newBrowser();
  const returned = await consented(browser, agent, "alice");
  if (!(returned instanceof URL)) throw new Error(`The consent ended at ${returned.url}: ${returned.text}`);
  const sessionId = returned.searchParams.get("session_id") ?? "";
  sessionIds.push(sessionId);
  await scene.complete(sessionId, "alice");
  await expect(scene.complete(sessionId, "alice")).rejects.toThrow("no such consent");
  await expect(scene.complete(`${sessionId}A`, "alice")).rejects.toThrow("session_id");
  expect(await given(agent, "alice")).toBe(true);
  expect(await browser.open(lastCallback())).toMatchObject({ status: 400 });
  expect(await newBrowser().open(lastCallback())).toMatchObject({ status: 403 });

  // Another user completes one.
  const mistaken = await consented(newBrowser(), agent, "bob");
  if (!(mistaken instanceof URL)) throw new Error(`The consent ended at ${mistaken.url}`);
  sessionIds.push(mistaken.searchParams.get("session_id") ?? "");
  await expect(scene.complete(sessionIds.at(-1) ?? "", "mallory")).rejects.toThrow("another user");

  // A gateway's own, at whose end the user logs in; and one that another logs in for.
  for (const who of ["carol", "mallory"]) {
    const visitor = newBrowser();
    visitor.isElsewhere = ({ pathname, searchParams }) =>
      pathname === "/idp/authorize" && !searchParams.has("login_hint");
    const login = await consented(visitor, gateway.id, who === "carol" ? who : "dave");
    if (!(login instanceof URL)) throw new Error(`Nobody was asked who they are at ${login.url}: ${login.text}`);
    login.searchParams.set("login_hint", who);
    expect(await visitor.open(login)).toMatchObject({ status: who === "carol" ? 200 : 400 });
  }
  expect(await given(gateway.id, "carol")).toBe(true);
  expect(await given(gateway.id, "dave")).toBe(false);

  // The issuer's user refuses, and an answer that is made up.
  const refusing = newBrowser();
  const question = await refusing.open((await scene.ask(gateway.id, scene.user("erin"))).authorizationUrl);
  const login = await refusing.submit(question, {});
  if (login instanceof URL) throw new Error("The issuer has asked nothing.");
  expect(await refusing.open(`${login.url}/abort`)).toMatchObject({ status: 403 });
  const madeUp = new URL(lastCallback());
  madeUp.searchParams.set("code", "a-code-that-somebody-has-made-up");
  await refusing.open(madeUp);

  expect(output.text()).toContain("A consent went no further");
  const secrets = {
    "the provider's client secret": [issuer.clientSecret],
    "a token": tokens,
    "an issuer's code": parametersAt("/oauth/c", "code").filter((code) => code !== null),
    "a session's ticket": sessionIds.map((id) => id.split(".")[1]),
    "a cookie": cookieValues(),
  };
  expect(await findings("SESSION#", secrets)).toEqual([]);
}, 60_000);
