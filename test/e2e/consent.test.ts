import { GetGatewayCommand, UpdateGatewayCommand } from "@aws-sdk/client-bedrock-agentcore-control";
import { sendOwn } from "@gatehouse/apply/ownCommand.ts";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { browserPath, startBrowser } from "../support/browser.ts";
import { type ConsentScene, consentAs, goOn, headingOf, signInAs, startConsentScene } from "../support/consentScene.ts";

describe.skipIf(browserPath === undefined)("a user consents in a browser", () => {
  let scene: ConsentScene;
  let browser: Browser;
  const contexts: BrowserContext[] = [];
  beforeAll(async () => {
    scene = await startConsentScene();
    browser = await startBrowser();
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
  });
  afterAll(async () => {
    await browser?.close();
    await scene?.[Symbol.asyncDispose]();
  });

  async function newPage(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext(options);
    contexts.push(context);
    // The issuer's own pages have fonts of somewhere else.
    await context.route(/^https:/, (route) => route.abort());
    return context.newPage();
  }

  /** Whose account somebody's agent then works with. */
  async function accountOf(agent: string, subject: string): Promise<string | undefined> {
    const answer = await scene.token(agent, scene.user(subject));
    return "accessToken" in answer ? scene.issuer.accountOf(answer.accessToken) : undefined;
  }

  test("of a gateway, without a script, and the gateway has the user's token at once", async () => {
    const page = await newPage({ javaScriptEnabled: false });
    const asked = await scene.ask(scene.gateway.id, scene.user("alice"));
    await goOn(page, asked);
    await consentAs(page, "alice@calendar");
    await headingOf(page, "Who are you?");
    await signInAs(page, "alice");
    await headingOf(page, "You have given access");
    expect(await accountOf(scene.gateway.id, "alice")).toBe("alice@calendar");
    expect(await accountOf(scene.gateway.id, "bob")).toBeUndefined();
    expect(await accountOf(scene.agent, "alice")).toBeUndefined();
  });

  test("of an application, which completes it with what the browser brings", async () => {
    const page = await newPage();
    const user = scene.user("carol");
    await goOn(page, await scene.ask(scene.agent, user));
    await consentAs(page, "carol@calendar");
    await headingOf(page, "Back again");
    expect(await accountOf(scene.agent, "carol")).toBeUndefined();
    await scene.complete(scene.returns.at(-1)?.searchParams.get("session_id") ?? "", "carol");
    expect(await accountOf(scene.agent, "carol")).toBe("carol@calendar");
  });

  test("of a gateway at whose issuer Gatehouse is a client with a secret, and where they are signed in already", async () => {
    const { gatehouse, issuer } = scene;
    const own = await gatehouse.createGateway();
    const authorizerConfiguration = {
      customJWTAuthorizer: {
        discoveryUrl: `${issuer.issuer}/.well-known/openid-configuration`,
        allowedClients: ["agent"],
      },
    };
    const { name, roleArn, protocolType } = await gatehouse.control.send(
      new GetGatewayCommand({ gatewayIdentifier: own.id }),
    );
    await gatehouse.control.send(
      new UpdateGatewayCommand({
        ...{ gatewayIdentifier: own.id, name, roleArn, protocolType },
        ...{ authorizerType: "CUSTOM_JWT", authorizerConfiguration },
      }),
    );
    const { clientId, clientSecret } = issuer;
    await sendOwn(gatehouse.control, "PutGatewaySettings", {
      gatewayIdentifier: own.id,
      oauthClient: { clientId, clientSecret, scopes: ["openid"] },
    });
    const user = { kind: "token", issuer: issuer.issuer, subject: "nora@calendar" } as const;
    const page = await newPage();
    await goOn(page, await scene.ask(own.id, user));
    await consentAs(page, "nora@calendar");
    await headingOf(page, "You have given access");
    const answer = await scene.token(own.id, user);
    expect("accessToken" in answer && (await issuer.accountOf(answer.accessToken))).toBe("nora@calendar");
  });

  test("with nothing but a keyboard", async () => {
    const page = await newPage();
    await page.goto((await scene.ask(scene.gateway.id, scene.user("dora"))).authorizationUrl);
    await page.keyboard.press("Tab");
    const focused = page.locator(":focus");
    expect(await focused.evaluate((element) => [element.tagName, element.textContent])).toEqual([
      "BUTTON",
      expect.stringMatching(/^Continue to localhost:\d+$/),
    ]);
    expect(await focused.evaluate(outlineOf)).toBe("solid");
    await page.keyboard.press("Enter");
    await consentAs(page, "dora@calendar");
    await headingOf(page, "Who are you?");
    for (let presses = 0; presses < 10; presses++) {
      await page.keyboard.press("Tab");
      if (await page.evaluate("document.activeElement?.id === 'name'")) break;
    }
    await page.keyboard.type("dora");
    await page.keyboard.press("Enter");
    await headingOf(page, "You have given access");
    expect(await accountOf(scene.gateway.id, "dora")).toBe("dora@calendar");
  });

  test.each(["light", "dark"] as const)("on pages that can be read, in %s", async (colorScheme) => {
    const page = await newPage({ colorScheme, viewport: { width: 320, height: 640 } });
    await page.goto((await scene.ask(scene.gateway.id, scene.user("erin"))).authorizationUrl);
    expect(await page.locator("html").getAttribute("lang")).toBe("en");
    expect(await page.title()).not.toBe("");
    expect(await page.getByRole("heading", { level: 1 }).count()).toBe(1);
    expect(await page.getByRole("main").count()).toBe(1);
    // WCAG 2.2, success criteria 1.4.10 (reflow) and 1.4.3 (contrast).
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(320);
    for (const element of await page.locator("h1, p, dt, dd, button").all()) {
      const canvas = colorScheme === "dark" ? "rgb(18, 18, 18)" : "rgb(255, 255, 255)";
      expect(contrastOf(await element.evaluate(colorsOf), canvas)).toBeGreaterThanOrEqual(4.5);
    }
    await goOn(page, { authorizationUrl: page.url() });
  });

  test("but not where the issuer is told no", async () => {
    const page = await newPage();
    await goOn(page, await scene.ask(scene.gateway.id, scene.user("fred")));
    await page.getByRole("link", { name: "Cancel" }).click();
    await headingOf(page, "There is nothing to complete");
    expect(await accountOf(scene.gateway.id, "fred")).toBeUndefined();
  });
});

