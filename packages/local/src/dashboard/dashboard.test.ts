import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { aggregatesOf } from "@gatehouse/core/observability/widgets/testing.ts";
import { afterEach, describe, expect, test } from "vitest";
import { choiceOf } from "./choice.ts";
import { createDashboard, type DashboardSources } from "./dashboard.ts";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const nothing: DashboardSources = { aggregates: aggregatesOf([]), spans: { async *sessions() {} } };

/** Serves a dashboard as if requests came from somewhere. */
async function serve(sources = nothing, from?: string) {
  const lines: string[] = [];
  const dashboard = createDashboard({ sources, log: (line) => lines.push(line), now: () => Date.UTC(2026, 10, 26) });
  server = createServer((request, response) => {
    if (from !== undefined) Object.defineProperty(request.socket, "remoteAddress", { value: from });
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (!dashboard(request, response, pathname)) response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, lines };
}

test("the page runs its own script only, loads nothing, is in no frame, and isn't kept", async () => {
  const { url } = await serve();
  const { status, headers } = await fetch(`${url}/dashboard`);
  expect(status).toBe(200);
  const policy = headers.get("content-security-policy")?.split("; ") ?? [];
  expect(policy).toEqual([
    "default-src 'none'",
    expect.stringMatching(/^style-src 'sha256-[\w+/]{43}='$/),
    expect.stringMatching(/^script-src 'sha256-[\w+/]{43}='$/),
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ]);
  expect(Object.fromEntries(headers)).toMatchObject({
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
  });
});

test("T18 nobody but this machine sees it, whatever the front is bound to", async () => {
  const { url } = await serve(nothing, "192.0.2.7");
  const answer = await fetch(`${url}/dashboard`);
  expect(answer.status).toBe(403);
  expect(await answer.text()).not.toContain("<");
});

test("it takes GET and HEAD, and leaves other paths to others", async () => {
  const { url } = await serve();
  const posted = await fetch(`${url}/dashboard`, { method: "POST", body: "x" });
  expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  const head = await fetch(`${url}/dashboard`, { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([200, ""]);
  for (const path of ["/dashboards", "/dashboard/x"]) expect((await fetch(url + path)).status).toBe(404);
});

describe("when something can't be read", () => {
  const failing = () => {
    throw new Error("The table <b>is away</b>.");
  };

  test("the other widgets are seen, and the host's output says why", async () => {
    const { url, lines } = await serve({ ...nothing, spans: { sessions: failing } });
    const page = await (await fetch(`${url}/dashboard`)).text();
    expect(page.match(/could not be drawn/g)).toHaveLength(1);
    expect(page).toContain("No calls were decided");
    expect(page).not.toContain("is away");
    expect(lines).toEqual(['The widget "Sessions" could not be drawn: The table <b>is away</b>.']);
  });

  test("of which there is nothing, the page says so", async () => {
    const { url, lines } = await serve({ ...nothing, aggregates: { ...nothing.aggregates, scopes: failing } });
    const answer = await fetch(`${url}/dashboard`);
    expect([answer.status, await answer.json()]).toEqual([
      500,
      { message: expect.stringContaining("output says why") },
    ]);
    expect(lines).toEqual(["The dashboard could not be drawn: The table <b>is away</b>."]);
  });
});

test.each([
  ["", { range: "1h", refresh: 30 }],
  ["range=7d&gateway=g&refresh=0", { range: "7d", gateway: "g", refresh: 0 }],
  ["range=constructor&refresh=1&gateway=", { range: "1h", refresh: 30 }],
  ["range=24h&range=1h&refresh=10x", { range: "24h", refresh: 30 }],
])("the address ?%s chooses what makes sense of it", (query, choice) => {
  expect(choiceOf(new URLSearchParams(query))).toEqual(choice);
});
