import type { Span } from "../../spans/span.ts";

/**
 * How one convention says what is counted: a list of attributes stands for the first of them that is there. What a convention
 * has no attribute for is absent.
 */
export interface Convention {
  readonly name: string;
  /** What a span is about, by the values of one of these attributes, in lower case. */
  readonly kind: { readonly attributes: readonly string[]; readonly of: Readonly<Record<string, SpanMeaning>> };
  /** Whether a span can be of this convention at all; where nothing is said its `kind` tells. */
  applies?(span: Span): boolean;
  readonly agent: readonly string[];
  readonly provider: readonly string[];
  readonly model: readonly string[];
  readonly inputTokens: readonly string[];
  readonly outputTokens: readonly string[];
  readonly cacheReadTokens: readonly string[];
  readonly cacheWriteTokens: readonly string[];
  readonly tool: readonly string[];
  /** Values that stand where the provider would, and name none. */
  readonly noProvider?: readonly string[];
}

/** What of a span is counted. An agent's run, a step or a chain holds what is counted by itself, and is not. */
export type SpanMeaning = "modelCall" | "toolCall" | "other";
