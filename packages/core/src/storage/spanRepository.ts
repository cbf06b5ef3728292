import type { Span } from "../observability/spans/span.ts";

/** A span as the ledger has it. */
export interface RecordedSpan {
  /** Who told of it: the gateway itself, or an agent's code by OTLP. */
  readonly source: "gateway" | "agent";
  readonly span: Span;
}

/** What is known of a session from the counters beside it. */
export interface SessionSummary {
  readonly sessionId: string;
  /** The first and the last minute in which anything happened, in milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly gateways: readonly string[];
  readonly agents: readonly string[];
  readonly decisions: number;
  readonly denials: number;
  readonly modelCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costNanoDollars: number;
  readonly errors: number;
}

/** Reads spans and sessions from the ledger. */
export interface SpanRepository {
  /** The spans of a trace in the order of their beginning. */
  trace(traceId: string): Promise<readonly RecordedSpan[]>;
  /** The sessions that a trace belongs to: mostly one. */
  sessionsOf(traceId: string): Promise<readonly string[]>;
  /** The traces of a session in the order of their beginning. */
  tracesOf(sessionId: string): Promise<readonly string[]>;
  /** Sessions in which anything happened within a range, the newest first. */
  sessions(query: {
    readonly from: Date;
    readonly to: Date;
    readonly signal?: AbortSignal;
  }): AsyncIterable<SessionSummary>;
}
