import { binsOf } from "./bins.ts";
import { sumUp } from "./cells.ts";
import { joined } from "./charts/axes.ts";
import { counted, full, moment, name } from "./charts/format.ts";
import { lines } from "./charts/lines.ts";
import type { Series } from "./charts/series.ts";
import { table } from "./charts/table.ts";
import { lessIsBetter, meanScore, nothingEvaluated, readEvaluations, score } from "./evaluations.ts";
import { measured } from "./tokens.ts";
import { chart, empty, note, summary, type Widget } from "./widget.ts";

/** More lines are not told apart. */
const colors = ["first", "second", "third", "fourth"] as const;

/** How good sessions were. */
export const scores: Widget = {
  title: "Scores of online evaluation",
  description: "The mean score of each evaluator over time, by when the sessions were.",
  scope: "config",
  async draw(aggregates, view) {
    const bins = binsOf(view.range);
    const cells = readEvaluations(aggregates, bins, view.scope);
    const { total, bins: pieces } = await sumUp(cells, bins, ({ dimensions, measures }) =>
      (measures.scores ?? 0) > 0 ? [dimensions.evaluator ?? ""] : [],
    );
    if (total.size === 0) return empty(nothingEvaluated);
    const evaluators = [...total.keys()].sort((a, b) => countOf(b) - countOf(a) || (a < b ? -1 : 1));
    const shown = evaluators.slice(0, colors.length);
    function countOf(evaluator: string): number {
      return measured(total.get(evaluator), "scores");
    }
    const series = shown.map(
      (evaluator, index): Series => ({
        label: name(evaluator),
        color: colors[index] ?? "first",
        values: pieces.map((piece) => meanScore(piece.get(evaluator))),
      }),
    );
    // The chart begins at nothing; the table says what is below it.
    const drawn = series.map((one) => ({
      ...one,
      values: one.values.map((value) => (value === undefined ? undefined : Math.max(0, value))),
    }));
    const rows = bins.starts.flatMap((start, bin) => {
      const values = series.map(({ values }) => values[bin]);
      const time = moment(start, bins.resolution === "day" ? 0 : view.offsetMinutes);
      return values.every((value) => value === undefined)
        ? []
        : [[time, ...values.map((value) => (value === undefined ? "" : score(value)))]];
    });
    const all = evaluators.reduce((sum, evaluator) => sum + countOf(evaluator), 0);
    return joined([
      summary(full(all), `${all === 1 ? "score" : "scores"} of ${counted(evaluators.length, "evaluator")}`),
      chart(scores, view, {
        legend: series.map(({ label, color }, index) => ({
          label,
          color,
          value: score(meanScore(total.get(shown[index] ?? "")) ?? 0),
        })),
        content: lines(view, bins, drawn, score),
        table: table(scores.title, [{ label: "From" }, ...series.map(({ label }) => ({ label, number: true }))], rows),
      }),
      ...(evaluators.length > shown.length ? [note(`Shown are the ${shown.length} with the most scores.`)] : []),
      ...lessIsBetter(shown),
    ]);
  },
};