/** What the functions below use of a page. The types of tests are Node.js's, so that it takes a cast to get there. */
interface InPage {
  getComputedStyle(element: object): { readonly color: string; readonly backgroundColor: string; outlineStyle: string };
}

/** Runs in the page: an element's color, and the background colors of it and of what it is in. */
function colorsOf(element: object): string[] {
  const { getComputedStyle } = globalThis as unknown as InPage;
  const colors = [getComputedStyle(element).color];
  for (
    let at: object | null = element;
    at !== null;
    at = (at as { readonly parentElement: object | null }).parentElement
  ) {
    colors.push(getComputedStyle(at).backgroundColor);
  }
  return colors;
}

/** Runs in the page. */
function outlineOf(element: object): string {
  return (globalThis as unknown as InPage).getComputedStyle(element).outlineStyle;
}

/** The contrast between a text and what is behind it (WCAG 2.2, "contrast ratio"). */
function contrastOf([color = "", ...behind]: readonly string[], canvas: string): number {
  const background = behind.find((each) => channelsOf(each)[3] !== 0) ?? canvas;
  const [one, other] = [luminanceOf(color), luminanceOf(background)];
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

function luminanceOf(color: string): number {
  const [red = 0, green = 0, blue = 0] = channelsOf(color).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function channelsOf(color: string): number[] {
  return (color.match(/[\d.]+/g) ?? []).map(Number);
}
