import { html } from "../../html.ts";
import type { KeptScore } from "../../storage/evaluationRepository.ts";
import { betterScoreOf, goodnessOf } from "../betterScore.ts";
import { binsOf } from "./bins.ts";
import { joined } from "./charts/axes.ts";
import { full, moment, name } from "./charts/format.ts";
import { table } from "./charts/table.ts";
import { lessIsBetter, nothingEvaluated, readEvaluations, score } from "./evaluations.ts";
import { named } from "./ranking.ts";
import { empty, note, summary, type Widget } from "./widget.ts";

const mostSessions = 10;
/** Of each evaluator, the worst of each of so many days, the last ones. */
const mostDays = 31;
const day = 86_400_000;
const readAtATime = 16;

interface Found extends KeptScore {
  readonly evaluatorId: string;
  /** The score as one of which more is better. */
  readonly goodness: number;
}

/** The sessions to look at. */
export const worstSessions: Widget = {
  title: "Worst sessions",
  description: "The sessions with the worst scores of online evaluation, with the evaluator and what it has said.",
  scope: "config",
  async draw(aggregates, view) {
    const bins = binsOf(view.range);
    const evaluators = new Map<string, { readonly configId: string; readonly evaluatorId: string }>();
    for await (const { scope: configId, dimensions, measures } of readEvaluations(aggregates, bins, view.scope)) {
      const { evaluator: evaluatorId = "" } = dimensions;
      if ((measures.scores ?? 0) > 0)
        evaluators.set(JSON.stringify([configId, evaluatorId]), { configId, evaluatorId });
    }
    const { from, to } = view.range;
    const lastDay = Math.floor((to - 1) / day);
    const firstDay = Math.max(Math.floor(from / day), lastDay - mostDays + 1);
    const dates = Array.from({ length: lastDay - firstDay + 1 }, (_, index) =>
      new Date((firstDay + index) * day).toISOString().slice(0, 10),
    );
    const queries = [...evaluators.values()].flatMap((one) => dates.map((date) => ({ ...one, date, limit: 100 })));
    const found: Found[] = [];
    for (let at = 0; at < queries.length; at += readAtATime) {
      const lists = queries.slice(at, at + readAtATime).map(async (query) => {
        const { evaluatorId } = query;
        const better = betterScoreOf(evaluatorId);
        const worst = await aggregates.worstScores({ ...query, better });
        return worst.map((one) => ({ ...one, evaluatorId, goodness: goodnessOf(one.value, better) }));
      });
      found.push(...(await Promise.all(lists)).flat());
    }
    const rows = worstOf(found.filter(({ time }) => time >= from && time < to));
    if (rows.length === 0) return empty(nothingEvaluated);
    return joined([
      summary(full(rows.length), rows.length === 1 ? "session" : "sessions"),
      html`<div class="gh-scroll">${table(
        worstSessions.title,
        [
          { label: "Session" },
          { label: "When" },
          { label: "Evaluator" },
          { label: "Label" },
          { label: "Score", number: true },
        ],
        rows.map(({ sessionId, agent, time, evaluatorId, label, value }) => [
          html`<bdi>${name(sessionId)}</bdi>${agent === undefined ? undefined : html`<br><span class="gh-by"><bdi>${name(agent)}</bdi></span>`}`,
          moment(time, view.offsetMinutes),
          named(evaluatorId),
          named(label),
          score(value),
        ]),
      )}</div>`,
      note("Each session by its worst score. Scores of evaluators with different scales are not alike."),
      ...lessIsBetter(rows.map(({ evaluatorId }) => evaluatorId)),
    ]);
  },
};

/** Each session once, by its worst score, the worst first and of these the latest. */
function worstOf(found: readonly Found[]): Found[] {
  const sorted = found.toSorted(
    (a, b) => a.goodness - b.goodness || b.time - a.time || (a.sessionId < b.sessionId ? -1 : 1),
  );
  const seen = new Map<string, Found>();
  for (const one of sorted) if (!seen.has(one.sessionId)) seen.set(one.sessionId, one);
  return [...seen.values()].slice(0, mostSessions);
}
