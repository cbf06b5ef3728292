import type { Expr, PolicyJson, ResidualResponse } from "@cedar-policy/cedar-wasm/nodejs";
import { operationOf } from "./expressions.ts";

/** What evaluating an expression may come to, as a set of bits. */
const True = 1;
const False = 2;
const Failure = 4;
const anything = True | False | Failure;

/**
 * Whether some input would be allowed, from what is left of the policies once everything but the input is known. Says no
 * only if there is none: with each condition on the input taken to hold or not as needed. Cedar's partial evaluation keeps
 * `<unknown> && false` as it is, so a tool would be shown to callers whom no input helps if its answer were taken as it is.
 */
export function someInputIsAllowed({ decision, errored, satisfied, residuals }: ResidualResponse): boolean {
  // A policy that errs whatever the input denies whatever the input.
  if (decision === "deny" || errored.length > 0) return false;
  const policies = Object.entries(residuals);
  const open = (effect: string, outcome: number) =>
    policies.filter(([, policy]) => policy.effect === effect && (outcomesOf(policy) & outcome) !== 0).length;
  const forbids = policies.filter(([, { effect }]) => effect === "forbid").length;
  if (open("forbid", False) < forbids) return false;
  return decision === "allow" || satisfied.some((id) => residuals[id]?.effect === "permit") || open("permit", True) > 0;
}

function outcomesOf({ conditions }: PolicyJson): number {
  return conditions
    .map(({ kind, body }) => (kind === "when" ? outcomes(body) : negate(outcomes(body))))
    .reduce((left, right) => conjunction(left, () => right), True);
}

function outcomes(expression: Expr): number {
  const { operator, operands } = operationOf(expression);
  if (operator === "Value") return operands === true ? True : operands === false ? False : anything;
  const of = (name: string) => outcomes((operands as Record<string, Expr>)[name] as Expr);
  if (operator === "&&") return conjunction(of("left"), () => of("right"));
  if (operator === "||") return negate(conjunction(negate(of("left")), () => negate(of("right"))));
  if (operator === "!") return negate(of("arg"));
  if (operator === "if-then-else") {
    const condition = of("if");
    return (condition & Failure) | (condition & True ? of("then") : 0) | (condition & False ? of("else") : 0);
  }
  return anything;
}

/** `&&` looks to its right only where its left is true. */
function conjunction(left: number, right: () => number): number {
  return (left & (False | Failure)) | (left & True ? right() : 0);
}

function negate(outcome: number): number {
  return (outcome & Failure) | (outcome & True ? False : 0) | (outcome & False ? True : 0);
}
