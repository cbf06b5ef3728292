import type { JsonObject } from "../../json.ts";
import type { RecordedCall, Unreplayable, UnreplayableReason } from "./recordedCall.ts";

/** How a call's decision changes. */
export type Change = "newlyAllowed" | "newlyDenied";

/** What replaying a call came to. */
export type Outcome =
  | { readonly kind: "unchanged" }
  | {
      readonly kind: Change;
      /** The policies that newly decide, or, of a denial by default, those that allowed it before. */
      readonly policies: readonly string[];
      readonly reason: string;
      /** Deciding failed, which denies. */
      readonly failed: boolean;
    };

/** How many calls changed. */
export interface Changes {
  newlyAllowed: number;
  newlyDenied: number;
}

/** A call that changes. */
export interface ReplayExample {
  readonly time: string;
  readonly principal: { readonly type: string; readonly id: string };
  readonly tool: string;
  /** Absent where they are too long to be shown. */
  readonly arguments?: JsonObject;
  readonly decisionId?: string;
  /** The policies that newly decide, or, of a denial by default, those that allowed it before. */
  readonly policies: readonly string[];
  /** What is said of the call now. */
  readonly reason: string;
}

/**
 * What was counted so far. It can be cloned and sent, and two of them make one: however calls are divided, what comes of
 * them all together is the same. That is why examples are chosen by an order of their own, and not by who came first.
 */
export interface Tally {
  calls: number;
  unchanged: number;
  failures: number;
  /** The times of the first and the last call, in milliseconds. */
  from: number;
  until: number;
  readonly total: Changes;
  /** Only what changes is kept, so that memory grows with that and not with the calls. */
  readonly byTool: Map<string, Changes>;
  readonly byPrincipal: Map<string, Changes>;
  readonly byPolicy: Map<string, Changes>;
  /** The first calls of each tool, in the order of time. */
  readonly examples: Readonly<Record<Change, Map<string, ReplayExample[]>>>;
  readonly unreplayable: Map<UnreplayableReason, { calls: number; first: Unreplayable[] }>;
}

/** How many examples of each kind are kept of each tool, and of each reason. */
export const examplesOfEach = 3;
/** The longest arguments of an example, in characters of JSON. */
const longestArguments = 2_000;

export function emptyTally(): Tally {
  return {
    calls: 0,
    unchanged: 0,
    failures: 0,
    from: Number.POSITIVE_INFINITY,
    until: Number.NEGATIVE_INFINITY,
    total: { newlyAllowed: 0, newlyDenied: 0 },
    byTool: new Map(),
    byPrincipal: new Map(),
    byPolicy: new Map(),
    examples: { newlyAllowed: new Map(), newlyDenied: new Map() },
    unreplayable: new Map(),
  };
}

/** Counts one call that was replayed. */
export function count(tally: Tally, call: RecordedCall, at: number, outcome: Outcome): void {
  tally.calls += 1;
  if (at < tally.from) tally.from = at;
  if (at > tally.until) tally.until = at;
  if (outcome.kind === "unchanged") {
    tally.unchanged += 1;
    return;
  }
  const { kind, policies, failed } = outcome;
  if (failed) tally.failures += 1;
  tally.total[kind] += 1;
  changesOf(tally.byTool, call.tool)[kind] += 1;
  changesOf(tally.byPrincipal, call.principal.id)[kind] += 1;
  for (const policy of new Set(policies)) changesOf(tally.byPolicy, policy)[kind] += 1;
  const examples = tally.examples[kind].get(call.tool) ?? [];
  const last = examples[examplesOfEach - 1];
  // Most calls are later than the three that are kept: nothing is made of these.
  if (last !== undefined && Date.parse(last.time) < at) return;
  tally.examples[kind].set(call.tool, firstExamples([...examples, exampleOf(call, outcome)]));
}

/** Counts one call that can't be replayed. */
export function countUnreplayable(tally: Tally, call: Unreplayable): void {
  tally.calls += 1;
  const known = tally.unreplayable.get(call.unreplayable);
  const first = firstUnreplayable([...(known?.first ?? []), call]);
  tally.unreplayable.set(call.unreplayable, { calls: (known?.calls ?? 0) + 1, first });
}

/** Adds to a tally what was counted elsewhere. */
export function addTally(tally: Tally, other: Tally): void {
  tally.calls += other.calls;
  tally.unchanged += other.unchanged;
  tally.failures += other.failures;
  tally.from = Math.min(tally.from, other.from);
  tally.until = Math.max(tally.until, other.until);
  addChanges(tally.total, other.total);
  for (const by of ["byTool", "byPrincipal", "byPolicy"] as const) {
    for (const [key, changes] of other[by]) addChanges(changesOf(tally[by], key), changes);
  }
  for (const kind of ["newlyAllowed", "newlyDenied"] as const) {
    for (const [tool, examples] of other.examples[kind]) {
      tally.examples[kind].set(tool, firstExamples([...(tally.examples[kind].get(tool) ?? []), ...examples]));
    }
  }
  for (const [reason, { calls, first }] of other.unreplayable) {
    const known = tally.unreplayable.get(reason);
    const both = firstUnreplayable([...(known?.first ?? []), ...first]);
    tally.unreplayable.set(reason, { calls: (known?.calls ?? 0) + calls, first: both });
  }
}

function changesOf(counts: Map<string, Changes>, key: string): Changes {
  let changes = counts.get(key);
  if (changes === undefined) {
    changes = { newlyAllowed: 0, newlyDenied: 0 };
    counts.set(key, changes);
  }
  return changes;
}

function addChanges(changes: Changes, { newlyAllowed, newlyDenied }: Changes): void {
  changes.newlyAllowed += newlyAllowed;
  changes.newlyDenied += newlyDenied;
}

function exampleOf(call: RecordedCall, outcome: Exclude<Outcome, { kind: "unchanged" }>): ReplayExample {
  const { time, principal, tool, arguments: args, decisionId } = call;
  return {
    time,
    principal: { type: principal.type, id: principal.id },
    tool,
    ...(JSON.stringify(args).length > longestArguments ? {} : { arguments: args }),
    ...(decisionId === undefined ? {} : { decisionId }),
    policies: outcome.policies,
    reason: outcome.reason,
  };
}

function firstExamples(examples: readonly ReplayExample[]): ReplayExample[] {
  return [...examples].sort(compareExamples).slice(0, examplesOfEach);
}

/** By time; of two at the same time, by what else is said of them, so that the order never depends on who came first. */
export function compareExamples(a: ReplayExample, b: ReplayExample): number {
  return Date.parse(a.time) - Date.parse(b.time) || compareTexts(JSON.stringify(a), JSON.stringify(b));
}

function firstUnreplayable(calls: readonly Unreplayable[]): Unreplayable[] {
  const lineOf = ({ line = Number.MAX_SAFE_INTEGER }: Unreplayable) => line;
  return [...calls].sort((a, b) => lineOf(a) - lineOf(b) || compareTexts(a.detail, b.detail)).slice(0, examplesOfEach);
}

/** By code units: no locale may change what a report says. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
