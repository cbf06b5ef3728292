import { type Html, html } from "../../html.ts";
import type { AggregateRepository } from "../../storage/aggregateRepository.ts";
import type { TimeRange } from "./bins.ts";
import { type Frame, picture } from "./charts/axes.ts";
import { zone } from "./charts/format.ts";
import type { Color } from "./charts/series.ts";

/** What is looked at, and how large it may be. */
export interface View extends Frame {
  readonly range: TimeRange;
  /** One gateway's id, one agent's name, or one configuration's id, by the scope of the widget; all of them unless one is named. */
  readonly scope?: string | undefined;
  /** Begins the ids of the elements: a page may have several widgets. */
  readonly id: string;
}

/** A widget: reads what has been counted, and draws it. */
export interface Widget {
  readonly title: string;
  /** What it shows, in a sentence: for whoever can't see it, and for the widget's documentation. */
  readonly description: string;
  /** What can be chosen: one gateway, one agent, or one configuration of online evaluation. */
  readonly scope: "gateway" | "agent" | "config";
  draw(aggregates: AggregateRepository, view: View): Promise<Html>;
}

/** A name and a number for each colour that a chart has. */
export interface LegendEntry {
  readonly color: Color;
  readonly label: string;
  readonly value: string;
}

/** What the colours stand for, each with its number. */
export function legend(entries: readonly LegendEntry[]): Html {
  const swatch = (color: Color) =>
    html`<svg aria-hidden="true" width="10" height="10" viewBox="0 0 10 10"><rect class="gh-${color}" width="10" height="10" rx="2"/></svg>`;
  return html`<ul class="gh-legend">${entries.map(
    ({ color, label, value }) => html`<li>${swatch(color)}${label} <b>${value}</b></li>`,
  )}</ul>`;
}

/** What was drawn when nothing happened. */
export function empty(what: string): Html {
  return html`<p class="gh-empty">${what}</p>`;
}

/** What matters most, as a sentence whose number stands out. */
export function summary(number: string, rest: string): Html {
  return html`<p class="gh-summary"><b>${number}</b> ${rest}</p>`;
}

/** A chart under its legend, and the same as a table for whoever reads rather than looks. */
export function chart(
  { title, description }: Pick<Widget, "title" | "description">,
  view: View,
  parts: {
    readonly legend: readonly LegendEntry[];
    readonly content: Html;
    readonly table: Html;
  },
): Html {
  return html`${legend(parts.legend)}<div class="gh-scroll">${picture(view, view.id, title, description, parts.content)}</div><details id="${view.id}-table"><summary>As a table (${zone(view.offsetMinutes)})</summary><div class="gh-scroll">${parts.table}</div></details>`;
}

/** Something to know about what is shown. */
export function note(text: string): Html {
  return html`<p class="gh-note">${text}</p>`;
}
