import { type UnreplayableReason, unreplayableReasons } from "./recordedCall.ts";
import { type Change, type Changes, compareExamples, compareTexts, type ReplayExample, type Tally } from "./tally.ts";

/** Which recorded calls a set of policies would decide otherwise. */
export interface ReplayReport {
  /** All of them: those that are unchanged, newly allowed, newly denied and not replayable. */
  readonly calls: number;
  readonly unchanged: number;
  readonly newlyAllowed: number;
  readonly newlyDenied: number;
  readonly notReplayable: number;
  /** Of those that changed: those that are denied because deciding failed, such as by a forbid that is not valid for its tool. */
  readonly failures: number;
  /** When the first and the last call was made, ISO 8601 in UTC; absent where none could be read. */
  readonly from?: string;
  readonly until?: string;
  readonly byTool: TopChanges;
  readonly byPrincipal: TopChanges;
  /**
   * By the policies that newly decide: the forbids that deny, the permits that allow, or, of what is denied by default, the
   * permits that allowed it before. A call that several decide counts for each.
   */
  readonly byPolicy: TopChanges;
  /** The first calls of each tool, as many of one tool as of another where there are enough. */
  readonly examples: Readonly<Record<Change, readonly ReplayExample[]>>;
  readonly notReplayableReasons: readonly NotReplayable[];
}

/** Those with the most changes; the counts are exact. */
export interface TopChanges {
  readonly top: readonly ({ readonly key: string } & Readonly<Changes>)[];
  /** How many more there are. */
  readonly more: number;
}

/** Calls that can't be replayed for one reason. */
export interface NotReplayable {
  readonly reason: UnreplayableReason;
  readonly message: string;
  readonly calls: number;
  readonly examples: readonly { readonly line?: number; readonly detail: string }[];
}

/** How long lists of a report may be. */
const longestTop = 20;
const mostExamples = 20;

/** Makes a report of what was counted. */
export function reportOf(tally: Tally): ReplayReport {
  const { calls, unchanged, failures, total, from, until, byTool, byPrincipal, byPolicy, examples } = tally;
  const { newlyAllowed, newlyDenied } = total;
  return {
    calls,
    unchanged,
    newlyAllowed,
    newlyDenied,
    notReplayable: calls - unchanged - newlyAllowed - newlyDenied,
    failures,
    ...(from <= until ? { from: new Date(from).toISOString(), until: new Date(until).toISOString() } : {}),
    byTool: topOf(byTool),
    byPrincipal: topOf(byPrincipal),
    byPolicy: topOf(byPolicy),
    examples: { newlyAllowed: spread(examples.newlyAllowed), newlyDenied: spread(examples.newlyDenied) },
    notReplayableReasons: reasonsOf(tally),
  };
}

function topOf(counts: ReadonlyMap<string, Changes>): TopChanges {
  const sum = ({ newlyAllowed, newlyDenied }: Changes) => newlyAllowed + newlyDenied;
  const all = [...counts].sort(([a, x], [b, y]) => sum(y) - sum(x) || compareTexts(a, b));
  const top = all.slice(0, longestTop).map(([key, changes]) => ({ key, ...changes }));
  return { top, more: all.length - top.length };
}

/** One of each tool, then a second of each, until there are enough. */
function spread(byTool: ReadonlyMap<string, readonly ReplayExample[]>): ReplayExample[] {
  const tools = [...byTool].sort(([a], [b]) => compareTexts(a, b)).map(([, examples]) => examples);
  const rounds = Math.max(0, ...tools.map(({ length }) => length));
  const inTurn = Array.from({ length: rounds }, (_, round) => tools.flatMap((examples) => examples[round] ?? []));
  return inTurn.flat().slice(0, mostExamples).sort(compareExamples);
}

function reasonsOf({ unreplayable }: Tally): NotReplayable[] {
  return [...unreplayable]
    .map(([reason, { calls, first }]) => ({
      reason,
      message: unreplayableReasons[reason],
      calls,
      examples: first.map(({ line, detail }) => ({ ...(line === undefined ? {} : { line }), detail })),
    }))
    .sort((a, b) => b.calls - a.calls || compareTexts(a.reason, b.reason));
}
