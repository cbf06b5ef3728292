import type { Parameter } from "./vocabulary.ts";

/** Conditions whose words have been looked up: what Cedar is to test. */

/** A value of a parameter or claim. */
export type Value =
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "long"; readonly value: bigint }
  /** Ten-thousandths. */
  | { readonly kind: "decimal"; readonly value: bigint }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "member"; readonly entityType: string; readonly value: string };

export type Reference =
  | { readonly kind: "parameter"; readonly parameter: Parameter }
  | { readonly kind: "claim"; readonly claim: string }
  | { readonly kind: "id" };

export type Test =
  | { readonly kind: "compare"; readonly operator: "<" | "<=" | ">" | ">="; readonly value: Value }
  | { readonly kind: "oneOf"; readonly values: readonly Value[] }
  /** Of a list. */
  | { readonly kind: "contains"; readonly all: boolean; readonly values: readonly Value[] }
  /** Of a text: what it begins with, ends with or has inside; as a word between blanks for scopes. */
  | { readonly kind: "pattern"; readonly at: "start" | "end" | "inside" | "word"; readonly value: string }
  | { readonly kind: "present" };

export type Fact =
  | { readonly kind: "test"; readonly of: Reference; readonly test: Test }
  | { readonly kind: "not"; readonly fact: Fact }
  | { readonly kind: "except"; readonly fact: Fact }
  | { readonly kind: "all" | "any"; readonly facts: readonly Fact[] };

/** What a test is of, as a text that is the same for the same parameter or claim. */
export function referenceText(of: Reference): string {
  if (of.kind === "parameter") return of.parameter.path.join(".");
  return of.kind === "claim" ? `claim ${of.claim}` : "the id";
}

/** The parameters whose numbers a fact compares. */
export function comparedIn(fact: Fact): Parameter[] {
  switch (fact.kind) {
    case "all":
    case "any":
      return fact.facts.flatMap(comparedIn);
    case "not":
    case "except":
      return comparedIn(fact.fact);
    case "test":
      return fact.of.kind === "parameter" && fact.test.kind === "compare" ? [fact.of.parameter] : [];
  }
}
