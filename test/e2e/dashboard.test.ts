import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { browserPath, startBrowser } from "../support/browser.ts";
import { now, occurrences, serveDashboard } from "../support/dashboardScene.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { connectClient } from "../support/mcp.ts";
import { startUpstream } from "../support/upstream.ts";

test("what agents have called is on the page of a running Gatehouse", async () => {
  await using gatehouse = await startGatehouse();
  const upstream = await startUpstream();
  const gateway = await gatehouse.createGateway();
  await gatehouse.addTarget(gateway, "Up", { mcpServer: { endpoint: upstream.endpoint } });
  await gatehouse.attach(gateway, "ENFORCE", {
    small_transfers: `permit(principal, action == AgentCore::Action::"Up___transfer", resource == AgentCore::Gateway::"{gateway}") when { context.input.amount <= 100 };`,
  });
  const client = await connectClient(gateway.url, await gatehouse.token(gateway, "alice"));
  // Without having seen the tools a client leaves out headers, is refused, and tries again.
  await client.listTools();
  for (const amount of [1, 2, 101]) await client.callTool({ name: "Up___transfer", arguments: { amount } });
  await gatehouse.decisions(gateway);

  const read = async (query: string) => {
    const page = await (await fetch(`${gatehouse.url}/dashboard${query}`)).text();
    return page.replaceAll(/<style>.*?<\/style>/gs, "").replaceAll(/<[^>]*>/g, "");
  };
  const page = await read("");
  expect(page).toContain("33.3 % denied of 3 calls");
  expect(page).toContain(gateway.id);
  expect(page).toMatch(/Most denied principals.*alice/s);
  expect(await read("?gateway=another")).toContain("No calls were decided in this time.");
  const rebound = await fetch(`${gatehouse.url}/dashboard`, { headers: { origin: "https://evil.example" } });
  expect(rebound.status).toBe(403);
  await client.close();
  await upstream.stop();
});

