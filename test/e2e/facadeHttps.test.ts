import { decodeJwt } from "jose";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { browserPath, cookiesOf, cookiesSetBy, hostOnly, startBrowser } from "../support/browser.ts";
import { application, openSignInVenue, type SignInVenue } from "../support/facade.ts";
import { startHttpsGatehouse } from "../support/httpsGatehouse.ts";
import { serveWeb, type WebServer } from "../support/webServer.ts";

describe.skipIf(browserPath === undefined)("a browser at a Gatehouse with https", () => {
  let venue: SignInVenue;
  let browser: Browser;
  let desktop: WebServer;
  beforeAll(async () => {
    venue = await openSignInVenue(await startHttpsGatehouse());
    desktop = await serveWeb(
      async () => new Response("<title>Back</title>", { headers: { "content-type": "text/html" } }),
    );
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await desktop?.stop();
    await venue?.[Symbol.asyncDispose]();
  });

  test("T20 signs in with cookies that only this very host can set, by https, and no script can read", async () => {
    const gateway = await venue.createGateway();
    const { url, host } = venue.gatehouse;
    const redirectUri = `${desktop.url}/callback`;
    // The application itself trusts no certificate of this test's.
    const desk = application({ ...venue.gatehouse, url: host.url }, gateway);
    const { body } = await desk.register({ redirect_uris: [redirectUri], client_name: "Desk" });
    const clientId = body.client_id ?? "";
    const address = desk.authorizationUrl(clientId, { redirect_uri: redirectUri }).replace(host.url, url);

    await using context = await browser.newContext({ ignoreHTTPSErrors: true });
    const page = await context.newPage();
    const set = cookiesSetBy(page, url);
    await page.goto(address);
    expect(await cookiesOf(page, url)).toEqual([
      { name: expect.stringMatching(/^__Host-gatehouse-client-form-[\w-]{22}$/), sameSite: "Strict", ...hostOnly },
    ]);
    await page.getByRole("button", { name: "Allow and sign in" }).click();
    await page.getByLabel("Name").fill("alice");
    const signingIn = {
      name: expect.stringMatching(/^__Host-gatehouse-sign-in-[\w-]{22}$/),
      sameSite: "Lax",
      ...hostOnly,
    };
    expect(await cookiesOf(page, url)).toContainEqual(signingIn);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.waitForURL(`${redirectUri}?**`);
    expect(await cookiesOf(page, url)).not.toContainEqual(signingIn);

    expect(set).toHaveLength(3);
    for (const line of set) {
      expect(line).toMatch(/^__Host-[\w-]+=[\w-]*; Path=\/; Max-Age=\d+; HttpOnly; SameSite=(Strict|Lax); Secure$/);
    }
    const answer = new URL(page.url()).searchParams;
    expect(answer.get("iss")).toBe(`${url}/oauth/facade/${gateway.id}`);
    const redeemed = await desk.redeem(answer.get("code") ?? "", clientId, { redirect_uri: redirectUri });
    expect(decodeJwt(redeemed.body.access_token ?? "")).toMatchObject({ sub: "alice", aud: gateway.url });
    expect(gateway.url.startsWith(url)).toBe(true);
  });
});
