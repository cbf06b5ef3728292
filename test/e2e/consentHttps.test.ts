import { describe, expect, onTestFinished, test } from "vitest";
import { browserPath, cookiesOf, cookiesSetBy, hostOnly, startBrowser } from "../support/browser.ts";
import { consentAs, goOn, headingOf, signInAs, startConsentScene } from "../support/consentScene.ts";
import { startHttpsGatehouse } from "../support/httpsGatehouse.ts";

describe.skipIf(browserPath === undefined)("a consent at a Gatehouse with https", () => {
  test("T20 goes from step to step by cookies that only this very host can set", async () => {
    await using scene = await startConsentScene(await startHttpsGatehouse());
    const { url } = scene.gatehouse;
    const browser = await startBrowser();
    onTestFinished(() => browser.close());
    await using context = await browser.newContext({ ignoreHTTPSErrors: true, javaScriptEnabled: false });
    // The issuer's own pages have fonts of somewhere else.
    await context.route(/^https:/, (route) =>
      route.request().url().startsWith(url) ? route.continue() : route.abort(),
    );
    const page = await context.newPage();
    const set = cookiesSetBy(page, url);

    await goOn(page, await scene.ask(scene.gateway.id, scene.user("alice")));
    const nameOf = (purpose: string) => expect.stringMatching(`^__Host-gatehouse-${purpose}-[\\w-]{22}$`);
    expect(await cookiesOf(page, url)).toEqual([
      { name: nameOf("form"), sameSite: "Strict", ...hostOnly },
      { name: nameOf("answer"), sameSite: "Lax", ...hostOnly },
    ]);
    await consentAs(page, "alice@calendar");
    await headingOf(page, "Who are you?");
    await signInAs(page, "alice");
    await headingOf(page, "You have given access");
    expect(await cookiesOf(page, url)).toEqual([
      { name: nameOf("form"), sameSite: "Strict", ...hostOnly },
      ...["answer", "completion", "login"].map((purpose) => ({ name: nameOf(purpose), sameSite: "Lax", ...hostOnly })),
    ]);
    expect(set.map((line) => line.replace(/-[\w-]{22}=[^;]+;/, ";"))).toEqual([
      "__Host-gatehouse-form; Path=/; Max-Age=900; HttpOnly; SameSite=Strict; Secure",
      ...["answer", "completion", "login"].map(
        (purpose) => `__Host-gatehouse-${purpose}; Path=/; Max-Age=900; HttpOnly; SameSite=Lax; Secure`,
      ),
    ]);
    const answer = await scene.token(scene.gateway.id, scene.user("alice"));
    expect("accessToken" in answer && (await scene.issuer.accountOf(answer.accessToken))).toBe("alice@calendar");
  }, 60_000);
});
