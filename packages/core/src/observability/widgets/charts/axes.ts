import { Html, html } from "../../../html.ts";
import type { Bins } from "../bins.ts";
import { clock, dayOf } from "./format.ts";

/** The size of a chart in pixels, and what its times are told in. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  /** How far the viewer's clock is ahead of UTC. */
  readonly offsetMinutes: number;
}

export const margin = { left: 56, right: 10, top: 10, bottom: 24 } as const;
const minute = 60_000;
const tickSteps = [1, 5, 10, 15, 30, 60, 180, 360, 720, 1_440, 2_880, 10_080, 20_160, 43_200, 86_400].map(
  (minutes) => minutes * minute,
);

/** Round numbers from nothing up, of which the last is the top of the chart: at least one over nothing. */
export function ticksUpTo(most: number, about = 4): readonly number[] {
  const raw = (most > 0 ? most : 1) / about;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= raw) ?? 10) * power;
  const count = Math.max(1, Math.ceil(most / step - 1e-9));
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}

/** Where things are: times from left to right, values from the bottom to the top. */
export function scales({ width, height }: Frame, { from, to }: Bins, top: number) {
  const inner = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom };
  return {
    x: (time: number) => margin.left + ((time - from) / (to - from)) * inner.width,
    y: (value: number) => margin.top + (1 - value / top) * inner.height,
  };
}

/** The lines and labels behind what is drawn. */
export function axes(frame: Frame, bins: Bins, ticks: readonly number[], label: (value: number) => string): Html {
  const { x, y } = scales(frame, bins, ticks.at(-1) ?? 1);
  const right = frame.width - margin.right;
  const bottom = frame.height - margin.bottom;
  return html`<g class="gh-axis">${ticks.map(
    (tick) =>
      html`<line x1="${margin.left}" x2="${right}" y1="${at(y(tick))}" y2="${at(y(tick))}"/><text x="${margin.left - 8}" y="${at(y(tick) + 4)}" text-anchor="end">${label(tick)}</text>`,
  )}${timeTicks(frame, bins).map(
    ({ time, text }) => html`<text x="${at(x(time))}" y="${bottom + 17}" text-anchor="middle">${text}</text>`,
  )}</g>`;
}

function timeTicks({ width, offsetMinutes }: Frame, bins: Bins): { time: number; text: string }[] {
  const most = Math.max(2, Math.floor(width / 80));
  const offset = offsetMinutes * minute;
  // Days are counted in UTC, whatever the viewer's clock says.
  const shift = bins.resolution === "day" ? 0 : offset;
  const length = bins.to - bins.from;
  const step = tickSteps.find((step) => length / step <= most) ?? length;
  const first = Math.ceil((bins.from + shift) / step) * step - shift;
  // What would be cut off at an edge is left out.
  const room = (length * 24) / width;
  const times = Array.from({ length: most + 2 }, (_, index) => first + index * step);
  return times
    .filter((time) => time >= bins.from && time <= bins.to - room)
    .map((time) => ({ time, text: timeText(time, step, shift / minute) }));
}

function timeText(time: number, step: number, offsetMinutes: number): string {
  const text = clock(time, offsetMinutes);
  return step >= 1_440 * minute || text === "00:00" ? dayOf(time, offsetMinutes) : text;
}

/** A coordinate: tenths of a pixel are seen, more only make the picture larger. */
export function at(value: number): number {
  return Math.round(value * 10) / 10;
}

/** A picture with its name and description, for whoever can't see it. */
export function picture(frame: Frame, id: string, title: string, description: string, content: Html): Html {
  return html`<svg class="gh-chart" role="img" aria-labelledby="${id}-title ${id}-desc" viewBox="0 0 ${frame.width} ${frame.height}" width="${frame.width}" height="${frame.height}"><title id="${id}-title">${title}</title><desc id="${id}-desc">${description}</desc>${content}</svg>`;
}

/** Several pieces as one. */
export function joined(parts: readonly Html[]): Html {
  return new Html(parts.map(({ text }) => text).join(""));
}
