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
  return elements(expression, all, new Map());
}

/** @param named What `let` has given a name to, as the solver does with the inside of a long chain. */
function elements(
  expression: Sexpr | undefined,
  all: ReadonlySet<bigint>,
  named: ReadonlyMap<Sexpr, Sexpr>,
): ReadonlySet<bigint> | undefined {
  if (typeof expression === "string") return elements(named.get(expression), all, named);
  const [head, first, second, third] = expression ?? [];
  if (head === "let" && Array.isArray(first)) {
    const bindings = first.flatMap((one): [Sexpr, Sexpr][] => (Array.isArray(one) ? [[one[0], one[1]]] : []));
    return elements(second, all, new Map([...named, ...bindings]));
  }
  if (head === "store") {
    const [inner, element] = [elements(first, all, named), integerOf(second)];
    if (inner === undefined || element === undefined) return undefined;
    return third === "true" ? new Set([...inner, element]) : inner.difference(new Set([element]));
  }
  if (!Array.isArray(head) || head[0] !== "as" || head[1] !== "const") return undefined;
  return first === "true" ? all : new Set();
}
