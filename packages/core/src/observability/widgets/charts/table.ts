import { type Html, type HtmlPart, html } from "../../../html.ts";
import { at } from "./axes.ts";
import type { Color } from "./series.ts";

/** What stands in a column: texts to the left, numbers to the right. */
export interface Column {
  readonly label: string;
  readonly number?: boolean;
}

/** A table with one row a thing; the first cell of each says what it is of. */
export function table(caption: string, columns: readonly Column[], rows: readonly (readonly HtmlPart[])[]): Html {
  const kind = (index: number) => (columns[index]?.number ? "gh-number" : "gh-text");
  return html`<table class="gh-table"><caption>${caption}</caption><thead><tr>${columns.map(
    ({ label }, index) => html`<th scope="col" class="${kind(index)}">${label}</th>`,
  )}</tr></thead><tbody>${rows.map(
    ([head, ...cells]) =>
      html`<tr><th scope="row" class="gh-text">${head}</th>${cells.map((cell, index) => html`<td class="${kind(index + 1)}">${cell}</td>`)}</tr>`,
  )}</tbody></table>`;
}

/** A bar in a cell of a table, whose numbers stand beside it: parts of different colours, of `most` in all. */
export function bar(parts: readonly { readonly color: Color; readonly value: number }[], most: number): Html {
  let left = 0;
  const rects = parts
    .filter(({ value }) => value > 0)
    .map(({ color, value }) => {
      const width = (value / Math.max(most, 1)) * 100;
      const rect = html`<rect class="gh-${color}" x="${at(left)}" y="0" width="${at(width)}" height="10"/>`;
      left += width;
      return rect;
    });
  return html`<svg class="gh-bar" aria-hidden="true" viewBox="0 0 100 10" preserveAspectRatio="none">${rects}</svg>`;
}
