import type { Expr, PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";
import { mapChildren, operationOf } from "../expressions.ts";
import { accessOf, contextPath, isPrincipal, literalString } from "./needs.ts";

/** Which of a request's data stand side by side in the context. */
export interface Flattening {
  /** `context.input.x` is read as `context["input.x"]`. */
  readonly input: boolean;
  /** `principal.getTag("x")` is read as `context["tag.x"]`, `principal.id` as `context["principal.id"]`. */
  readonly principal: boolean;
}

/**
 * How the context's attributes are called when they are flat. The prefixes keep arguments, tags and `system` apart.
 */
export const flatName = {
  argument: (name: string) => `input.${name}`,
  tag: (name: string) => `tag.${name}`,
  principalId: "principal.id",
};

/**
 * Rewrites a policy so that it reads arguments and tags from the top of the context. Reading a principal's tags as an
 * entity and arguments as a record within a record costs Cedar 27 us a request; reading the same strings as attributes of
 * the context costs almost nothing.
 *
 * It decides alike because every reading that is rewritten has the same outcomes on both sides: an attribute or tag that
 * is there gives its value, `has` and `hasTag` say whether it is there, and reading what is not there is an error. Whether
 * all readings of a policy can be rewritten is for the caller to know, from its needs: no whole `context`, `context.input`
 * or principal, no computed tag. The differential test compares the two forms on random policies and requests.
 */
export function flatten(policy: PolicyJson, flattening: Flattening): PolicyJson {
  const rewrite = (expression: Expr): Expr =>
    (flattening.input ? flattenArgument(expression, rewrite) : undefined) ??
    (flattening.principal ? flattenPrincipal(expression) : undefined) ??
    mapChildren(expression, rewrite);
  return { ...policy, conditions: policy.conditions.map(({ kind, body }) => ({ kind, body: rewrite(body) })) };
}

const context: Expr = { Var: "context" };

/** `context.input.x.y` and `context.input has x.y`, however the path is split between `.` and `has`. */
function flattenArgument(expression: Expr, rewrite: (expression: Expr) => Expr): Expr | undefined {
  const path = contextPath(expression);
  const [first, second, ...rest] = path ?? [];
  if (first !== "input" || second === undefined) return undefined;
  const { operator, operands } = operationOf(expression);
  const { left } = accessOf(operands);
  // The step from `input` to the argument is further left: this one stays as it is.
  if ((contextPath(left)?.length ?? 0) >= 2) return mapChildren(expression, rewrite);
  const name = flatName.argument(second);
  if (operator === ".") return { ".": { left: context, attr: name } };
  return rest.length === 0 ? { has: { left: context, attr: name } } : { has: { left: context, attr: [name, ...rest] } };
}

function flattenPrincipal(expression: Expr): Expr | undefined {
  const { operator, operands } = operationOf(expression);
  if (operator === "hasTag" || operator === "getTag") {
    const { left, right } = operands as { left: Expr; right: Expr };
    const key = literalString(right);
    if (!isPrincipal(left) || key === undefined) return undefined;
    const attr = flatName.tag(key);
    return operator === "hasTag" ? { has: { left: context, attr } } : { ".": { left: context, attr } };
  }
  if (operator !== "." && operator !== "has") return undefined;
  if (!isPrincipal(accessOf(operands).left)) return undefined;
  const attr = flatName.principalId;
  return operator === "has" ? { has: { left: context, attr } } : { ".": { left: context, attr } };
}
