import { percentile } from "../histogram.ts";
import { binsOf } from "./bins.ts";
import { readAnsweredCalls, sumUp } from "./cells.ts";
import { joined } from "./charts/axes.ts";
import { counted, duration, full, moment } from "./charts/format.ts";
import { lines } from "./charts/lines.ts";
import type { Series } from "./charts/series.ts";
import { table } from "./charts/table.ts";
import { chart, empty, summary, type Widget } from "./widget.ts";

const percentiles = [
  { label: "p50", share: 0.5, color: "first" },
  { label: "p95", share: 0.95, color: "second" },
  { label: "p99", share: 0.99, color: "third" },
] as const;

/** How long calls take. */
export const latency: Widget = {
  title: "Latency",
  description:
    "How long calls that were let through take over time, from their arrival to their answer, their targets' time included: the 50th, 95th and 99th percentile.",
  scope: "gateway",
  async draw(aggregates, view) {
    const bins = binsOf(view.range);
    const cells = readAnsweredCalls(aggregates, bins, view.scope);
    const { total, bins: pieces } = await sumUp(cells, bins, () => [""]);
    const all = total.get("");
    if (all === undefined) return empty("No call was answered in this time.");
    const series = percentiles.map(
      ({ label, share, color }): Series => ({
        label,
        color,
        values: pieces.map((piece) => percentile(piece.get("")?.durations ?? new Map(), share)),
      }),
    );
    const rows = bins.starts.flatMap((start, bin) => {
      const count = pieces[bin]?.get("")?.count ?? 0;
      const values = series.map(({ values }) => duration(values[bin] ?? 0));
      const time = moment(start, bins.resolution === "day" ? 0 : view.offsetMinutes);
      return count === 0 ? [] : [[time, full(count), ...values]];
    });
    const ofAll = (share: number) => duration(percentile(all.durations, share) ?? 0);
    return joined([
      summary(ofAll(0.95), `or less for 95 % of ${counted(all.count, "call")}`),
      chart(latency, view, {
        legend: percentiles.map(({ label, share, color }) => ({ label, color, value: ofAll(share) })),
        content: lines(view, bins, series, duration),
        table: table(
          latency.title,
          [
            { label: "From" },
            { label: "Calls", number: true },
            ...series.map(({ label }) => ({ label, number: true })),
          ],
          rows,
        ),
      }),
    ]);
  },
};
