import type { Expr, PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";
import { hasInexactInteger, mapChildren, operationOf } from "../../expressions.ts";
import { parseStatement } from "../../statement.ts";

/** Texts and comments, and then integers that stand by themselves. */
const tokens = /"(?:\\.|[^"\\])*"|\/\/[^\n\r]*|(?<![A-Za-z0-9_.])\d+(?![A-Za-z0-9_])/gs;

/** The JSON of an integer that a JavaScript number can't hold: its digits. */
export interface LargeInteger {
  readonly __long: string;
}

/**
 * The conditions of a policy, with every integer exact. Cedar's JSON rounds integers beyond 2^53 when JavaScript reads it, so
 * that each of them is replaced in the text by a small one that the text doesn't hold, and put back afterwards.
 */
export function exactConditions(text: string): PolicyJson["conditions"] {
  const { json } = parseStatement(text);
  if (!json.conditions.some(({ body }) => hasInexactInteger(body))) return json.conditions;
  const numbers = [...text.matchAll(tokens)].map(([token]) => token).filter((token) => /^\d/.test(token));
  const taken = new Set(numbers.map(BigInt));
  const digits = new Map<number, string>();
  const replaced = text.replaceAll(tokens, (token) => {
    if (!/^\d/.test(token) || Number.isSafeInteger(Number(token))) return token;
    let stand = 1;
    while (taken.has(BigInt(stand))) stand += 1;
    taken.add(BigInt(stand));
    digits.set(stand, token);
    return String(stand);
  });
  return parseStatement(replaced).json.conditions.map(({ kind, body }) => ({ kind, body: restore(body, digits) }));
}

function restore(expression: Expr, digits: ReadonlyMap<number, string>): Expr {
  const { operator, operands } = operationOf(expression);
  if (operator !== "Value" || typeof operands !== "number") {
    return mapChildren(expression, (child) => restore(child, digits));
  }
  const found = digits.get(Math.abs(operands));
  if (found === undefined) return expression;
  const long: LargeInteger = { __long: operands < 0 ? `-${found}` : found };
  // Only this folder reads the result, which Cedar's JSON has no notation for.
  return { Value: long } as unknown as Expr;
}
