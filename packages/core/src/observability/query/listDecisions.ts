import { invalid } from "../../control/input.ts";
import { daysKept } from "../../storage/retention.ts";
import type { DecisionPage } from "./answers.ts";
import { csvLine } from "./csv.ts";
import { decisionColumns, decisionRow, findDecisions, matches, shown } from "./decisions.ts";
import type { QuerySources } from "./dependencies.ts";
import { pageOf } from "./inHours.ts";
import type { InputOf } from "./operations.ts";
import { type Position, positionIn, shownRange } from "./position.ts";
import { type Range, rangeOf } from "./range.ts";

/** Each is read by a reader of its own. */
const maxGateways = 50;
/** A page of decisions. `millisecondsLeft` says how long it may go on looking. */
export async function listDecisions(
  sources: QuerySources,
  input: InputOf<"ListDecisions">,
  { now, signal, millisecondsLeft }: { now: Date; signal?: AbortSignal; millisecondsLeft: () => number },
): Promise<DecisionPage> {
  const { from, to, after }: Position = positionIn(input.nextToken) ?? rangeOf(input, daysKept.decisions, now);
  const gateways = await gatewaysOf(sources, input.gateway, { from, to });
  const descending = input.order === "newest";
  const found = findDecisions(sources.ledger, { from, to, gateways, descending, after, signal });
  const { maxResults } = input;
  const page = await pageOf(found, { maxResults, isWanted: (row) => matches(row, input), millisecondsLeft });
  return { ...shownRange({ from, to, after: page.after }), decisions: page.rows.map(shown) };
}

/**
 * How long a stream may be silent while much is looked through and nothing found: whatever stands between waits for a minute
 * at most.
 */
const silenceMilliseconds = 10_000;
/** What says that there is more to come: in JSON a blank before the next line's, in CSV an empty line. */
const signsOfLife = { ndjson: " ", csv: "\r\n" } as const;

/** Decisions as lines of a stream, the oldest first. */
export async function* exportDecisions(
  sources: QuerySources,
  input: InputOf<"ExportDecisions">,
  { now, signal, clock = () => performance.now() }: { now: Date; signal: AbortSignal; clock?: () => number },
): AsyncGenerator<string> {
  const { format } = input;
  const range = rangeOf(input, daysKept.decisions, now);
  const gateways = await gatewaysOf(sources, input.gateway, range);
  let heard = clock();
  if (format === "csv") yield csvLine(decisionColumns);
  for await (const { row: decision } of findDecisions(sources.ledger, {
    ...range,
    gateways,
    descending: false,
    signal,
  })) {
    const isWanted = decision !== undefined && matches(decision, input);
    if (!isWanted && clock() - heard < silenceMilliseconds) continue;
    heard = clock();
    if (!isWanted) yield signsOfLife[format];
    else if (format === "csv") yield csvLine(decisionRow(shown(decision)));
    else yield `${JSON.stringify(shown(decision))}\n`;
  }
}

/** The gateways that are named, or else all that have decided anything. */
export async function gatewaysOf(
  { aggregates }: Pick<QuerySources, "aggregates">,
  named: readonly string[] | undefined,
  range: Range,
): Promise<readonly string[]> {
  const gateways = [...new Set(named ?? (await aggregates.scopes("decisions", range)))];
  if (gateways.length <= maxGateways) return gateways;
  const message = `must be said: there are ${gateways.length}, and one answer looks through ${maxGateways} at most`;
  throw invalid([{ name: "gateway", message }]);
}
