import { type Expr, isAuthorized, type PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";
import { actionType, gatewayType, uidOf } from "../cedar.ts";
import { type AuthorizationRequest, byDefault, type PolicyDecision } from "../decision.ts";
import { childrenOf, operationOf } from "../expressions.ts";
import { canBe } from "../listing/residual.ts";
import { encodeInput } from "../request/encode.ts";
import { entitiesOf, interceptorContext, systemContext } from "../request/request.ts";
import type { PolicySchema } from "../schema/policySchema.ts";
import { contextPath } from "../slice/needs.ts";
import type { Slice } from "../slice/slice.ts";
import { phraseOf } from "./phrase.ts";
import { allOf, anyOf, impossible, met, type Requirement, sentencesOf, untold } from "./requirement.ts";

/** Said where the arguments are not what is wrong; what is, is not said. */
export const notTheArguments = "no other arguments would be allowed for this caller";

/**
 * Says which conditions on the arguments kept a call from being allowed: what is left of the policies that could have
 * allowed it, or that have forbidden it, once everything but the arguments is known.
 *
 * Safe to say is what a caller could find out by trying: what the arguments must be, and that no arguments would do. Never
 * told are conditions on who calls or on the time, nor those that hold arguments against them.
 */
export function explain(
  request: AuthorizationRequest,
  { decision, determiningPolicies, error, reason }: PolicyDecision,
  slice: Slice,
  schema: PolicySchema,
): string[] {
  if (decision === "ALLOW" || error === true || (determiningPolicies.length === 0 && reason !== byDefault)) return [];
  const ids = slice.guards.idsFor(request.principal);
  const policies = [...ids].flatMap((id) => slice.policies.get(id) ?? []);
  const asks = determiningPolicies.length === 0;
  const deciding = policies.filter(({ effect, policyId }) =>
    asks ? effect === "permit" : effect === "forbid" && determiningPolicies.includes(policyId),
  );
  const read = deciding.map(({ json, exact }) => (exact ? conditionsOf(json) : undefined));
  const outcomeOf = evaluate(
    read.flatMap((conditions) => conditions ?? []),
    request,
    slice,
    schema,
  );
  if (outcomeOf === undefined) return [];
  const needs = read.map((conditions) => requirementOf(conditions, asks, { outcomeOf, slice }));
  const requirement = asks ? anyOf(needs) : allOf(needs);
  return requirement.kind === "impossible" ? [notTheArguments] : sentencesOf(requirement);
}

/** What is known while a condition is read. */
interface Known {
  readonly outcomeOf: OutcomeOf;
  readonly slice: Slice;
}

/** What a condition comes to for the call as it is; undefined if it errs, as one that isn't reached may. */
type OutcomeOf = (condition: Expr) => boolean | undefined;

/** One of a policy's conditions, with what it must come to for the policy to hold. */
interface Condition {
  readonly condition: Expr;
  readonly holds: boolean;
}

function conditionsOf({ principal, conditions }: PolicyJson): Condition[] {
  const within = principal.op === "in" ? principal : principal.op === "is" ? principal.in : undefined;
  const scope: Expr[] =
    within && "entity" in within
      ? [{ in: { left: { Var: "principal" }, right: { Value: { __entity: uidOf(within.entity) } } } }]
      : [];
  return [
    ...scope.map((condition) => ({ condition, holds: true })),
    ...conditions.map(({ kind, body }) => ({ condition: body, holds: kind === "when" })),
  ];
}

/** What must be so for a policy to hold, or not to hold. Of one with integers that JavaScript can't hold, nothing is said. */
function requirementOf(conditions: readonly Condition[] | undefined, wanted: boolean, known: Known): Requirement {
  if (conditions === undefined) return untold;
  const parts = conditions.map(({ condition, holds }) => require(condition, holds === wanted, known));
  return wanted ? allOf(parts) : anyOf(parts);
}

function require(condition: Expr, wanted: boolean, known: Known): Requirement {
  const { operator } = operationOf(condition);
  const [first, second, third] = childrenOf(condition);
  if (operator === "!" && first) return require(first, !wanted, known);
  if ((operator === "&&" || operator === "||") && first && second) {
    const parts = [require(first, wanted, known), require(second, wanted, known)];
    return (operator === "&&") === wanted ? allOf(parts) : anyOf(parts);
  }
  if (operator === "if-then-else" && first && second && third) {
    const branch = (holds: boolean, then: Expr) => allOf([require(first, holds, known), require(then, wanted, known)]);
    return anyOf([branch(true, second), branch(false, third)]);
  }
  const outcome = known.outcomeOf(condition);
  if (outcome === wanted) return met;
  if (!readsInput(condition) || !canBe(condition, wanted, known.slice.action.input)) return impossible;
  // Not reached, for something before it must be met first: that is what is said.
  if (outcome === undefined) return met;
  const text = phraseOf(condition, wanted, known.slice.action);
  return text === undefined ? untold : { kind: "phrase", text };
}

function readsInput(expression: Expr): boolean {
  const path = contextPath(expression);
  return path ? path.length === 0 || path[0] === "input" : childrenOf(expression).some(readsInput);
}

/** The conditions between `&&`, `||`, `!` and `if`, in the order of the text. */
function leavesOf(condition: Expr): Expr[] {
  const { operator } = operationOf(condition);
  return ["&&", "||", "!", "if-then-else"].includes(operator) ? childrenOf(condition).flatMap(leavesOf) : [condition];
}

/** Evaluates what conditions consist of one by one, as policies of their own; undefined where Cedar can't. */
function evaluate(
  conditions: readonly Condition[],
  request: AuthorizationRequest,
  slice: Slice,
  schema: PolicySchema,
): OutcomeOf | undefined {
  const { needs, action } = slice;
  const { type, id } = request.principal;
  const attributes = needs.context || needs.input ? undefined : needs.attributes;
  const encoded = encodeInput(action.input, request.arguments, attributes);
  if (!encoded.ok) return undefined;
  const told = interceptorContext(slice, request.interceptor);
  if (!told.ok) return undefined;
  const leaves = new Map(
    conditions.flatMap(({ condition }) => leavesOf(condition)).map((leaf, n) => [leaf, String(n)]),
  );
  const any = { op: "All" } as const;
  const policyOf = (body: Expr): PolicyJson => ({
    effect: "permit",
    principal: any,
    action: any,
    resource: any,
    conditions: [{ kind: "when", body }],
  });
  const answer = isAuthorized({
    principal: { type, id },
    action: { type: actionType, id: action.name },
    resource: { type: gatewayType, id: schema.gatewayArn },
    context: { ...systemContext(slice, request.now), ...told.context, input: encoded.input },
    entities: [...encoded.entities, ...entitiesOf(slice, schema, request.principal, true)],
    policies: { staticPolicies: Object.fromEntries([...leaves].map(([leaf, name]) => [name, policyOf(leaf)])) },
  });
  if (answer.type === "failure") return undefined;
  const { reason, errors } = answer.response.diagnostics;
  const holding = new Set(reason);
  const erring = new Set(errors.map(({ policyId }) => policyId));
  return (condition) => {
    const name = leaves.get(condition) ?? "";
    return erring.has(name) ? undefined : holding.has(name);
  };
}
