import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

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
