import type { Expr } from "@cedar-policy/cedar-wasm/nodejs";

/**
 * An expression of Cedar's JSON is an object with one key, its operator. Under the operator stand its operands: in an
 * object (`left`, `right`, `arg`, `if`, `then`, `else`), in an array (sets and extension functions), or by name (records).
 */
export interface Operation {
  readonly operator: string;
  readonly operands: unknown;
}

export function operationOf(expression: Expr): Operation {
  const [entry] = Object.entries(expression);
  return { operator: entry?.[0] ?? "", operands: entry?.[1] };
}

/** Operators whose operand is not an expression. */
const leaves = new Set(["Value", "Var", "Slot", "Unknown"]);

/** The expressions directly under an expression. */
export function childrenOf(expression: Expr): Expr[] {
  const { operator, operands } = operationOf(expression);
  if (leaves.has(operator) || typeof operands !== "object" || operands === null) return [];
  if (Array.isArray(operands)) return operands;
  if (operator === "Record") return Object.values(operands);
  return operandNames.flatMap((name) => (Object.hasOwn(operands, name) ? [operandOf(operands, name)] : []));
}

const operandNames = ["left", "right", "arg", "if", "then", "else", "in"];

function operandOf(operands: object, name: string): Expr {
  // Cedar's JSON puts nothing but expressions under these names.
  return (operands as Record<string, Expr>)[name] as Expr;
}

/** The same expression with each of its direct operands changed. */
export function mapChildren(expression: Expr, change: (child: Expr) => Expr): Expr {
  const { operator, operands } = operationOf(expression);
  if (leaves.has(operator) || typeof operands !== "object" || operands === null) return expression;
  if (Array.isArray(operands)) return { [operator]: operands.map(change) };
  const changes = (name: string) => operator === "Record" || operandNames.includes(name);
  const mapped = Object.entries(operands).map(([name, one]) => [name, changes(name) ? change(one) : one]);
  // The operator is kept and its operands are still expressions, which TypeScript can't follow through a computed key.
  return { [operator]: Object.fromEntries(mapped) } as unknown as Expr;
}

/** True if an expression, or any below it, holds an integer that a JavaScript number can't hold exactly. */
export function hasInexactInteger(expression: Expr): boolean {
  const { operator, operands } = operationOf(expression);
  if (operator === "Value") return typeof operands === "number" && !Number.isSafeInteger(operands);
  return childrenOf(expression).some(hasInexactInteger);
}

/** How many levels of objects and arrays an expression has as JSON: about two for each operator inside another. */
export function levelsOf(json: unknown): number {
  if (typeof json !== "object" || json === null) return 0;
  return 1 + Object.values(json).reduce((deepest: number, member) => Math.max(deepest, levelsOf(member)), 0);
}
