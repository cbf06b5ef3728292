/** The sorts of the solver that a request is made of; a set is one of integers. */
export type Sort = "Bool" | "Int" | "Set";

export type Operator =
  | "and"
  | "or"
  | "not"
  | "="
  | "<"
  | "<="
  | "+"
  | "-"
  | "*"
  | "mod"
  | "ite"
  | "empty"
  | "insert"
  | "member"
  | "subset"
  | "meets";

/** A formula, or a part of one. Immutable; the same object may stand in many places. */
export type Term =
  | { readonly op: "bool"; readonly sort: "Bool"; readonly value: boolean }
  | { readonly op: "int"; readonly sort: "Int"; readonly value: bigint }
  | { readonly op: "var"; readonly sort: Sort; readonly name: string }
  | { readonly op: Operator; readonly sort: Sort; readonly args: readonly Term[] };

export const yes: Term = { op: "bool", sort: "Bool", value: true };
export const no: Term = { op: "bool", sort: "Bool", value: false };
export const emptySet: Term = { op: "empty", sort: "Set", args: [] };

export function bool(value: boolean): Term {
  return value ? yes : no;
}

export function int(value: bigint | number): Term {
  return { op: "int", sort: "Int", value: BigInt(value) };
}

/** The truth value of a term that has the same one for every request. */
export function constantOf(term: Term): boolean | undefined {
  return term.op === "bool" ? term.value : undefined;
}

// Constants are folded where terms are made: much of a policy is decided by the tool's type alone, and the solver need not
// even be asked then.

export function and(...terms: readonly Term[]): Term {
  return connect("and", no, yes, terms);
}

export function or(...terms: readonly Term[]): Term {
  return connect("or", yes, no, terms);
}

function connect(op: "and" | "or", deciding: Term, neutral: Term, terms: readonly Term[]): Term {
  const args = [...new Set(terms)].filter((term) => term !== neutral);
  if (args.includes(deciding)) return deciding;
  const [only = neutral, ...others] = args;
  return others.length === 0 ? only : { op, sort: "Bool", args };
}

export function not(term: Term): Term {
  if (term.op === "bool") return bool(!term.value);
  const [inner] = term.op === "not" ? term.args : [];
  return inner ?? { op: "not", sort: "Bool", args: [term] };
}

export function equal(a: Term, b: Term): Term {
  if (a === b) return yes;
  if (a.op === "int" && b.op === "int") return bool(a.value === b.value);
  if (a.op === "bool") return a.value ? b : not(b);
  if (b.op === "bool") return equal(b, a);
  return { op: "=", sort: "Bool", args: [a, b] };
}

export function less(a: Term, b: Term): Term {
  if (a.op === "int" && b.op === "int") return bool(a.value < b.value);
  return { op: "<", sort: "Bool", args: [a, b] };
}

export function lessOrEqual(a: Term, b: Term): Term {
  if (a.op === "int" && b.op === "int") return bool(a.value <= b.value);
  return { op: "<=", sort: "Bool", args: [a, b] };
}

/** True for `low <= term <= high`. */
export function between(term: Term, low: bigint, high: bigint): Term {
  return and(lessOrEqual(int(low), term), lessOrEqual(term, int(high)));
}

/** `+`, `-`, `*` of unbounded integers; `mod` is never negative, for a positive divisor. */
export function arithmetic(op: "+" | "-" | "*" | "mod", a: Term, b: Term): Term {
  if (a.op === "int" && b.op === "int") return int(calculate(op, a.value, b.value));
  return { op, sort: "Int", args: [a, b] };
}

export function calculate(op: "+" | "-" | "*" | "mod", a: bigint, b: bigint): bigint {
  if (op === "+") return a + b;
  if (op === "-") return a - b;
  return op === "*" ? a * b : ((a % b) + b) % b;
}

export function choose(condition: Term, then: Term, otherwise: Term): Term {
  if (condition.op === "bool") return condition.value ? then : otherwise;
  if (then === otherwise) return then;
  return { op: "ite", sort: then.sort, args: [condition, then, otherwise] };
}

export function insert(set: Term, element: Term): Term {
  return { op: "insert", sort: "Set", args: [set, element] };
}

export function member(element: Term, set: Term): Term {
  return { op: "member", sort: "Bool", args: [element, set] };
}

/** Whether every element of `a` is one of `b`. */
export function subset(a: Term, b: Term): Term {
  return a === b ? yes : { op: "subset", sort: "Bool", args: [a, b] };
}

/** Whether two sets have an element in common. */
export function meets(a: Term, b: Term): Term {
  return { op: "meets", sort: "Bool", args: [a, b] };
}
