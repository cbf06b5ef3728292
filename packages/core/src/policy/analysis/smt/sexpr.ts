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
 * every integer, of which those are taken that matter. Undefined for a set that is written otherwise.
 *
 * @param all The integers that matter.
 */
export function elementsOf(expression: Sexpr | undefined, all: ReadonlySet<bigint>): ReadonlySet<bigint> | undefined {
  if (!Array.isArray(expression)) return undefined;
  if (expression[0] === "store") {
    const [inner, element] = [elementsOf(expression[1], all), integerOf(expression[2])];
    if (inner === undefined || element === undefined) return undefined;
    return expression[3] === "true" ? new Set([...inner, element]) : inner.difference(new Set([element]));
  }
  const [constant, value] = expression as readonly Sexpr[];
  if (!Array.isArray(constant) || constant[0] !== "as" || constant[1] !== "const") return undefined;
  return value === "true" ? all : new Set();
}
