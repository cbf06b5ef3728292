import type { Token } from "./tokens.ts";
import type { Tool } from "./vocabulary.ts";

/** What a sentence says, before its words for parameters, claims and values are looked up. */

/** A value as it is written. */
export interface Written {
  readonly token: Token;
  /** The word behind a number: "10 days". */
  readonly unit?: Token;
}

export type Comparator = "<" | "<=" | ">" | ">=" | "==";

/** What is said of a parameter or a claim. */
export type Predicate =
  | { readonly kind: "compare"; readonly operator: Comparator; readonly value: Written }
  | { readonly kind: "between"; readonly low: Written; readonly high: Written }
  /** "In" these: which are a list, or what something is within. */
  | { readonly kind: "oneOf"; readonly values: readonly Written[]; readonly within?: true }
  /** The list holds one of these, or all of them; a text has it in it; a scope is among a token's scopes. */
  | { readonly kind: "contains"; readonly all: boolean; readonly values: readonly Written[] }
  | { readonly kind: "affix"; readonly at: "start" | "end"; readonly value: Written }
  | { readonly kind: "present"; readonly word: string }
  /** A flag is set. */
  | { readonly kind: "true" };

/** Of what it is said. */
export type Subject =
  /** Words for a parameter, or for a claim if no parameter has them. */
  | { readonly kind: "words"; readonly words: readonly Token[] }
  /** Said in a condition, "the user" and "they" may be those whom the tool is about. */
  | { readonly kind: "claim"; readonly words: readonly Token[]; readonly inCondition?: true }
  | { readonly kind: "path"; readonly path: readonly string[] }
  /** "They", of whom something must have been said. */
  | { readonly kind: "they" }
  /** The principal's own id. */
  | { readonly kind: "id" }
  /** Not named: "refunds under $500"; a unit may tell it, as in "10 days". */
  | { readonly kind: "amount"; readonly unit?: Token }
  /** Not named: "deploy to production". */
  | { readonly kind: "place"; readonly preposition: string }
  /** What an earlier sentence spoke of. */
  | { readonly kind: "it" };

export type Condition =
  | { readonly kind: "atom"; readonly subject: Subject; readonly predicate: Predicate }
  /** "Is not": said of something that is there. */
  | { readonly kind: "not"; readonly condition: Condition }
  /** "Without", "except": whatever doesn't have it, also where there is nothing that could. */
  | { readonly kind: "except"; readonly condition: Condition }
  | { readonly kind: "all" | "any"; readonly conditions: readonly Condition[] };

/** The tools that a sentence is about. */
export type ToolScope =
  | { readonly kind: "all" }
  | { readonly kind: "target"; readonly target: string }
  | { readonly kind: "tools"; readonly tools: readonly Tool[] }
  /** Those that the sentence before was about. */
  | { readonly kind: "it" };

/** One policy in the making. */
export interface Meaning {
  readonly effect: "permit" | "forbid";
  /** "Only": who and what is not named is not permitted. */
  readonly only: boolean;
  readonly tools: ToolScope;
  /** All must hold. */
  readonly conditions: readonly Condition[];
  /** None may hold. */
  readonly exceptions: readonly Condition[];
  /** What is said behind the last of several deeds may be about that one only. */
  readonly loose?: true;
}