describe.skipIf(browserPath === undefined)("in a browser", () => {
  const happened = occurrences(2);
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser?.close());

  /** Opens the dashboard, and notices whatever the browser holds against it. */
  async function open(options: Parameters<Browser["newPage"]>[0] = {}) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, ...options });
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("dialog", (dialog) => {
      complaints.push(`A dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("request", (request) => requests.push(new URL(request.url()).pathname));
    return { page, complaints, requests };
  }
  const widthOf = (page: Page) => page.evaluate<[number, number]>("[document.body.scrollWidth, innerWidth]");

  test.each(["light", "dark"] as const)(
    "it is shown in %s, and the browser has nothing against it",
    async (colorScheme) => {
      await using dashboard = await serveDashboard(happened);
      const { page, complaints, requests } = await open({ colorScheme });
      await page.goto(`${dashboard.url}?range=3h`);
      expect(await page.locator("section h2").allTextContents()).toEqual([
        "Decisions",
        "Top denials",
        "What LOG_ONLY would change",
        "Tokens",
        "Scores of online evaluation",
        "Scores by agent and version",
        "Latency",
        "Most denied principals",
        "Failing tools",
        "Cost of models",
        "Distribution of verdicts",
        "Worst sessions",
        "Sessions",
      ]);
      const colors = await page.evaluate<string[]>(
        "[getComputedStyle(document.querySelector('.gh-card')).backgroundColor, getComputedStyle(document.querySelector('.gh-chart .gh-allowed')).fill]",
      );
      expect(colors).toEqual(
        colorScheme === "light"
          ? ["rgb(255, 255, 255)", "rgb(47, 127, 209)"]
          : ["rgb(22, 29, 38)", "rgb(75, 147, 224)"],
      );
      expect(complaints).toEqual([]);
      expect(requests.filter((path) => path !== "/favicon.ico")).toEqual(["/dashboard"]);
      await page.close();
    },
  );

  test("names that an attacker has chosen are shown, and do nothing", async () => {
    const hostile = `</title></svg><img src=x onerror="alert(1)"><script>alert(2)</script>\u202e`;
    await using dashboard = await serveDashboard(
      happened.map((one) => ({
        ...one,
        scope: hostile,
        dimensions: { ...one.dimensions, tool: hostile, principal: hostile, model: hostile },
      })),
    );
    const { page, complaints } = await open();
    await page.goto(`${dashboard.url}?gateway=${encodeURIComponent(hostile)}`);
    expect(await page.locator("img, main script").count()).toBe(0);
    expect(await page.locator("#denied-heading ~ * bdi").first().textContent()).toContain("<img src=x onerror=");
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("a screen reader is told what a chart is, and the keyboard opens its table", async () => {
    await using dashboard = await serveDashboard(happened);
    const { page } = await open();
    await page.goto(dashboard.url);
    await page.getByRole("img", { name: "Decisions" }).waitFor();
    await page.locator("#decisions-table summary").focus();
    await page.keyboard.press("Enter");
    const table = page.getByRole("table", { name: "Decisions", exact: true });
    expect(await table.getByRole("columnheader").allTextContents()).toEqual([
      "From",
      "Allowed",
      "Would be denied",
      "Denied",
      "Rejected",
    ]);
    expect(await table.getByRole("rowheader").count()).toBeGreaterThan(30);
    await page.close();
  });

  test("it brings itself up to date, and leaves what is open open; without an answer it says so", async () => {
    const calls = [...happened];
    const dashboard = await serveDashboard(calls);
    const { page } = await open();
    await page.clock.install();
    await page.goto(`${dashboard.url}?refresh=10`);
    const before = await page.locator("#decisions-heading + .gh-summary").textContent();
    await page.locator("#decisions-table summary").focus();
    await page.keyboard.press("Enter");
    const [call] = calls;
    if (call !== undefined) calls.push({ ...call, scope: "insurance-7f3k2m", time: now - 60_000 });
    const refreshed = page.waitForResponse(`${dashboard.url}?refresh=10`);
    await page.clock.fastForward(10_000);
    await (await refreshed).finished();
    await page.waitForFunction(
      `document.querySelector("#decisions-heading + .gh-summary").textContent !== ${JSON.stringify(before)}`,
    );
    expect(await page.locator("#decisions-table").getAttribute("open")).toBe("");
    expect(await page.evaluate("document.activeElement.closest('details')?.id")).toBe("decisions-table");
    await dashboard[Symbol.asyncDispose]();
    await page.clock.fastForward(10_000);
    await page.getByText("Gatehouse doesn't answer").waitFor();
    await page.close();
  });

  test("a choice is in the address, so that it can be kept", async () => {
    await using dashboard = await serveDashboard(happened);
    const { page } = await open();
    await page.goto(dashboard.url);
    await page.getByLabel("Gateway").selectOption("claims-1a2b3c");
    await page.getByLabel("Time", { exact: true }).selectOption("24 hours");
    await page.getByLabel("Refresh").selectOption("never");
    await page.getByRole("button", { name: "Show" }).click();
    await page.waitForURL(`${dashboard.url}?gateway=claims-1a2b3c&range=24h&refresh=0`);
    expect(await page.getByLabel("Gateway").inputValue()).toBe("claims-1a2b3c");
    await page.close();
  });

  test("without scripts everything is there, and the browser itself asks again", async () => {
    await using dashboard = await serveDashboard(happened);
    const { page } = await open({ javaScriptEnabled: false });
    await page.goto(`${dashboard.url}?refresh=60`);
    expect(await page.locator("section svg.gh-chart").count()).toBe(4);
    expect(await page.locator("meta[http-equiv=refresh]").getAttribute("content")).toBe("60");
    await page.close();
  });

  test.each([320, 768])("on a screen of %i pixels nothing is cut off", async (width) => {
    await using dashboard = await serveDashboard(happened);
    const { page } = await open({ viewport: { width, height: 640 } });
    await page.goto(dashboard.url);
    const [content = 0, screen = 0] = await widthOf(page);
    expect(content).toBeLessThanOrEqual(screen);
    await page.close();
  });
});
