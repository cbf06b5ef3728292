import { startBrowser } from "../test/support/browser.ts";
import { occurrences, serveDashboard } from "../test/support/dashboardScene.ts";

/** Takes the pictures of docs/dashboards.md: the page `/dashboard` with made-up calls, in light and dark. */
const folder = process.argv[2] ?? new URL("../docs/", import.meta.url).pathname;
await using dashboard = await serveDashboard(occurrences(4, 20));
const browser = await startBrowser();
for (const colorScheme of ["light", "dark"] as const) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1080 }, colorScheme });
  await page.goto(`${dashboard.url}?range=3h&refresh=0`);
  await page.screenshot({ path: `${folder}/dashboard-${colorScheme}.png` });
}
await browser.close();
