import type { Environment } from "./environment.ts";
import type { Outcome, Scope } from "./scope.ts";
import { and, bool, emptySet, equal, meets, member, no, or, subset, type Term, yes } from "./terms.ts";
import { includes, integerOfValue, type SetValue, setTerm, type Value } from "./values.ts";

type SetFunction = (values: readonly Value[], scope: Scope) => Outcome;

const outcome = (term: Term): Outcome => ({ value: { kind: "bool", term }, error: no });

/** Cedar's operations on sets. Where the elements aren't integers to the solver, and not written out either, the result is left open. */
export const setOperations: Readonly<Record<string, SetFunction>> = {
  contains: ([set, element], { environment }) =>
    outcome(set?.kind === "set" && element ? contains(set, element, environment) : open(environment)),
  containsAll: ([set, others], { environment }) => {
    if (set?.kind !== "set" || others?.kind !== "set") return outcome(open(environment));
    if (others.elements) return outcome(and(...others.elements.map((one) => contains(set, one, environment))));
    const [left, right] = [setTerm(set), setTerm(others)];
    return outcome(left && right ? subset(right, left) : open(environment));
  },
  containsAny: ([set, others], { environment }) => {
    if (set?.kind !== "set" || others?.kind !== "set") return outcome(open(environment));
    if (others.elements) return outcome(or(...others.elements.map((one) => contains(set, one, environment))));
    if (set.elements) return outcome(or(...set.elements.map((one) => contains(others, one, environment))));
    const [left, right] = [setTerm(set), setTerm(others)];
    return outcome(left && right ? meets(left, right) : open(environment));
  },
  isEmpty: ([set], { environment }) => {
    if (set?.kind !== "set") return outcome(open(environment));
    if (set.elements) return outcome(bool(set.elements.length === 0));
    return outcome(set.term ? equal(set.term, emptySet) : open(environment));
  },
};

function contains(set: SetValue, element: Value, environment: Environment): Term {
  if (set.elements) return includes(set.elements, element, environment);
  const one = integerOfValue(element);
  return set.term && one ? and(set.within?.(one) ?? yes, member(one, set.term)) : open(environment);
}

function open(environment: Environment): Term {
  environment.inexact("looks into sets of objects");
  return environment.fresh("Bool");
}
