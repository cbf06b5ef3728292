import type { Composed } from "./compose.ts";
import type { Sentence } from "./split.ts";

/** A statement on its way: a policy, or the reason why there is none. */
export interface Draft {
  readonly sentence: Sentence;
  /** The part of the text that it is. */
  readonly fragment: string;
  readonly composed?: Composed;
  readonly reason?: string;
  /** It wasn't understood, but speaks of a tool, and so may be a statement of its own. */
  readonly ownTool?: boolean;
}
