import type { APIResponse, Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { browserPath, startBrowser } from "../support/browser.ts";
import {
  type Asked,
  type ConsentScene,
  consentAs,
  goOn,
  headingOf,
  logInAs,
  signInAs,
  startConsentScene,
} from "../support/consentScene.ts";
import { serveWeb, type WebServer } from "../support/webServer.ts";

describe.skipIf(browserPath === undefined)("somebody who wants to get at a user's account", () => {
  let scene: ConsentScene;
  let browser: Browser;
  let evil: WebServer;
  let evilPage = "";
  const contexts: BrowserContext[] = [];
  beforeAll(async () => {
    scene = await startConsentScene();
    browser = await startBrowser();
    evil = await serveWeb(async () => new Response(evilPage, { headers: { "content-type": "text/html" } }));
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
  });
  afterAll(async () => {
    await browser?.close();
    await evil?.stop();
    await scene?.[Symbol.asyncDispose]();
  });

  /** A browser of somebody's own: it shares no cookie with another. */
  async function browserOf(): Promise<Page> {
    const context = await browser.newContext();
    contexts.push(context);
    await context.route(/^https:/, (route) => route.abort());
    return context.newPage();
  }

  async function hasToken(agent: string, subject: string): Promise<boolean> {
    return "accessToken" in (await scene.token(agent, scene.user(subject)));
  }

  /** The issuer's answer to somebody's consent, before it has reached Gatehouse. */
  async function answerOf(page: Page, asked: Asked, account: string): Promise<string> {
    await goOn(page, asked);
    await logInAs(page, account);
    const { request } = page.context();
    let { headers } = await step(request.post(page.url(), { form: { prompt: "consent" }, maxRedirects: 0 }));
    while (!headers.location?.includes("/oauth/callback/")) {
      ({ headers } = await step(request.get(headers.location ?? "", { maxRedirects: 0 })));
    }
    return headers.location;
  }

  test("T20 gets nothing by having them consent for the attacker, at Gatehouse's own page", async () => {
    const asked = await scene.ask(scene.gateway.id, scene.user("mallory"));
    const victim = await browserOf();
    await goOn(victim, asked);
    await consentAs(victim, "victim@calendar");
    await headingOf(victim, "Who are you?");
    // The attacker knows the consent's id, and would log in as themselves.
    const attacker = await browserOf();
    await attacker.goto(`${scene.gatehouse.url}/oauth/complete?session=${asked.session}`);
    await headingOf(attacker, "This did not begin in this browser");
    expect(await hasToken(scene.gateway.id, "mallory")).toBe(false);
    await signInAs(victim, "victim");
    await headingOf(victim, "This consent is not yours to complete");
    expect(await hasToken(scene.gateway.id, "mallory")).toBe(false);
    expect(await hasToken(scene.gateway.id, "victim")).toBe(false);
  });

  test("T20 gets nothing by carrying the address of a login over to another browser", async () => {
    const asked = await scene.ask(scene.gateway.id, scene.user("mallory"));
    const victim = await browserOf();
    await goOn(victim, asked);
    await consentAs(victim, "victim@calendar");
    await headingOf(victim, "Who are you?");
    const login = victim.url();
    const attacker = await browserOf();
    await attacker.goto(login);
    await signInAs(attacker, "mallory");
    await headingOf(attacker, "This did not begin in this browser");
    expect(await hasToken(scene.gateway.id, "mallory")).toBe(false);
  });

  test("T20 gets nothing at an application by being there before the one who has consented", async () => {
    const asked = await scene.ask(scene.agent, scene.user("mallory"));
    const victim = await browserOf();
    await goOn(victim, asked);
    await consentAs(victim, "victim@calendar");
    await headingOf(victim, "Back again");
    // The application is asked with what the attacker knows from the agent, in the attacker's own name.
    await expect(scene.complete(asked.sessionUri, "mallory")).rejects.toThrow("session_id");
    // And with what the victim's browser brings, in the victim's.
    const brought = scene.returns.at(-1)?.searchParams.get("session_id") ?? "";
    await expect(scene.complete(brought, "victim")).rejects.toThrow("another user");
    await expect(scene.complete(brought, "mallory")).rejects.toThrow("is over");
    expect(await hasToken(scene.agent, "mallory")).toBe(false);
  });

  test("T20 can't have them use the attacker's account (state fixation)", async () => {
    const victimAsked = await scene.ask(scene.gateway.id, scene.user("victim"));
    const attacker = await browserOf();
    const answer = await answerOf(attacker, victimAsked, "mallory@calendar");
    const victim = await browserOf();
    await victim.goto(answer);
    await headingOf(victim, "This did not begin in this browser");
    expect(await hasToken(scene.gateway.id, "victim")).toBe(false);
  });

  test("T20 can't use an answer a second time, nor one with another state", async () => {
    const page = await browserOf();
    const answer = await answerOf(page, await scene.ask(scene.gateway.id, scene.user("gina")), "gina@calendar");
    const changed = new URL(answer);
    changed.searchParams.set("state", `${changed.searchParams.get("state")}x`);
    await page.goto(changed.href);
    await headingOf(page, "This did not begin in this browser");
    await page.goto(answer);
    await headingOf(page, "Who are you?");
    await page.goto(answer);
    await headingOf(page, "This answer was not asked for");
  });

  test("T20 can't have an answer of one provider's issuer taken for another's", async () => {
    const page = await browserOf();
    const answer = await answerOf(page, await scene.ask(scene.gateway.id, scene.user("hugo")), "hugo@calendar");
    const changed = new URL(answer);
    changed.searchParams.set("iss", "https://other.example");
    await page.goto(changed.href);
    await headingOf(page, "The issuer gave no access");
    expect(await hasToken(scene.gateway.id, "hugo")).toBe(false);
  });

  test("T20 can't skip the question by a form of their own page (CSRF)", async () => {
    const asked = await scene.ask(scene.gateway.id, scene.user("ines"));
    const victim = await browserOf();
    // The victim's browser has the cookie of the page, and the attacker a ticket of theirs.
    await victim.goto(asked.authorizationUrl);
    const attacker = await browserOf();
    await attacker.goto(asked.authorizationUrl);
    const ticket = await attacker.locator('input[name="ticket"]').inputValue();
    evilPage = `<form method="post" action="${scene.gatehouse.url}/oauth/consent"><input name="session" value="${asked.session}">
      <input name="ticket" value="${ticket}"><button>A prize</button></form>`;
    // On this machine, "localhost" and "127.0.0.1" are sites of their own; ports are not.
    for (const site of [evil.url, evil.url.replace("127.0.0.1", "localhost")]) {
      await victim.goto(site);
      const answered = victim.waitForResponse(/\/oauth\/consent$/);
      await victim.getByRole("button", { name: "A prize" }).click();
      expect((await answered).status()).toBe(403);
    }
    // It was not begun: the victim still can.
    await goOn(victim, asked);
  });

  test("T20 can't have the page in a frame", async () => {
    const asked = await scene.ask(scene.gateway.id, scene.user("jana"));
    evilPage = `<h1>A game</h1><iframe src="${asked.authorizationUrl}"></iframe>`;
    for (const site of [evil.url, evil.url.replace("127.0.0.1", "localhost")]) {
      const victim = await browserOf();
      const refused = victim.waitForEvent("console", (message) => message.text().includes("frame-ancestors 'none'"));
      await victim.goto(site);
      await refused;
      expect(await victim.frameLocator("iframe").getByRole("button").count()).toBe(0);
    }
  });

  test("T20 can't have browsers sent to an address of their own", async () => {
    const user = scene.user("kim");
    for (const returnUrl of [
      "https://evil.example/",
      "javascript:alert(1)",
      `${scene.application.url}/consented/`,
      `${scene.application.url}/consented?next=x`,
      `${scene.application.url}/consented#x`,
      `${scene.application.url.replace("127.0.0.1", "localhost")}/consented`,
    ]) {
      await expect(scene.token(scene.agent, user, { returnUrl })).rejects.toMatchObject({
        name: "ValidationException",
      });
    }
  });

  test("T05 a consent of one agent is of no use to another, or to the same agent for another user", async () => {
    const { sessionUri } = await scene.ask(scene.gateway.id, scene.user("lena"));
    const request = { sessionUri };
    await expect(scene.token(scene.agent, scene.user("lena"), request)).rejects.toThrow("no such consent");
    await expect(scene.token(scene.gateway.id, scene.user("mallory"), request)).rejects.toThrow("no such consent");
  });
});

async function step(answer: Promise<APIResponse>): Promise<{ headers: Record<string, string> }> {
  const response = await answer;
  expect(response.status()).toBe(303);
  return { headers: response.headers() };
}
