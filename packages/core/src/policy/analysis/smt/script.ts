import type { Sort, Term } from "./terms.ts";

/** SMT-LIB text of formulas; a part that stands in many places is written once. */
export interface Script {
  /** The declarations and definitions that `formulas` refer to. */
  readonly definitions: string;
  /** The formulas, in the order they were given. */
  readonly formulas: readonly string[];
  /** The name that each variable has in the text, by its own name. */
  readonly variables: ReadonlyMap<string, { readonly symbol: string; readonly sort: Sort }>;
  /** The integers that stand in the formulas. */
  readonly integers: ReadonlySet<bigint>;
}

const sorts: Readonly<Record<Sort, string>> = { Bool: "Bool", Int: "Int", Set: "(Array Int Bool)" };
const empty = "((as const (Array Int Bool)) false)";

/** Writes formulas as SMT-LIB. Deterministic: the same formulas give the same text. */
export function writeScript(formulas: readonly Term[]): Script {
  const uses = countUses(formulas);
  const lines: string[] = [];
  const variables = new Map<string, { symbol: string; sort: Sort }>();
  const written = new Map<Term, string>();

  const write = (term: Term): string => {
    const known = written.get(term);
    if (known !== undefined) return known;
    const text = term.op === "var" ? declare(term.name, term.sort) : share(term, textOf(term, write));
    written.set(term, text);
    return text;
  };
  const declare = (name: string, sort: Sort): string => {
    const known = variables.get(name);
    if (known) return known.symbol;
    // Names of the outside, such as those of tags, never get into the text.
    const symbol = `v${variables.size}`;
    variables.set(name, { symbol, sort });
    lines.push(`(declare-const ${symbol} ${sorts[sort]})`);
    return symbol;
  };
  const share = (term: Term, text: string): string => {
    if (!("args" in term) || (uses.get(term) ?? 0) < 2) return text;
    const symbol = `d${lines.length}`;
    lines.push(`(define-fun ${symbol} () ${sorts[term.sort]} ${text})`);
    return symbol;
  };

  const texts = formulas.map(write);
  const integers = new Set([...written.keys()].flatMap((term) => (term.op === "int" ? [term.value] : [])));
  return { definitions: lines.join("\n"), formulas: texts, variables, integers };
}

function countUses(formulas: readonly Term[]): Map<Term, number> {
  const uses = new Map<Term, number>();
  const visit = (term: Term): void => {
    const before = uses.get(term) ?? 0;
    uses.set(term, before + 1);
    if (before === 0 && "args" in term) for (const arg of term.args) visit(arg);
  };
  for (const formula of formulas) visit(formula);
  return uses;
}

function textOf(term: Term, write: (term: Term) => string): string {
  if (term.op === "bool") return String(term.value);
  if (term.op === "int") return term.value < 0n ? `(- ${-term.value})` : String(term.value);
  if (term.op === "var") return write(term);
  const [a = "", b = "", ...more] = term.args.map(write);
  switch (term.op) {
    case "empty":
      return empty;
    case "insert":
      return `(store ${a} ${b} true)`;
    case "member":
      return `(select ${b} ${a})`;
    case "subset":
      return `(= ((_ map or) ${a} ${b}) ${b})`;
    case "meets":
      return `(not (= ((_ map and) ${a} ${b}) ${empty}))`;
    default:
      return `(${[term.op, a, b, ...more].filter(Boolean).join(" ")})`;
  }
}
