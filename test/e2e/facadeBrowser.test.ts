import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Client, type OAuthClientProvider, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { decodeJwt } from "jose";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSignInVenue, type SignInVenue } from "../support/facade.ts";

const executablePath = process.env.GATEHOUSE_TEST_BROWSER ?? "/usr/bin/chromium";
const isThere = existsSync(executablePath);
if (!isThere) console.warn(`Signing in is not tested in a browser: there is none at ${executablePath}.`);

describe.skipIf(!isThere)("in a browser", () => {
  let venue: SignInVenue;
  let browser: Browser;
  let application: Server;
  /** What the application's own address was asked for. */
  const called: URL[] = [];
  beforeAll(async () => {
    venue = await openSignInVenue();
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    application = createServer((request, response) => {
      const url = new URL(request.url ?? "/", "http://127.0.0.1");
      if (url.pathname === "/callback") called.push(url);
      response.writeHead(200, { "content-type": "text/html" }).end("<title>Back</title>You can close this window.");
    }).listen(0, "127.0.0.1");
    await once(application, "listening");
  });
  afterAll(async () => {
    await browser?.close();
    application?.closeAllConnections();
    application?.close();
    await venue?.[Symbol.asyncDispose]();
  });

  test("a user of a desktop application consents by keyboard, signs in at the issuer, and the application calls tools", async () => {
    const gateway = await venue.createGateway();
    const redirectUrl = `http://127.0.0.1:${(application.address() as AddressInfo).port}/callback`;
    const kept: { client?: object; tokens?: object; verifier?: string; address?: URL } = {};
    const provider: OAuthClientProvider = {
      redirectUrl,
      clientMetadata: { redirect_uris: [redirectUrl], client_name: "Desk" },
      clientInformation: () => kept.client as ReturnType<OAuthClientProvider["clientInformation"]>,
      saveClientInformation: (client) => {
        kept.client = client;
      },
      tokens: () => kept.tokens as ReturnType<OAuthClientProvider["tokens"]>,
      saveTokens: (tokens) => {
        kept.tokens = tokens;
      },
      redirectToAuthorization: (address) => {
        kept.address = address;
      },
      saveCodeVerifier: (verifier) => {
        kept.verifier = verifier;
      },
      codeVerifier: () => kept.verifier ?? "",
    };
    const connect = (authProvider: OAuthClientProvider) =>
      new StreamableHTTPClientTransport(new URL(gateway.url), { authProvider });
    const first = connect(provider);
    await expect(new Client({ name: "desk", version: "1.0.0" }).connect(first)).rejects.toThrow();

    await using context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (/policy|refused|blocked/i.test(message.text())) complaints.push(message.text());
    });
    await page.goto(String(kept.address));
    expect(await page.title()).toBe("Sign in for “Desk”? - Gatehouse");
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Sign in for “Desk”?");
    expect(await page.locator("html").getAttribute("lang")).toBe("en");
    expect(await page.getByRole("main").textContent()).toContain("(this computer)");
    // The first that the keyboard reaches is the harmless one.
    await page.keyboard.press("Tab");
    expect(await page.locator(":focus").textContent()).toBe("Cancel");
    await page.keyboard.press("Tab");
    expect(await page.locator(":focus").textContent()).toBe("Allow and sign in");
    await page.keyboard.press("Enter");
    await page.getByLabel("Name").fill("alice");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.waitForURL(`${redirectUrl}?**`);
    expect(complaints).toEqual([]);

    await first.finishAuth(called.at(-1)?.searchParams ?? new URLSearchParams());
    const client = new Client({ name: "desk", version: "1.0.0" });
    await client.connect(connect(provider));
    expect(await client.listTools()).toMatchObject({ tools: [] });
    await client.close();
    const { access_token } = kept.tokens as { access_token: string };
    expect(decodeJwt(access_token)).toMatchObject({ sub: "alice", aud: gateway.url });

    // The issuer knows the user now and asks nothing: Gatehouse asks again all the same, and nothing else stops the browser.
    const before = called.length;
    await page.goto(String(kept.address));
    expect(await page.title()).toBe("Sign in for “Desk”? - Gatehouse");
    expect(called.length).toBe(before);
    await page.getByRole("button", { name: "Allow and sign in" }).click();
    await page.waitForURL(`${redirectUrl}?**`);
    expect(called.at(-1)?.searchParams.has("code")).toBe(true);
    expect(complaints).toEqual([]);
  });

  test("T20 another site can neither frame the page nor send its form", async () => {
    const gateway = await venue.createGateway();
    const facade = `${venue.gatehouse.url}/oauth/facade/${gateway.id}`;
    const redirectUri = "https://desk.example/callback";
    const registered = await fetch(`${facade}/register`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ redirect_uris: [redirectUri] }),
    });
    const { client_id } = (await registered.json()) as { client_id: string };
    const challenge = { code_challenge: "c".repeat(43), code_challenge_method: "S256" };
    const query = { response_type: "code", client_id, redirect_uri: redirectUri, ...challenge };
    const address = `${facade}/authorize?${new URLSearchParams(query)}`;
    const [, ticket = ""] = /name="ticket" value="([^"]+)"/.exec(await (await fetch(address)).text()) ?? [];

    // Of another site, because another host: cookies don't tell ports apart.
    const evil = createServer((request, response) => {
      const form = `<form method="post" action="${facade}/authorize"><input name="ticket" value="${ticket}">
        <input name="decision" value="allow"><button>Win a prize</button></form>`;
      const frame = `<iframe src="${address}"></iframe>`;
      response.writeHead(200, { "content-type": "text/html" }).end(request.url === "/frame" ? frame : form);
    }).listen(0, "127.0.0.1");
    await once(evil, "listening");
    const site = `http://localhost:${(evil.address() as AddressInfo).port}`;
    await using context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(address);
    expect(await page.title()).toContain("Sign in for");

    const blocked = page.waitForEvent("console", (message) => /frame/i.test(message.text()));
    await page.goto(`${site}/frame`);
    expect((await blocked).text()).toMatch(/frame-ancestors|X-Frame-Options/i);

    await page.goto(`${site}/form`);
    const [response] = await Promise.all([
      page.waitForResponse((answer) => answer.url() === `${facade}/authorize`),
      page.getByRole("button").click(),
    ]);
    expect(response.status()).toBe(403);
    evil.closeAllConnections();
    evil.close();
  });
});
