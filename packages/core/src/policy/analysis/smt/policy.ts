import type { PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";
import { uidOf } from "../../cedar.ts";
import type { PolicySchema, ToolAction } from "../../schema/policySchema.ts";
import type { Statement } from "../../statement.ts";
import { createEnvironment } from "./environment.ts";
import { condition } from "./expression.ts";
import { exactConditions } from "./integers.ts";
import { requestValues } from "./requestValues.ts";
import type { Scope } from "./scope.ts";
import { and, bool, equal, no, not, or, type Term } from "./terms.ts";

/** What becomes of a policy, as formulas over the requests for one tool. */
export interface PolicyFormula {
  readonly effect: "permit" | "forbid";
  /** The policy applies. */
  readonly satisfied: Term;
  /** Evaluating it fails. The gateway's engine denies the call then, whatever the policy's effect. */
  readonly errs: Term;
}

/** Everything about requests for one tool of a gateway. */
export function scopeFor(action: ToolAction, schema: PolicySchema): Scope {
  const environment = createEnvironment();
  return { schema, environment, request: requestValues(action, schema, environment), known: new Map() };
}

/**
 * Translates a policy whose scope can hold for the tool's action and for the gateway, and which is strictly valid for the
 * tool.
 */
export function policyFormula({ effect, text, json }: Statement, scope: Scope): PolicyFormula {
  let holds = principalScope(json, scope);
  let errs: Term = no;
  // One condition after the other, as if joined by `&&`.
  for (const { kind, body } of exactConditions(text)) {
    const outcome = condition(body, scope);
    errs = or(errs, and(holds, outcome.error));
    holds = and(holds, kind === "when" ? outcome.holds : not(outcome.holds));
  }
  return { effect, satisfied: and(holds, not(errs)), errs };
}

function principalScope({ principal }: PolicyJson, { request, environment, schema }: Scope): Term {
  if (principal.op === "All") return bool(true);
  const within = principal.op === "is" ? principal.in : principal;
  const isType = principal.op !== "is" || principal.entity_type === schema.principalType;
  if (!within || !("entity" in within)) return bool(isType);
  const { type, id } = uidOf(within.entity);
  return and(bool(isType && type === schema.principalType), equal(request.principal.id, environment.string(id)));
}
