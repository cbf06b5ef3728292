import { type Html, type HtmlPart, html } from "../../html.ts";
import { full, name } from "./charts/format.ts";
import type { Color } from "./charts/series.ts";
import { bar, table } from "./charts/table.ts";
import { note } from "./widget.ts";

/** How many rows lists of the most frequent have. */
const mostRows = 6;

/** A row of a list: a name, what is to be known of it, a bar, and numbers. */
export interface Ranked {
  readonly name: HtmlPart;
  readonly detail?: HtmlPart;
  readonly parts: readonly { readonly color: Color; readonly value: number }[];
  readonly numbers: readonly string[];
}

/** The first of things that are sorted already, each with a bar under its name, and how many more there are. */
export function ranking(caption: string, head: string, numbers: readonly string[], rows: readonly Ranked[]): Html {
  const shown = rows.slice(0, mostRows);
  const most = Math.max(...shown.map(({ parts }) => parts.reduce((sum, { value }) => sum + value, 0)));
  const left = rows.length - shown.length;
  const list = table(
    caption,
    [{ label: head }, ...numbers.map((label) => ({ label, number: true }))],
    shown.map(({ name, detail, parts, numbers }) => [
      html`${name}${detail === undefined ? undefined : html`<br><span class="gh-by">${detail}</span>`}${bar(parts, most)}`,
      ...numbers,
    ]),
  );
  return html`<div class="gh-bars gh-scroll">${list}</div>${left > 0 ? note(`and ${full(left)} more`) : undefined}`;
}

/** A name that somebody else has chosen: it turns no letters around it, and may be broken where its words end. */
export function named(text: string): Html {
  return html`<bdi>${name(text)
    .split(/(?<=[_/.:@-])(?=[^_/.:@-])/)
    .map((part, index) => (index === 0 ? part : html`<wbr>${part}`))}</bdi>`;
}

/** A policy by its id, which is the end of its ARN. */
export function policyNamed(policy: string): Html {
  return named(policy.split("/").at(-1) ?? policy);
}

/** The tool that a cell is of, or what else was asked for of a target. */
export function toolOf({ tool, target, method }: Readonly<Record<string, string>>): string {
  return tool ?? [target, method].filter((part) => part !== undefined).join(" ");
}
