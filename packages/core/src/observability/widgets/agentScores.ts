import { html } from "../../html.ts";
import { betterScoreOf, goodnessOf } from "../betterScore.ts";
import { binsOf } from "./bins.ts";
import { sumUp } from "./cells.ts";
import { joined } from "./charts/axes.ts";
import { full } from "./charts/format.ts";
import { lessIsBetter, meanScore, nothingEvaluated, readEvaluations, score } from "./evaluations.ts";
import { named, ranking } from "./ranking.ts";
import { measured } from "./tokens.ts";
import { empty, summary, type Widget } from "./widget.ts";

/** Whose sessions were how good. */
export const agentScores: Widget = {
  title: "Scores by agent and version",
  description: "The mean score that each version of each agent got from each evaluator, the worst first.",
  scope: "config",
  async draw(aggregates, view) {
    const bins = binsOf(view.range);
    const cells = readEvaluations(aggregates, bins, view.scope);
    const { total } = await sumUp(cells, bins, ({ dimensions: { evaluator = "", agent, agentVersion }, measures }) =>
      (measures.scores ?? 0) > 0 ? [JSON.stringify([evaluator, agent ?? null, agentVersion ?? null])] : [],
    );
    if (total.size === 0) return empty(nothingEvaluated);
    const rows = [...total].map(([key, sum]) => {
      const [evaluator, agent, version] = JSON.parse(key) as [string, string | null, string | null]; // As made above.
      const mean = meanScore(sum) ?? 0;
      const goodness = goodnessOf(mean, betterScoreOf(evaluator));
      return { key, evaluator, agent, version, mean, goodness, count: measured(sum, "scores") };
    });
    rows.sort((a, b) => a.goodness - b.goodness || b.count - a.count || (a.key < b.key ? -1 : 1));
    const agents = new Set(rows.map(({ agent, version }) => JSON.stringify([agent, version])));
    return joined([
      summary(full(agents.size), agents.size === 1 ? "version of an agent" : "versions of agents"),
      ranking(
        agentScores.title,
        "Agent, evaluator",
        ["Score", "Scores"],
        rows.map(({ evaluator, agent, version, mean, count }) => ({
          name: html`${agent === null ? "no agent named" : named(agent)}${version === null ? undefined : html` ${named(version)}`}`,
          detail: named(evaluator),
          parts: [{ color: "first", value: Math.max(0, mean) }] as const,
          numbers: [score(mean), full(count)],
        })),
      ),
      ...lessIsBetter(rows.map(({ evaluator }) => evaluator)),
    ]);
  },
};
