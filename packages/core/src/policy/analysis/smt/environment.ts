import { matchesOfLiterals, type Pattern } from "./like.ts";
import { emptySet, int, type Sort, type Term } from "./terms.ts";

/**
 * The requests for one tool, as far as anything has been read of them: a variable for each part that was read, and what
 * holds of it in every request. Assumptions may hold of more than the possible requests, never of less.
 */
export interface Environment {
  /** The variable of this name; made when first asked for, with what must hold of it. */
  variable(name: string, sort: Sort, assumption?: (variable: Term) => Term): Term;
  /** A variable that nothing else is about. */
  fresh(sort: Sort): Term;
  /** A key for a value that nothing else is known to be. */
  freshKey(): string;
  readonly assumptions: readonly Term[];
  /** The number that stands for a string that a policy or a type names; every other number is some other string. */
  string(text: string): Term;
  /** Those strings by their numbers. */
  readonly strings: ReadonlyMap<bigint, string>;
  /** The set of the strings that a pattern of `like` matches. */
  pattern(pattern: Pattern): Term;
  /** Those patterns, by the names of their sets. */
  readonly patterns: ReadonlyMap<string, Pattern>;
  /** Notes something that the formulas leave open though a request decides it, in words that end "it uses ...". */
  inexact(what: string): void;
  readonly inexactness: ReadonlySet<string>;
}

export function createEnvironment(): Environment {
  const variables = new Map<string, Term>();
  const assumptions = new Map<string, Term>();
  const numbers = new Map<string, Term>();
  const strings = new Map<bigint, string>();
  const patterns = new Map<string, Pattern>();
  const inexactness = new Set<string>();
  let keys = 0;
  const variable: Environment["variable"] = (name, sort, assumption) => {
    const known = variables.get(name);
    if (known) return known;
    const made: Term = { op: "var", sort, name };
    variables.set(name, made);
    if (assumption) assumptions.set(name, assumption(made));
    return made;
  };
  return {
    variable,
    fresh(sort) {
      const made: Term = { op: "var", sort, name: `fresh ${variables.size}` };
      variables.set(made.name, made);
      return made;
    },
    freshKey() {
      keys += 1;
      return `fresh ${keys}`;
    },
    get assumptions() {
      const matches = [...patterns].flatMap(([name, pattern]) =>
        matchesOfLiterals(variables.get(name) ?? emptySet, pattern, strings),
      );
      return [...assumptions.values(), ...matches];
    },
    string(text) {
      const known = numbers.get(text);
      if (known) return known;
      const made = int(numbers.size);
      strings.set(BigInt(numbers.size), text);
      numbers.set(text, made);
      return made;
    },
    strings,
    pattern(pattern) {
      const name = `like ${JSON.stringify(pattern)}`;
      patterns.set(name, pattern);
      return variable(name, "Set");
    },
    patterns,
    inexact(what) {
      inexactness.add(what);
    },
    inexactness,
  };
}
