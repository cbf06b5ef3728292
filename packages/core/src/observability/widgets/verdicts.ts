import { binsOf } from "./bins.ts";
import { sumUp } from "./cells.ts";
import { joined } from "./charts/axes.ts";
import { full, share } from "./charts/format.ts";
import { nothingEvaluated, readEvaluations } from "./evaluations.ts";
import { named, ranking } from "./ranking.ts";
import { empty, summary, type Widget } from "./widget.ts";

/** What evaluators have said, by label. */
export const verdicts: Widget = {
  title: "Distribution of verdicts",
  description: "How often each evaluator of online evaluation has given each label, or none because of an error.",
  scope: "config",
  async draw(aggregates, view) {
    const bins = binsOf(view.range);
    const cells = readEvaluations(aggregates, bins, view.scope);
    const { total } = await sumUp(cells, bins, ({ dimensions: { evaluator = "", label, error } }) => [
      JSON.stringify([evaluator, label ?? null, error ?? null]),
    ]);
    if (total.size === 0) return empty(nothingEvaluated);
    const ofEvaluator = new Map<string, number>();
    const rows = [...total].map(([key, { count }]) => {
      const [evaluator, label, error] = JSON.parse(key) as [string, string | null, string | null]; // As made above.
      ofEvaluator.set(evaluator, (ofEvaluator.get(evaluator) ?? 0) + count);
      return { key, evaluator, label, error, count };
    });
    rows.sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
    const all = rows.reduce((sum, { count }) => sum + count, 0);
    return joined([
      summary(full(all), all === 1 ? "evaluation" : "evaluations"),
      ranking(
        verdicts.title,
        "Label, evaluator",
        ["Evaluations", "Share"],
        rows.map(({ evaluator, label, error, count }) => ({
          name: named(label ?? error ?? ""),
          detail: named(evaluator),
          parts: [{ color: label === null ? "rejected" : "first", value: count }] as const,
          numbers: [full(count), share(count, ofEvaluator.get(evaluator) ?? count)],
        })),
      ),
    ]);
  },
};
