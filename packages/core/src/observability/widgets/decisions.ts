import { binsOf } from "./bins.ts";
import { readCells, sumUp } from "./cells.ts";
import { joined } from "./charts/axes.ts";
import { columns } from "./charts/columns.ts";
import { counted, full, moment, share } from "./charts/format.ts";
import type { Series } from "./charts/series.ts";
import { table } from "./charts/table.ts";
import { chart, empty, summary, type Widget } from "./widget.ts";

/** What became of calls, in the order in which it is stacked. Lists of tools aren't calls. */
const outcomes = [
  { outcome: "allowed", label: "Allowed", color: "allowed" },
  { outcome: "would-deny", label: "Would be denied", color: "wouldDeny" },
  { outcome: "denied", label: "Denied", color: "denied" },
  { outcome: "rejected", label: "Rejected", color: "rejected" },
] as const;

/** What was allowed and denied over time. */
export const decisions: Widget = {
  title: "Decisions",
  description:
    "Calls of tools, prompts and resources over time, by what became of them: allowed, denied by policies, let through by LOG_ONLY although they would be denied, and rejected before any policy.",
  scope: "gateway",
  async draw(aggregates, view) {
    const bins = binsOf(view.range);
    const where = { outcome: outcomes.map(({ outcome }) => outcome) };
    const cells = readCells(aggregates, { cube: "decisions", bins, scope: view.scope, where });
    const sums = await sumUp(cells, bins, ({ dimensions }) => [dimensions.outcome ?? ""]);
    const total = (outcome: string) => sums.total.get(outcome)?.count ?? 0;
    const all = outcomes.reduce((sum, { outcome }) => sum + total(outcome), 0);
    if (all === 0) return empty("No calls were decided in this time.");
    const series = outcomes
      .filter(({ outcome }) => total(outcome) > 0)
      .map(({ outcome, ...of }): Series & { total: number } => ({
        ...of,
        total: total(outcome),
        values: sums.bins.map((bin) => bin.get(outcome)?.count ?? 0),
      }));
    const rows = bins.starts.map((start, bin) => [
      moment(start, bins.resolution === "day" ? 0 : view.offsetMinutes),
      ...series.map(({ values }) => full(values[bin] ?? 0)),
    ]);
    const drawn = chart(decisions, view, {
      legend: series.map(({ color, label, total }) => ({ color, label, value: full(total) })),
      content: columns(view, bins, series),
      table: table(
        decisions.title,
        [{ label: "From" }, ...series.map(({ label }) => ({ label, number: true }))],
        rows.filter((_, bin) => series.some(({ values }) => (values[bin] ?? 0) > 0)),
      ),
    });
    return joined([summary(share(total("denied"), all), `denied of ${counted(all, "call")}`), drawn]);
  },
};
