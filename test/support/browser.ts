import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";

/** Where systems put Chromium or Chrome; `GATEHOUSE_TEST_BROWSER` names another. */
const places = [
  process.env.GATEHOUSE_TEST_BROWSER,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The browser that tests can use, if there is one. */
export const browserPath = places.find((place) => place !== undefined && place !== "" && existsSync(place));

if (browserPath === undefined) {
  console.warn("Tests in a browser are skipped: no Chromium was found. Name one with GATEHOUSE_TEST_BROWSER.");
}

/** Starts the browser, without a window. */
export async function startBrowser(): Promise<Browser> {
  if (browserPath === undefined) throw new Error("There is no browser.");
  // As root, in a container, Chromium has no sandbox to use; the pages are the tests' own.
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath: browserPath, args });
}

/** A cookie of this very host alone. */
export const hostOnly = { secure: true, httpOnly: true, path: "/", domain: "localhost" };

/** What a browser keeps of Gatehouse's for an address, without the values. Cookies don't tell the ports of a host apart. */
export async function cookiesOf(page: Page, url: string) {
  const all = await page.context().cookies(url);
  const own = all.filter(({ name }) => name.includes("gatehouse-"));
  return own.map(({ name, secure, httpOnly, sameSite, path, domain }) => {
    return { name, secure, httpOnly, sameSite, path, domain };
  });
}

/** Every `Set-Cookie` that a page gets from an address from now on. */
export function cookiesSetBy(page: Page, url: string): string[] {
  const lines: string[] = [];
  page.on("response", async (response) => {
    if (!response.url().startsWith(url)) return;
    for (const { name, value } of await response.headersArray()) {
      if (name.toLowerCase() === "set-cookie") lines.push(value);
    }
  });
  return lines;
}
