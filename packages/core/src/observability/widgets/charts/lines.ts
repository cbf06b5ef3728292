import { type Html, html } from "../../../html.ts";
import type { Bins } from "../bins.ts";
import { at, axes, type Frame, joined, scales, ticksUpTo } from "./axes.ts";
import { moment } from "./format.ts";
import type { Series } from "./series.ts";

/** Lines over time, interrupted where there is nothing to say. */
export function lines(frame: Frame, bins: Bins, series: readonly Series[], label: (value: number) => string): Html {
  const ticks = ticksUpTo(Math.max(...series.flatMap(({ values }) => values.map((value) => value ?? 0))));
  const { x, y } = scales(frame, bins, ticks.at(-1) ?? 1);
  const middle = (bin: number) => x((bins.starts[bin] ?? bins.from) + bins.step / 2);
  const line = ({ color, values }: Series) =>
    html`<g class="gh-line gh-line-${color}">${stretches(values).map((stretch) => {
      const points = stretch.map(({ bin, value }) => `${at(middle(bin))},${at(y(value))}`);
      const [only] = points;
      // A line needs two points; one alone is a dot.
      return stretch.length > 1 || only === undefined
        ? html`<polyline points="${points.join(" ")}"/>`
        : html`<circle cx="${only.split(",")[0]}" cy="${only.split(",")[1]}" r="2.5"/>`;
    })}</g>`;
  const slot = x(bins.from + bins.step) - x(bins.from);
  const told = (start: number, bin: number) => {
    const values = series.flatMap(({ label: name, values }) => {
      const value = values[bin];
      return value === undefined ? [] : [`${name}: ${label(value)}`];
    });
    const time = moment(start, bins.resolution === "day" ? 0 : frame.offsetMinutes);
    return html`<g><title>${[time, ...(values.length > 0 ? values : ["nothing"])].join("\n")}</title><rect class="gh-hover" x="${at(x(start))}" y="${at(y(ticks.at(-1) ?? 1))}" width="${at(slot)}" height="${at(y(0) - y(ticks.at(-1) ?? 1))}"/></g>`;
  };
  return joined([axes(frame, bins, ticks, label), ...series.map(line), ...bins.starts.map(told)]);
}

/** The runs of bins that have values. */
function stretches(values: readonly (number | undefined)[]): { bin: number; value: number }[][] {
  const found: { bin: number; value: number }[][] = [];
  for (const [bin, value] of values.entries()) {
    if (value === undefined) continue;
    const last = found.at(-1);
    if (last?.at(-1)?.bin === bin - 1) last.push({ bin, value });
    else found.push([{ bin, value }]);
  }
  return found;
}
