import type { ReadSpan } from "./readers/readSpan.ts";

/** A span in its trace. */
export interface Placed extends ReadSpan {
  /** The nearest span around it that is more than a step. */
  readonly within?: Placed;
  /** How many runs of agents are around it. */
  readonly agents: number;
  /** Whether a run of an agent, or what may stand for one, is around it. */
  readonly isInRun: boolean;
}

/** The spans of one trace, in the order of their beginning. */
export interface Trace {
  readonly traceId: string;
  readonly spans: readonly Placed[];
}

/** Sorts spans into traces, and finds what each is within. Whoever is said to be within itself is within nothing. */
export function tracesOf(spans: readonly ReadSpan[]): Trace[] {
  const byTrace = Map.groupBy(spans.toSorted(byBeginning), ({ span }) => span.traceId);
  return [...byTrace].map(([traceId, ofTrace]) => ({ traceId, spans: placed(ofTrace) }));
}

/** Whether a span tells of an agent's run, or of what may stand for one. */
export function isRun({ role }: ReadSpan): boolean {
  return role === "agentRun" || role === "workflow";
}

/** In the order of their beginning, and where that is the same always in the same one. */
export function byBeginning(
  a: Pick<ReadSpan, "span" | "isGateways">,
  b: Pick<ReadSpan, "span" | "isGateways">,
): number {
  return (
    compare(BigInt(a.span.startTimeUnixNano), BigInt(b.span.startTimeUnixNano)) ||
    // What lasts longer holds the other.
    compare(BigInt(b.span.endTimeUnixNano), BigInt(a.span.endTimeUnixNano)) ||
    compare(a.span.spanId, b.span.spanId) ||
    Number(a.isGateways) - Number(b.isGateways)
  );
}

export function compare<T extends bigint | number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function placed(spans: readonly ReadSpan[]): Placed[] {
  const found = new Map<ReadSpan, Placed>();
  const parentOf = createFinder(spans);
  for (const span of spans) {
    // Up to what is placed already, or to the top: a loop, because a trace can be deeper than a stack.
    const path: ReadSpan[] = [];
    const onPath = new Set<ReadSpan>();
    let at: ReadSpan | undefined = span;
    while (at !== undefined && !found.has(at) && !onPath.has(at)) {
      path.push(at);
      onPath.add(at);
      at = parentOf(at);
    }
    let parent = at === undefined ? undefined : found.get(at);
    for (const one of path.reverse()) {
      parent = place(one, parent);
      found.set(one, parent);
    }
  }
  return spans.flatMap((span) => found.get(span) ?? []);
}

function place(span: ReadSpan, parent: Placed | undefined): Placed {
  const within = parent?.role === "step" ? parent.within : parent;
  const agents = parent === undefined ? 0 : parent.agents + (parent.role === "agentRun" ? 1 : 0);
  const isInRun = parent !== undefined && (parent.isInRun || isRun(parent));
  return { ...span, agents, isInRun, ...(within === undefined ? {} : { within }) };
}

/** Of two spans with the same id, the parent is the one that comes from where the child does. */
function createFinder(spans: readonly ReadSpan[]) {
  const byId = Map.groupBy(spans, ({ span }) => span.spanId);
  return ({ span, isGateways }: ReadSpan): ReadSpan | undefined => {
    if (span.parentSpanId === undefined) return undefined;
    const parents = byId.get(span.parentSpanId) ?? [];
    return parents.find((parent) => parent.isGateways === isGateways) ?? parents[0];
  };
}
