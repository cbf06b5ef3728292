import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aggregateRepository } from "../../storage/aggregateRepository.ts";
import { recordRepository } from "../../storage/recordRepository.ts";
import { startTestDatabase, type TestDatabase } from "../../storage/testing.ts";
import type { ToolDecision } from "../events.ts";
import { recordEvents } from "../record.ts";
import { palettes } from "./charts/theme.ts";
import { answerWidget } from "./customWidget.ts";
import { type WidgetName, widgets } from "./widgets.ts";

const now = Date.UTC(2026, 10, 26, 12);
const functionArn = "arn:aws:lambda:eu-west-1:123456789012:function:gatehouse-fiona-widget";
const names = Object.keys(widgets) as WidgetName[];

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
  const minutesAgo = (minutes: number) => new Date(now - minutes * 60_000).toISOString();
  const decisions = [
    decision("orders", "allowed", minutesAgo(5)),
    decision("orders", "denied", minutesAgo(5)),
    decision("orders", "allowed", minutesAgo(90)),
    decision("claims", "allowed", minutesAgo(6)),
  ];
  const repository = recordRepository({ client: database.client, tables: database.tables });
  const messages = decisions.map((detail) => ({
    messageId: randomUUID(),
    body: JSON.stringify({ "detail-type": "ToolDecision", detail }),
  }));
  expect(await recordEvents(messages, repository)).toEqual([]);
});
afterAll(() => database.stop());

function decision(gatewayId: string, outcome: "allowed" | "denied", time: string): ToolDecision {
  return {
    schemaVersion: 1,
    decisionId: randomUUID(),
    time,
    method: "tools/call",
    principal: { type: "AgentCore::OAuthUser", id: "alice" },
    gateway: { id: gatewayId, arn: `arn:${gatewayId}`, version: 1 },
    target: "T",
    tool: "T___a",
    decision: outcome === "allowed" ? "ALLOW" : "DENY",
    outcome,
    determiningPolicies: [],
    reason: "because",
    durationMicroseconds: 50,
  };
}

/** As CloudWatch has it in its documentation. */
const context = {
  dashboardName: "overview",
  widgetId: "widget-16",
  accountId: "123456789012",
  locale: "en",
  timezone: { label: "Local", offsetISO: "+02:00", offsetInMinutes: 120 },
  period: 300,
  isAutoPeriod: true,
  timeRange: { mode: "relative", start: now - 3 * 3_600_000, end: now, relativeStart: 10_800_000 },
  theme: "light",
  linkCharts: true,
  title: "Decisions",
  forms: { all: {} },
  params: { widget: "decisions" },
  width: 588,
  height: 369,
};

async function answer(event: unknown): Promise<string> {
  const aggregates = aggregateRepository({ client: database.client, table: database.tables.aggregates });
  const answered = await answerWidget(event, { aggregates, functionArn, now });
  return typeof answered === "string" ? answered : answered.markdown;
}
const ask = (more: object = {}, parameters: object = {}) =>
  answer({ widget: "decisions", ...parameters, widgetContext: { ...context, ...more } });

test.each(names)("%s is drawn from what was recorded", async (widget) => {
  const html = await answer({ widget, widgetContext: context });
  expect(html).toContain('<div class="gh">');
  if (["decisions", "denials", "denied"].includes(widget)) expect(html).not.toContain('class="gh-empty"');
});

test("a widget shows the dashboard's time range, in the viewer's time, and what is zoomed to", async () => {
  const html = await ask();
  expect(html).toContain("<b>25 %</b> denied of 4 calls");
  expect(html).toContain("As a table (UTC+02:00)");
  expect(html).toContain(">26 Nov 12:30<");
  const zoom = { start: now - 10 * 60_000, end: now };
  expect(await ask({ timeRange: { ...context.timeRange, zoom } })).toContain("denied of 3 calls");
  expect(await answer({ widget: "decisions" })).toContain("denied of 4 calls");
});

test("it is as large as it may be, within reason", async () => {
  expect(await ask()).toContain('viewBox="0 0 588 259"');
  expect(await ask({ width: 1e9, height: -5 })).toContain('viewBox="0 0 2000 120"');
});

test("its colours are those of the console's theme; where that isn't known, of the viewer's system", async () => {
  const background = (theme: "light" | "dark") => `--gh-text:${palettes[theme].text}`;
  const [light, dark, unknown] = [await ask(), await ask({ theme: "dark" }), await ask({ theme: "sepia" })];
  expect([light.includes(background("light")), light.includes(background("dark"))]).toEqual([true, false]);
  expect([dark.includes(background("light")), dark.includes(background("dark"))]).toEqual([false, true]);
  expect(unknown).toContain("@media (prefers-color-scheme:dark)");
});

describe("one gateway", () => {
  test("is the dashboard's choice, or the viewer's, whose choice may be all", async () => {
    expect(await ask({}, { gateway: "orders" })).toContain("denied of 3 calls");
    const chosen = (gatehouseScope: string) => ask({ forms: { all: { gatehouseScope } } }, { gateway: "orders" });
    expect(await chosen("claims")).toContain("denied of 1 call<");
    expect(await chosen("")).toContain("denied of 4 calls");
  });

  test("can be chosen in a form that has the function draw again", async () => {
    const html = await ask({}, { gateway: "orders" });
    expect(html).toContain('<option value="orders" selected>');
    expect(html).toContain(`<cwdb-action action="call" display="widget" endpoint="${functionArn}">`);
    const [, parameters = ""] = /<cwdb-action[^>]*>([^<]*)</.exec(html) ?? [];
    expect(JSON.parse(parameters.replaceAll("&quot;", '"'))).toEqual({ widget: "decisions", gateway: "orders" });
  });

  test("whose name is made up stays a text", async () => {
    const html = await ask({}, { gateway: '"><script>alert(1)</script>' });
    expect(html).not.toContain("<script");
  });
});

test("CloudWatch is told what there is to be drawn", async () => {
  const markdown = await answer({ describe: true });
  for (const name of names) expect(markdown).toContain(`| \`${name}\` |`);
});

test.each([
  [undefined, "expected object"],
  [{}, "widget must be one of decisions, latency"],
  [{ widget: "toString" }, "widget must be one of decisions, latency"],
  [{ widget: "<b>" }, "widget must be one of decisions, latency"],
  [{ widget: "decisions", gateway: "" }, "gateway"],
  [{ widget: "decisions", widgetContext: { timeRange: { start: 2, end: 1 } } }, "must begin before it ends"],
])("%j is answered with what would be right", async (event, message) => {
  const html = await answer(event);
  expect(html).toContain(message);
  expect(html).not.toContain("<b>");
});
