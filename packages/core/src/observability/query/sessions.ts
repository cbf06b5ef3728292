import { GatehouseError } from "../../errors.ts";
import { daysKept } from "../../storage/retention.ts";
import type { RecordedSpan, SessionSummary, SessionTrace } from "../../storage/spanRepository.ts";
import type { EvaluationCompleted, ToolDecision } from "../events.ts";
import type { SessionPage, SessionSummaryAnswer, SessionTree, TraceTree } from "./answers.ts";
import { shown } from "./decisions.ts";
import type { QuerySources } from "./dependencies.ts";
import { hoursOf } from "./inHours.ts";
import type { InputOf } from "./operations.ts";
import { type Position, positionIn, tokenOf } from "./position.ts";
import { rangeOf } from "./range.ts";
import { treeOf } from "./tree.ts";

/** A tree is read as a whole: more than this is for whoever takes it trace by trace. */
const maxSpans = 10_000;
const maxDecisions = 10_000;
const maxEvaluations = 10_000;
const hour = 3_600_000;

/**
 * A page of sessions, by the last hour within the range in which anything happened. A session that went on after the range
 * is met in every hour of it, and can be on several pages.
 */
export async function listSessions(
  { spans }: Pick<QuerySources, "spans">,
  input: InputOf<"ListSessions">,
  { now, signal, millisecondsLeft }: { now: Date; signal: AbortSignal; millisecondsLeft: () => number },
): Promise<SessionPage> {
  const { from, to, after }: Position = positionIn(input.nextToken) ?? rangeOf(input, daysKept.sessions, now);
  const [resumedAt, resumedIndex = "0"] = after?.split("#") ?? [];
  const rest = { from, to: resumedAt === undefined ? to : new Date(resumedAt) };
  const found = new Map<string, SessionSummary>();
  const page = (position?: string): SessionPage => ({
    from: from.toISOString(),
    to: to.toISOString(),
    sessions: [...found.values()].map(summaryOf),
    ...(position === undefined ? {} : { nextToken: tokenOf({ from, to, after: position }) }),
  });
  for (const window of hoursOf(rest, true)) {
    const end = window.to.toISOString();
    const skip = end === resumedAt ? Number(resumedIndex) : 0;
    let index = 0;
    for await (const session of spans.sessions({ ...window, signal })) {
      if (index++ < skip) continue;
      const isLater =
        session.to < to.getTime() && Math.floor(session.to / hour) > Math.floor(window.from.getTime() / hour);
      if (isLater || !isAskedFor(session, input)) continue;
      // The one that doesn't fit any more begins the next page.
      if (found.size === input.maxResults && !found.has(session.sessionId)) return page(`${end}#${index - 1}`);
      found.set(session.sessionId, session);
    }
    if (millisecondsLeft() <= 0 && window.from > from) return page(window.from.toISOString());
  }
  return page();
}

function isAskedFor({ gateways, agents }: SessionSummary, { gateway, agent }: InputOf<"ListSessions">): boolean {
  const isAmong = (names: readonly string[], asked: readonly string[] | undefined) =>
    asked === undefined || names.some((name) => asked.includes(name));
  return isAmong(gateways, gateway) && isAmong(agents, agent);
}

function summaryOf({ from, to, gateways, agents, ...counts }: SessionSummary): SessionSummaryAnswer {
  const times = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  return { ...counts, ...times, gateways: [...gateways], agents: [...agents] };
}

/** A session in one tree. @throws GatehouseError `notFound` where nothing is known of it. */
export async function sessionTree(
  { ledger, spans, evaluations }: QuerySources,
  { sessionId }: InputOf<"GetSession">,
  signal: AbortSignal,
): Promise<SessionTree> {
  const [summary, marked, decisions, evaluated] = await Promise.all([
    spans.session(sessionId),
    spans.tracesOf(sessionId),
    take(ledger.decisionsOfSession(sessionId), maxDecisions, signal),
    take(evaluations.ofSession(sessionId), maxEvaluations, signal),
  ]);
  const traces = tracesIn(marked, decisions.items);
  if (summary === undefined && traces.length === 0 && decisions.items.length === 0) {
    throw new GatehouseError("notFound", `Nothing is known of session ${JSON.stringify(sessionId)}.`);
  }
  const found: RecordedSpan[] = [];
  let truncated = decisions.truncated || evaluated.truncated;
  for (const traceId of traces) {
    signal.throwIfAborted();
    if (found.length >= maxSpans) {
      truncated = true;
      break;
    }
    found.push(...(await spans.trace(traceId)));
  }
  return {
    sessionId,
    ...(summary === undefined ? {} : { summary: summaryOf(summary) }),
    traces,
    nodes: treeOf(found, decisions.items.map(shown), evaluated.items),
    truncated,
  };
}

/** Each trace once, by the minute in which the first that is known of it happened. */
function tracesIn(marked: readonly SessionTrace[], decisions: readonly ToolDecision[]): string[] {
  const told = decisions.flatMap(({ traceId, time }) =>
    traceId === undefined ? [] : [{ traceId, minute: time.slice(0, "2026-11-20T10:00".length) }],
  );
  const all = [...marked, ...told].sort((a, b) => (a.minute < b.minute ? -1 : a.minute > b.minute ? 1 : 0));
  return [...new Set(all.map(({ traceId }) => traceId))];
}

/** A trace as a tree. @throws GatehouseError `notFound` where nothing is known of it. */
export async function traceTree(
  { ledger, spans, evaluations }: QuerySources,
  { traceId }: InputOf<"GetTrace">,
  signal: AbortSignal,
): Promise<TraceTree> {
  const [found, marked, own] = await Promise.all([
    spans.trace(traceId),
    spans.sessionsOf(traceId),
    take(ledger.decisionsOfTrace(traceId), maxDecisions, signal),
  ]);
  const decisions = [...own.items];
  let { truncated } = own;
  const told = own.items.flatMap(({ sessionId }) => (sessionId === undefined ? [] : [sessionId]));
  const sessions = [...new Set([...marked, ...told])];
  for (const sessionId of marked) {
    const isOfTrace = (decision: ToolDecision) => decision.traceId === traceId;
    const more = await take(ledger.decisionsOfSession(sessionId), maxDecisions - decisions.length, signal, isOfTrace);
    decisions.push(...more.items);
    truncated ||= more.truncated;
  }
  const evaluated: EvaluationCompleted[] = [];
  for (const sessionId of sessions) {
    const isOfTrace = (evaluation: EvaluationCompleted) => evaluation.traceId === traceId;
    const more = await take(evaluations.ofSession(sessionId), maxEvaluations - evaluated.length, signal, isOfTrace);
    evaluated.push(...more.items);
    truncated ||= more.truncated;
  }
  if (found.length === 0 && decisions.length === 0) {
    throw new GatehouseError("notFound", `Nothing is known of trace ${traceId}.`);
  }
  return { traceId, sessions, nodes: treeOf(found, decisions.map(shown), evaluated), truncated };
}

/** The first of a sequence, and whether there are more. */
async function take<T>(
  sequence: AsyncIterable<T>,
  count: number,
  signal: AbortSignal,
  isWanted: (item: T) => boolean = () => true,
): Promise<{ readonly items: readonly T[]; readonly truncated: boolean }> {
  const items: T[] = [];
  for await (const item of sequence) {
    signal.throwIfAborted();
    if (!isWanted(item)) continue;
    if (items.length >= count) return { items, truncated: true };
    items.push(item);
  }
  return { items, truncated: false };
}
