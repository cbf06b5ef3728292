import { sessionOf } from "../../observability/otlp/conventions/session.ts";
import type { Span } from "../../observability/spans/span.ts";
import { compare } from "./trace.ts";

/**
 * The sessions that spans belong to. A span that doesn't say it belongs to the session of the nearest span around it that
 * does, and where none does to every session of its trace. Spans of traces that name no session are in none.
 */
export function sessionsIn(spans: readonly Span[]): Map<string, Span[]> {
  const sessions = new Map<string, Span[]>();
  for (const ofTrace of Map.groupBy(spans, ({ traceId }) => traceId).values()) {
    const sessionsOf = createFinder(ofTrace);
    for (const span of ofTrace) {
      for (const sessionId of sessionsOf(span)) {
        const found = sessions.get(sessionId) ?? [];
        found.push(span);
        sessions.set(sessionId, found);
      }
    }
  }
  return sessions;
}

function createFinder(spans: readonly Span[]): (span: Span) => readonly string[] {
  const told = new Map(spans.map((span) => [span, sessionOf(span)]));
  const all = [...new Set([...told.values()].filter((session) => session !== undefined))];
  const single = all.length <= 1;
  const byId = new Map(spans.toSorted(byTold).map((span) => [span.spanId, span]));
  const around = (span: Span): string | undefined => {
    const path: Span[] = [];
    const seen = new Set<Span>();
    let at: Span | undefined = span;
    while (at !== undefined && told.get(at) === undefined && !seen.has(at)) {
      path.push(at);
      seen.add(at);
      at = at.parentSpanId === undefined ? undefined : byId.get(at.parentSpanId);
    }
    const session = at === undefined ? undefined : told.get(at);
    // So that whoever is within them need not go so far.
    if (session !== undefined) for (const one of path) told.set(one, session);
    return session;
  };
  // Of two with one id, the same counts in whatever order they come.
  function byTold(a: Span, b: Span): number {
    return compare(keyOf(a), keyOf(b));
  }
  function keyOf(span: Span): string {
    return JSON.stringify([told.get(span) ?? "", span.parentSpanId ?? "", span.scope.name]);
  }
  return (span) => {
    if (single) return all;
    const session = around(span);
    return session === undefined ? all : [session];
  };
}
