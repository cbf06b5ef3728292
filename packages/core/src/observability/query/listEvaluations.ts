import { invalid } from "../../control/input.ts";
import { daysKept } from "../../storage/retention.ts";
import type { EvaluationCompleted } from "../events.ts";
import type { EvaluationPage } from "./answers.ts";
import type { QuerySources } from "./dependencies.ts";
import { matches } from "./evaluations.ts";
import { findInHours, pageOf } from "./inHours.ts";
import type { InputOf } from "./operations.ts";
import { type Position, positionIn, shownRange } from "./position.ts";
import { type Range, rangeOf } from "./range.ts";

/** Each is read by a reader of its own. */
const maxConfigs = 50;
/** What is evaluated was over so long before at most: a time-out of a day, and a fortnight among the dead letters. */
const longestWait = 16 * 86_400_000;

/** A page of what evaluators have said of sessions as they happened, by when they said it. */
export async function listEvaluations(
  sources: Pick<QuerySources, "aggregates" | "evaluations">,
  input: InputOf<"ListEvaluations">,
  { now, signal, millisecondsLeft }: { now: Date; signal?: AbortSignal; millisecondsLeft: () => number },
): Promise<EvaluationPage> {
  const { from, to, after }: Position = positionIn(input.nextToken) ?? rangeOf(input, daysKept.evaluations, now);
  const scopes = await configsOf(sources, input.config, { from, to });
  const read = (configId: string, part: Range & { readonly descending: boolean; readonly signal?: AbortSignal }) =>
    sources.evaluations.inHour({ ...part, configId });
  const descending = input.order === "newest";
  const found = findInHours({ from, to, descending, after, signal, scopes, read, positionOf });
  const { maxResults } = input;
  const page = await pageOf(found, { maxResults, isWanted: (row) => matches(row, input), millisecondsLeft });
  return { ...shownRange({ from, to, after: page.after }), evaluations: [...page.rows] };
}

function positionOf({ evaluatedAt, evaluationId }: EvaluationCompleted): string {
  return `${evaluatedAt}#${evaluationId}`;
}

/** The online evaluations that are named, or else all by which anything was evaluated. */
async function configsOf(
  { aggregates }: Pick<QuerySources, "aggregates">,
  named: readonly string[] | undefined,
  { from, to }: Range,
): Promise<readonly string[]> {
  // They are counted by when what they are about was over.
  const range = { from: new Date(from.getTime() - longestWait), to };
  const configs = [...new Set(named ?? (await aggregates.scopes("evaluations", range)))];
  if (configs.length <= maxConfigs) return configs;
  const message = `must be said: there are ${configs.length}, and one answer looks through ${maxConfigs} at most`;
  throw invalid([{ name: "config", message }]);
}
