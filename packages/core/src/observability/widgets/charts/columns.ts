import { type Html, html } from "../../../html.ts";
import type { Bins } from "../bins.ts";
import { at, axes, type Frame, joined, scales, ticksUpTo } from "./axes.ts";
import { full, moment, short } from "./format.ts";
import type { Series } from "./series.ts";

/** Columns over time, the series on top of one another, the first at the bottom. */
export function columns(frame: Frame, bins: Bins, series: readonly Series[]): Html {
  const heights = bins.starts.map((_, bin) => series.reduce((sum, { values }) => sum + (values[bin] ?? 0), 0));
  const ticks = ticksUpTo(Math.max(4, ...heights));
  const { x, y } = scales(frame, bins, ticks.at(-1) ?? 1);
  const slot = x(bins.from + bins.step) - x(bins.from);
  const gap = Math.min(4, slot * 0.2);
  const column = (start: number, bin: number) => {
    const left = x(start) + gap / 2;
    let below = 0;
    const parts = series.flatMap(({ color, values }) => {
      const value = values[bin] ?? 0;
      if (value === 0) return [];
      const [bottom, top] = [y(below), y(below + value)];
      below += value;
      return [
        html`<rect class="gh-${color}" x="${at(left)}" y="${at(top)}" width="${at(slot - gap)}" height="${at(Math.max(bottom - top, 1))}"/>`,
      ];
    });
    return html`<g><title>${tooltip(bins, start, frame, series, bin)}</title><rect class="gh-hover" x="${at(x(start))}" y="${at(y(ticks.at(-1) ?? 1))}" width="${at(slot)}" height="${at(y(0) - y(ticks.at(-1) ?? 1))}"/>${parts}</g>`;
  };
  return joined([axes(frame, bins, ticks, short), ...bins.starts.map(column)]);
}

function tooltip(bins: Bins, start: number, { offsetMinutes }: Frame, series: readonly Series[], bin: number): string {
  const told = series.filter(({ values }) => (values[bin] ?? 0) > 0);
  const values = told.map(({ label, values }) => `${label}: ${full(values[bin] ?? 0)}`);
  return [
    moment(start, bins.resolution === "day" ? 0 : offsetMinutes),
    ...(values.length > 0 ? values : ["nothing"]),
  ].join("\n");
}
