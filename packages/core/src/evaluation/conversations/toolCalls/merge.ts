import { byBeginning, compare, type Placed, type Trace } from "../trace.ts";
import { areArgumentsAlike, areArgumentsEqual, type Draft, draftOf, isSameTool, withMore } from "./draft.ts";

/** How far the gateway's clock and the agent's may be from each other, in nanoseconds. */
const clockTolerance = 2_000_000_000n;

/**
 * The calls of tools, each once, whoever tells of it. A call's span within another's is about the same call if both name the
 * same tool, or the same arguments. A call that the gateway tells of elsewhere is the agent's that names the same tool, can
 * have had the same arguments and was under way at that time; of several the one that began next to it.
 */
export function mergedCalls(traces: readonly Trace[]): Draft[] {
  const placed = traces.flatMap(({ spans }) => spans.filter(({ role }) => role === "toolCall"));
  const drafts = new Map<Placed, Draft>(placed.map((span) => [span, draftOf(span)]));
  // From the inside to the outside, so that what an inner one knows gets to the outermost.
  for (const span of placed.toReversed()) foldIntoOuter(span, drafts);
  const decisions = traces.flatMap(({ spans }) => spans.filter(isLaterDecision));
  for (const span of decisions) addDecision(span, drafts);
  foldByTime(drafts);
  return [...drafts.values()];
}

function foldIntoOuter(inner: Placed, drafts: Map<Placed, Draft>): void {
  let outer = inner.within;
  // One that is folded already stands for the one around it.
  while (outer?.role === "toolCall" && !drafts.has(outer)) outer = outer.within;
  const [innerCall, outerCall] = [drafts.get(inner), outer && drafts.get(outer)];
  if (outer === undefined || innerCall === undefined || outerCall === undefined) return;
  const isSame =
    isSameTool(innerCall.tool, outerCall.tool) || areArgumentsEqual(innerCall.arguments, outerCall.arguments);
  if (!isSame) return;
  drafts.set(outer, withMore(outerCall, innerCall));
  drafts.delete(inner);
}

/** The gateway's span of an answer that it has withheld after all. */
function isLaterDecision({ isGateways, role, span }: Placed): boolean {
  return isGateways && role === "step" && span.attributes["gatehouse.decision.outcome"] !== undefined;
}

function addDecision(later: Placed, drafts: Map<Placed, Draft>): void {
  let call = later.within;
  while (call !== undefined && !drafts.has(call)) call = call.within;
  const draft = call && drafts.get(call);
  if (call === undefined || draft === undefined) return;
  const { decision } = later.reader.toolCall(later.span);
  if (decision !== undefined) drafts.set(call, { ...draft, decision });
}

function foldByTime(drafts: Map<Placed, Draft>): void {
  const all = [...drafts].sort(([a], [b]) => byBeginning(a, b));
  const ofAgents = all.filter(([, { toldBy, decision }]) => toldBy === "agent" && decision === undefined);
  const taken = new Set<Placed>();
  let next = 0;
  for (const [gateways, call] of all) {
    if (call.toldBy !== "gateway") continue;
    while (next < ofAgents.length && (ofAgents[next]?.[1].startedAt ?? 0n) < call.startedAt) next++;
    const [nearest] =
      around(ofAgents, next, call).find(([of, agents]) => !taken.has(of) && canBeOne(agents, call)) ?? [];
    const agentsCall = nearest && drafts.get(nearest);
    if (nearest === undefined || agentsCall === undefined) continue;
    taken.add(nearest);
    drafts.set(nearest, withMore(agentsCall, call));
    drafts.delete(gateways);
  }
}

/** So many calls that began before and so many that began after are looked at: more are not under way at a time. */
const mostAtATime = 100;

/** The agent's calls that began around the time of another, the nearest first. */
function around(
  ofAgents: readonly (readonly [Placed, Draft])[],
  next: number,
  { startedAt }: Draft,
): (readonly [Placed, Draft])[] {
  const distance = (at: bigint) => (at > startedAt ? at - startedAt : startedAt - at);
  return ofAgents
    .slice(Math.max(0, next - mostAtATime), next + mostAtATime)
    .sort(([, a], [, b]) => compare(distance(a.startedAt), distance(b.startedAt)));
}

function canBeOne(agents: Draft, gateways: Draft): boolean {
  return (
    isSameTool(agents.tool, gateways.tool) &&
    areArgumentsAlike(agents.arguments, gateways.arguments) &&
    gateways.startedAt >= agents.startedAt - clockTolerance &&
    gateways.startedAt <= agents.endedAt + clockTolerance
  );
}
