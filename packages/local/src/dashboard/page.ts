import { createHash } from "node:crypto";
import { Html, html } from "@gatehouse/core/html.ts";
import { moment, name, zone } from "@gatehouse/core/observability/widgets/charts/format.ts";
import { styleOf } from "@gatehouse/core/observability/widgets/charts/theme.ts";
import { framed } from "@gatehouse/core/observability/widgets/widgets.ts";
import { type Choice, ranges, refreshes } from "./choice.ts";
import { refreshScript } from "./refresh.ts";

/** A widget on the page. */
export interface Card {
  readonly id: string;
  readonly title: string;
  readonly content: Html;
  /** Whether it takes the whole width. */
  readonly wide: boolean;
}

/** Where a chart is wider than the screen, its end is seen first: what is new. */
const style = `${styleOf(undefined)}
:root{color-scheme:light dark;--page:#f4f5f7;--accent:#0b57d0}
@media (prefers-color-scheme:dark){:root{--page:#0c1117;--accent:#a8c7fa}}
body{margin:0;background:var(--page)}
.gh-page{max-width:1440px;margin:0 auto;padding:16px}
.gh-head{display:flex;flex-wrap:wrap;align-items:end;gap:8px 24px;margin-bottom:12px}
.gh-head h1{font-size:20px;line-height:1.3;margin:0;flex:1 0 auto}
.gh-head form{display:flex;flex-wrap:wrap;align-items:end;gap:8px}
.gh-head label{display:block;color:var(--gh-muted);font-size:12px}
.gh-head select,.gh-head button{font:inherit;padding:5px 8px;border:1px solid #767d88;border-radius:6px;background:var(--gh-surface);color:var(--gh-text);max-width:280px}
.gh-head button{border-color:var(--accent);color:var(--accent);cursor:pointer}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.gh-state{color:var(--gh-muted);font-size:12px;margin:0 0 12px}
.gh-stacks,.gh-stack{display:flex;flex-wrap:wrap;gap:12px}
.gh-stack{flex:1 1 440px;flex-flow:column;min-width:0}
.gh-stacks{margin-bottom:12px}
.gh-card{background:var(--gh-surface);border:1px solid var(--gh-grid);border-radius:8px;padding:12px 16px 14px;min-width:0}
.gh-card h2{font-size:14px;margin:0 0 6px}
.gh-card .gh-chart{min-width:480px;direction:ltr}
.gh-scroll:has(>.gh-chart){direction:rtl}
`;
const digestOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** Nothing is loaded but the page itself, nothing runs but its own script, and nobody frames it. */
const policy = [
  "default-src 'none'",
  `style-src ${digestOf(style)}`,
  `script-src ${digestOf(refreshScript)}`,
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

export const pageHeaders = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": policy,
  "x-frame-options": "DENY",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cache-control": "no-store",
} as const;

/** The dashboard's page. */
export function dashboardPage({
  choice,
  gateways,
  cards,
  now,
  offsetMinutes,
}: {
  readonly choice: Choice;
  readonly gateways: readonly string[];
  readonly cards: readonly Card[];
  readonly now: number;
  readonly offsetMinutes: number;
}): string {
  const { gateway, refresh } = choice;
  const all = gateway === undefined || gateways.includes(gateway) ? gateways : [gateway, ...gateways];
  const fallback =
    refresh > 0 ? html`<noscript><meta http-equiv="refresh" content="${refresh}"></noscript>` : undefined;
  const card = ({ id, title, content }: Card) =>
    html`<section class="gh-card" aria-labelledby="${id}-heading"><h2 id="${id}-heading">${title}</h2>${content}</section>\n`;
  // Two stacks rather than a grid, so that a short one leaves no hole beside a long one.
  const halves = cards.filter(({ wide }) => !wide);
  const hint =
    gateways.length > 0
      ? undefined
      : html`<p>No agent has asked for anything in this time. Connect an MCP client to a gateway: what it asks for is here within seconds.</p>\n`;
  const page = html`<div class="gh-page">
<header class="gh-head"><h1>Gatehouse</h1>
<form method="get" action="/dashboard">
${select("gateway", "Gateway", gateway ?? "", [["", "all"], ...all.map((id): [string, string] => [id, name(id)])])}
${select(
  "range",
  "Time",
  choice.range,
  Object.entries(ranges).map(([key, { label }]) => [key, label]),
)}
${select(
  "refresh",
  "Refresh",
  String(refresh),
  refreshes.map((seconds) => [String(seconds), seconds === 0 ? "never" : `every ${seconds} s`]),
)}
<button type="submit">Show</button>
</form></header>
<main>
<p class="gh-state" id="state" role="status">As of ${moment(now, offsetMinutes)}, ${zone(offsetMinutes)}</p>
${hint}<div class="gh-stacks">
<div class="gh-stack">
${halves.filter((_, index) => index % 2 === 0).map(card)}</div>
<div class="gh-stack">
${halves.filter((_, index) => index % 2 === 1).map(card)}</div>
</div>
${cards.filter(({ wide }) => wide).map(card)}
</main>
</div>`;
  return html`<!doctype html>
<html lang="en" data-refresh="${refresh}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
${fallback}
<title>Dashboard - Gatehouse</title>
<style>${new Html(style)}</style>
</head>
<body>
${framed(page)}
<script>${new Html(refreshScript)}</script>
</body>
</html>
`.text;
}

function select(key: string, label: string, chosen: string, options: readonly (readonly [string, string])[]): Html {
  const each = options.map(
    ([value, text]) => html`<option value="${value}"${value === chosen ? html` selected` : undefined}>${text}</option>`,
  );
  return html`<div><label for="${key}">${label}</label><select id="${key}" name="${key}">${each}</select></div>`;
}
