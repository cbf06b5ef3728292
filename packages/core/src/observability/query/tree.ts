import type { RecordedSpan } from "../../storage/spanRepository.ts";
import type { EvaluationCompleted } from "../events.ts";
import type { Decision, TreeNode } from "./answers.ts";

type Unplaced = TreeNode extends infer Node
  ? Node extends TreeNode
    ? Omit<Node, "parentId" | "depth">
    : never
  : never;

interface Entry {
  readonly node: Unplaced;
  /** Nanoseconds since 1970. */
  readonly time: bigint;
}

/**
 * One tree of all that is known: traces at the top, spans under the spans that they name as their parents, a decision under
 * the gateway's own span of its request, what was said of a turn or a tool call under the span that it names. What names a
 * parent that isn't there, or in the end itself, is under its trace; a decision without a trace, and what was said of the
 * session as a whole, is at the top.
 * @returns every span, every decision and every evaluation once, each after its parent, siblings in the order of time. A list rather than
 * nested: how deep it goes is up to whoever sends spans.
 */
export function treeOf(
  spans: readonly RecordedSpan[],
  decisions: readonly Decision[],
  evaluations: readonly EvaluationCompleted[] = [],
): TreeNode[] {
  const entries = new Map<string, Entry>();
  for (const recorded of spans) {
    const { source, sender, span } = recorded;
    const id = spanNodeId(recorded);
    const node = { kind: "span", id, source, ...(sender === undefined ? {} : { sender }), span } as const;
    entries.set(id, { node, time: BigInt(span.startTimeUnixNano) });
  }
  for (const decision of decisions) {
    const id = `decision:${decision.decisionId}`;
    entries.set(id, { node: { kind: "decision", id, decision }, time: BigInt(Date.parse(decision.time)) * 1_000_000n });
  }
  for (const evaluation of evaluations) {
    const id = `evaluation:${evaluation.evaluationId}`;
    const time = BigInt(Date.parse(evaluation.time)) * 1_000_000n;
    entries.set(id, { node: { kind: "evaluation", id, evaluation }, time });
  }
  for (const { node, time } of [...entries.values()]) {
    const traceId = traceOf(node);
    if (traceId === undefined) continue;
    const id = traceNodeId(traceId);
    const known = entries.get(id);
    // A trace begins where the first of it does.
    if (known === undefined || time < known.time) entries.set(id, { node: { kind: "trace", id, traceId }, time });
  }
  return placed(entries, parentsOf(entries));
}

const traceNodeId = (traceId: string) => `trace:${traceId}`;
/** Whoever sends a span is in its id: two can give theirs the same. */
const spanNodeId = ({ source, sender, span: { traceId, spanId } }: RecordedSpan) =>
  JSON.stringify([source, traceId, spanId, ...(sender === undefined ? [] : [sender])]);

/** The trace that a span, a decision or an evaluation belongs to. */
function traceOf(node: Unplaced): string | undefined {
  if (node.kind === "span") return node.span.traceId;
  if (node.kind === "evaluation") return node.evaluation.traceId;
  return node.kind === "decision" ? node.decision.traceId : undefined;
}

/** The parent of each, without circles. */
function parentsOf(entries: ReadonlyMap<string, Entry>): ReadonlyMap<string, string> {
  const parents = new Map<string, string>();
  const named = createFinder(entries);
  for (const [id, { node }] of entries) {
    const parent = named(node);
    if (parent !== undefined) parents.set(id, parent);
  }
  // Whoever can be followed up to a trace is settled; of a circle, the one that is met first hangs under the trace itself.
  const settled = new Set<string>();
  for (const id of [...parents.keys()].sort()) {
    const path = new Set<string>();
    let at: string | undefined = id;
    while (at !== undefined && !settled.has(at) && !path.has(at)) {
      path.add(at);
      at = parents.get(at);
    }
    const node = at !== undefined && path.has(at) ? entries.get(at)?.node : undefined;
    const traceId = node && traceOf(node);
    if (at !== undefined && traceId !== undefined) parents.set(at, traceNodeId(traceId));
    for (const one of path) settled.add(one);
  }
  return parents;
}

type SpanNode = Extract<Unplaced, { kind: "span" }>;

/** Finds the node that a node names as its parent, or else its trace. */
function createFinder(entries: ReadonlyMap<string, Entry>) {
  const spans = [...entries.values()].map(({ node }) => node).filter((node) => node.kind === "span");
  const bySpan = Map.groupBy(spans, ({ span }) => `${span.traceId}:${span.spanId}`);
  const found = (traceId: string, spanId: string | undefined, preferences: ((span: SpanNode) => boolean)[]) => {
    const candidates = bySpan.get(`${traceId}:${spanId}`)?.toSorted((a, b) => (a.id < b.id ? -1 : 1)) ?? [];
    for (const isPreferred of preferences) {
      const parent = candidates.find(isPreferred);
      if (parent !== undefined) return parent.id;
    }
    return traceNodeId(traceId);
  };
  return (node: Unplaced): string | undefined => {
    const traceId = traceOf(node);
    if (traceId === undefined) return undefined;
    // The gateway's own span and no other: an agent could send one with its id.
    if (node.kind === "decision") return found(traceId, node.decision.spanId, [({ source }) => source === "gateway"]);
    if (node.kind === "evaluation") return found(traceId, node.evaluation.spanId, [() => true]);
    if (node.kind !== "span") return undefined;
    const { source, sender, span } = node;
    const isOwn = (other: SpanNode) => other.source === source && other.sender === sender;
    return found(traceId, span.parentSpanId, [isOwn, (other) => other.source !== source, () => true]);
  };
}

function placed(entries: ReadonlyMap<string, Entry>, parents: ReadonlyMap<string, string>): TreeNode[] {
  const children = Map.groupBy(entries, ([id]) => parents.get(id));
  for (const siblings of children.values()) siblings.sort(byTime);
  const result: TreeNode[] = [];
  const waiting = (children.get(undefined) ?? []).toReversed().map(([id]) => ({ id, depth: 0 }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { id, depth } = next;
    const parentId = parents.get(id);
    const entry = entries.get(id);
    if (entry === undefined) continue;
    result.push({ ...entry.node, ...(parentId === undefined ? {} : { parentId }), depth } as TreeNode); // As `Unplaced` has it.
    for (const [child] of (children.get(id) ?? []).toReversed()) waiting.push({ id: child, depth: depth + 1 });
  }
  return result;
}

function byTime([idA, a]: [string, Entry], [idB, b]: [string, Entry]): number {
  if (a.time !== b.time) return a.time < b.time ? -1 : 1;
  return idA < idB ? -1 : 1;
}
