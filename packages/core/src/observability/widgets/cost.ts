import { binsOf } from "./bins.ts";
import { readCells, sumUp } from "./cells.ts";
import { joined } from "./charts/axes.ts";
import { full, money, short } from "./charts/format.ts";
import { named, ranking } from "./ranking.ts";
import { measured } from "./tokens.ts";
import { empty, note, summary, type Widget } from "./widget.ts";

/** What agents' models cost. */
export const cost: Widget = {
  title: "Cost of models",
  description: "What each agent spends on each model, with the requests and tokens that it is for.",
  scope: "agent",
  async draw(aggregates, view) {
    const bins = binsOf(view.range);
    const cells = readCells(aggregates, { cube: "models", bins, scope: view.scope });
    const { total } = await sumUp(cells, bins, ({ scope, dimensions: { model = "" } }) => [
      JSON.stringify([scope, model]),
    ]);
    if (total.size === 0) return empty("No agent has told of a model in this time.");
    const rows = [...total].map(([key, sum]) => {
      const [agent = "", model = ""] = JSON.parse(key) as string[]; // As it was made above.
      const inputTokens = measured(sum, "inputTokens");
      const outputTokens = measured(sum, "outputTokens");
      return { key, agent, model, count: sum.count, inputTokens, outputTokens, cost: measured(sum, "costNanoDollars") };
    });
    rows.sort((a, b) => b.cost - a.cost || b.count - a.count || (a.key < b.key ? -1 : 1));
    const spent = rows.reduce((sum, row) => sum + row.cost, 0);
    const unpriced = rows.some(({ cost, inputTokens, outputTokens }) => cost === 0 && inputTokens + outputTokens > 0);
    return joined([
      summary(money(spent), "spent on models"),
      ranking(
        cost.title,
        "Model, agent",
        ["Cost", "Requests", "Tokens in", "Tokens out"],
        rows.map(({ agent, model, count, inputTokens, outputTokens, cost }) => ({
          name: named(model),
          detail: named(agent),
          parts: [{ color: "first", value: cost }],
          numbers: [money(cost), full(count), short(inputTokens), short(outputTokens)],
        })),
      ),
      ...(unpriced ? [note("A model with tokens and no cost is one whose price isn't known.")] : []),
    ]);
  },
};
