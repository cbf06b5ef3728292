import { calculate, type Term } from "./terms.ts";

/** What a variable stands for. */
export type Constant = boolean | bigint | ReadonlySet<bigint>;

/** A value for each variable by name. One that is missing is false, 0, or the empty set. */
export type Assignment = ReadonlyMap<string, Constant>;

/** Gives terms their values under one assignment, as the solver would: the translation can be tested without it. */
export function evaluator(assignment: Assignment): (term: Term) => Constant {
  const known = new Map<Term, Constant>();
  const of = (term: Term): Constant => {
    const value = known.get(term) ?? compute(term);
    known.set(term, value);
    return value;
  };
  const compute = (term: Term): Constant => {
    if (term.op === "bool" || term.op === "int") return term.value;
    if (term.op === "var") return assignment.get(term.name) ?? absent[term.sort];
    return apply(term, of);
  };
  return of;
}

const absent = { Bool: false, Int: 0n, Set: new Set<bigint>() } as const;

function apply({ op, args }: Extract<Term, { args: readonly Term[] }>, of: (term: Term) => Constant): Constant {
  const operand = (i: number) => of(args[i] as Term);
  // Terms are well-sorted: their constructors see to it.
  const integer = (i: number) => operand(i) as bigint;
  const set = (i: number) => operand(i) as ReadonlySet<bigint>;
  switch (op) {
    case "and":
      return args.every((term) => of(term) === true);
    case "or":
      return args.some((term) => of(term) === true);
    case "not":
      return !operand(0);
    case "=":
      return args[0]?.sort === "Set" ? sameSet(set(0), set(1)) : operand(0) === operand(1);
    case "<":
      return integer(0) < integer(1);
    case "<=":
      return integer(0) <= integer(1);
    case "ite":
      return operand(0) ? operand(1) : operand(2);
    case "empty":
      return new Set();
    case "insert":
      return new Set([...set(0), integer(1)]);
    case "member":
      return set(1).has(integer(0));
    case "subset":
      return set(0).isSubsetOf(set(1));
    case "meets":
      return !set(0).isDisjointFrom(set(1));
    default:
      return calculate(op, integer(0), integer(1));
  }
}

function sameSet(a: ReadonlySet<bigint>, b: ReadonlySet<bigint>): boolean {
  return a.size === b.size && a.isSubsetOf(b);
}
