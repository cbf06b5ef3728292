/** What the solver writes: an atom, or a list in brackets. */
export type Sexpr = string | readonly Sexpr[];

/** Reads all expressions of a text. */
export function parseSexprs(text: string): Sexpr[] {
  const stack: Sexpr[][] = [[]];
  for (const [token] of text.matchAll(/[()]|"(?:[^"]|"")*"|\|[^|]*\||[^\s()"|]+/g)) {
    if (token === "(") stack.push([]);
    else if (token === ")") {
      const list = stack.pop() ?? [];
      stack.at(-1)?.push(list);
    } else stack.at(-1)?.push(token);
  }
  return stack[0] ?? [];
}

/** The integer that an expression is, such as `5` or `(- 5)`. */
export function integerOf(expression: Sexpr | undefined): bigint | undefined {
  if (typeof expression === "string") return /^\d+$/.test(expression) ? BigInt(expression) : undefined;
  const [sign, value] = expression ?? [];
  const positive = sign === "-" ? integerOf(value) : undefined;
  return positive === undefined ? undefined : -positive;
}

/**
 * The elements that a set of the solver's model is said to have: a chain of `store` over a constant. A constant `true` has
 * infinitely many; then it is those, and one that is named nowhere else. Undefined for a set that is written otherwise.
 */
export function elementsOf(expression: Sexpr | undefined): ReadonlySet<bigint> | undefined {
  if (!Array.isArray(expression)) return undefined;
  const [head, index, value] = expression[0] === "store" ? expression.slice(1) : [];
  if (head !== undefined) {
    const inner = elementsOf(head);
    const element = integerOf(index);
    if (inner === undefined || element === undefined) return undefined;
    return value === "true" ? new Set([...inner, element]) : inner.difference(new Set([element]));
  }
  const [constant, of] = expression as readonly Sexpr[];
  if (!Array.isArray(constant) || constant[0] !== "as" || constant[1] !== "const") return undefined;
  return of === "true" ? new Set([strange]) : new Set();
}

/** An integer that no request has a reason to hold. */
const strange = 4_000_000_007n;
