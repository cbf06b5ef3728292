import { binsOf } from "./bins.ts";
import { readCells, type Sum, sumUp } from "./cells.ts";
import { joined } from "./charts/axes.ts";
import { columns } from "./charts/columns.ts";
import { counted, full, moment, short } from "./charts/format.ts";
import type { Series } from "./charts/series.ts";
import { table } from "./charts/table.ts";
import { chart, empty, summary, type Widget } from "./widget.ts";

const kinds = [
  { measure: "inputTokens", label: "Input tokens", color: "first" },
  { measure: "outputTokens", label: "Output tokens", color: "fourth" },
] as const;

/** The tokens that agents' models take in and give out. */
export const tokens: Widget = {
  title: "Tokens",
  description: "The tokens that agents sent to models and got from them over time, as the agents' traces tell.",
  scope: "agent",
  async draw(aggregates, view) {
    const bins = binsOf(view.range);
    const cells = readCells(aggregates, { cube: "models", bins, scope: view.scope });
    const { total, bins: pieces } = await sumUp(cells, bins, () => [""]);
    const all = total.get("");
    if (all === undefined) return empty("No agent has told of a model in this time.");
    const series = kinds.map(
      ({ measure, ...of }): Series => ({
        ...of,
        values: pieces.map((piece) => measured(piece.get(""), measure)),
      }),
    );
    const rows = bins.starts.flatMap((start, bin) => {
      const count = pieces[bin]?.get("")?.count ?? 0;
      const time = moment(start, bins.resolution === "day" ? 0 : view.offsetMinutes);
      return count === 0 ? [] : [[time, full(count), ...series.map(({ values }) => full(values[bin] ?? 0))]];
    });
    const sum = kinds.reduce((sum, { measure }) => sum + measured(all, measure), 0);
    return joined([
      summary(short(sum), `tokens in ${counted(all.count, "request")}`),
      chart(tokens, view, {
        legend: kinds.map(({ measure, label, color }) => ({ label, color, value: short(measured(all, measure)) })),
        content: columns(view, bins, series),
        table: table(
          tokens.title,
          [
            { label: "From" },
            { label: "Requests", number: true },
            ...series.map(({ label }) => ({ label, number: true })),
          ],
          rows,
        ),
      }),
    ]);
  },
};

/** The sum of a measure. */
export function measured(sum: Sum | undefined, measure: string): number {
  return sum?.measures.get(measure) ?? 0;
}
