import * as z from "zod";
import { Html, html } from "../../html.ts";
import type { AggregateRepository } from "../../storage/aggregateRepository.ts";
import type { TimeRange } from "./bins.ts";
import { binsOf } from "./bins.ts";
import { scopesOf } from "./cells.ts";
import { joined } from "./charts/axes.ts";
import { name } from "./charts/format.ts";
import { styleOf } from "./charts/theme.ts";
import type { Widget } from "./widget.ts";
import { framed, type WidgetName, widgets } from "./widgets.ts";

const names = Object.keys(widgets) as [WidgetName, ...WidgetName[]];

/**
 * What CloudWatch calls a custom widget's function with: the parameters that the dashboard has for it, and what the viewer
 * sees (Amazon CloudWatch User Guide, "Details about custom widgets"). What isn't used here isn't looked at.
 */
const request = z.object({
  describe: z.boolean().optional(),
  widget: z.enum(names, `widget must be one of ${names.join(", ")}`),
  gateway: z.string().min(1).optional(),
  agent: z.string().min(1).optional(),
  config: z.string().min(1).optional(),
  widgetContext: z
    .object({
      theme: z.enum(["light", "dark"]).optional().catch(undefined),
      timezone: z.object({ offsetInMinutes: z.number().int().min(-1_440).max(1_440) }).optional(),
      timeRange: z
        .object({
          start: z.number(),
          end: z.number(),
          zoom: z.object({ start: z.number(), end: z.number() }).optional(),
        })
        .refine(({ start, end }) => start < end, "timeRange must begin before it ends")
        .optional(),
      width: z.number().optional(),
      height: z.number().optional(),
      forms: z.object({ all: z.record(z.string(), z.unknown()).optional() }).optional(),
    })
    .optional(),
});
type WidgetRequest = z.infer<typeof request>;

/** What CloudWatch shows: HTML, or Markdown. */
export type WidgetAnswer = string | { readonly markdown: string };

/** Where a request to a custom widget comes to, and when. */
export interface WidgetPlace {
  readonly aggregates: AggregateRepository;
  /** The function's ARN, which the widget's own form calls again. */
  readonly functionArn: string;
  readonly now: number;
}

const defaultHours = 3;
/** The name of the choice in a widget's form. */
const choice = "gatehouseScope";

/**
 * Answers a custom widget of a CloudWatch dashboard: with its documentation where that is asked for, else with the widget as
 * HTML. A request that makes no sense is answered with what would be right.
 * @throws whatever reading the aggregates does.
 */
export async function answerWidget(event: unknown, place: WidgetPlace): Promise<WidgetAnswer> {
  if (z.object({ describe: z.literal(true) }).safeParse(event).success) return documentation();
  const parsed = request.safeParse(event);
  if (!parsed.success) return framedText(html`<p>${z.prettifyError(parsed.error)}</p>`, undefined);
  const asked = parsed.data;
  const { widgetContext = {} } = asked;
  const { [asked.widget]: widget } = widgets;
  const range = rangeOf(asked, place.now);
  const scope = chosenScope(widget, asked);
  const view = {
    range,
    scope,
    id: `gh-${asked.widget}`,
    // The widget's title and legend are above the chart.
    width: within(widgetContext.width ?? 600, 280, 2_000),
    height: within((widgetContext.height ?? 320) - 110, 120, 600),
    offsetMinutes: widgetContext.timezone?.offsetInMinutes ?? 0,
  };
  const scopes = await scopesOf(place.aggregates, widget.scope, binsOf(range));
  const content = await widget.draw(place.aggregates, view);
  return framedText(joined([content, scopeForm(widget, scopes, scope, asked, place)]), widgetContext.theme);
}

function framedText(content: Html, theme: "light" | "dark" | undefined): string {
  return html`<style>${new Html(styleOf(theme))}</style>${framed(content)}`.text;
}

/** What is zoomed to, or else the dashboard's range, or else the last hours. */
function rangeOf({ widgetContext }: WidgetRequest, now: number): TimeRange {
  const { timeRange } = widgetContext ?? {};
  if (timeRange === undefined) return { from: now - defaultHours * 3_600_000, to: now };
  const { start, end } = timeRange.zoom ?? timeRange;
  return start < end ? { from: start, to: end } : { from: timeRange.start, to: timeRange.end };
}

/** What was chosen in the widget's form, or else what the dashboard says. Nothing stands for all. */
function chosenScope({ scope }: Widget, { [scope]: said, widgetContext }: WidgetRequest): string | undefined {
  const chosen = widgetContext?.forms?.all?.[choice];
  if (typeof chosen === "string") return chosen === "" ? undefined : chosen;
  return said;
}

const labels = { gateway: "Gateway", agent: "Agent", config: "Online evaluation" } as const;

/** Lets the viewer choose one gateway, agent or configuration, where there are several. */
function scopeForm(
  widget: Widget,
  scopes: readonly string[],
  scope: string | undefined,
  { widget: key, gateway, agent, config }: WidgetRequest,
  { functionArn }: WidgetPlace,
): Html {
  if (scopes.length < 2) return html``;
  const all = scope === undefined || scopes.includes(scope) ? scopes : [scope, ...scopes];
  const options = all.map(
    (one) => html`<option value="${one}"${one === scope ? html` selected` : undefined}>${name(one)}</option>`,
  );
  const parameters = JSON.stringify({ widget: key, gateway, agent, config });
  return html`<form class="gh-form"><label>${labels[widget.scope]} <select name="${choice}"><option value="">all</option>${options}</select></label> <a class="btn">Show</a><cwdb-action action="call" display="widget" endpoint="${functionArn}">${parameters}</cwdb-action></form>`;
}

function documentation(): WidgetAnswer {
  const rows = names.map((key) => `| \`${key}\` | ${widgets[key].description} |`);
  return {
    markdown: [
      "## Gatehouse",
      "Draws what Gatehouse has counted, over the time range of the dashboard.",
      "",
      "| `widget` | what it shows |",
      "|---|---|",
      ...rows,
      "",
      "`gateway`, the id of a gateway, `agent`, the name of an agent, or `config`, the id of an online evaluation, shows that one only.",
      "",
      "```yaml",
      "widget: decisions",
      "```",
    ].join("\n"),
  };
}

function within(value: number, least: number, most: number): number {
  return Math.round(Math.min(most, Math.max(least, value)));
}
