import type { AuthorizationAnswer } from "@cedar-policy/cedar-wasm/nodejs";
import type { Principal } from "../identity/principal.ts";
import type { JsonObject } from "../json.ts";
import { describeErrors } from "./cedar.ts";
import type { PolicyProblem } from "./slice/policyIndex.ts";
import type { Slice } from "./slice/slice.ts";

/** One call of a tool, to be decided. */
export interface AuthorizationRequest {
  readonly principal: Principal;
  /** The action: the tool's name as agents know it, `Target___tool`, or that of a prompt or of resources (features.ts). */
  readonly tool: string;
  /** The very arguments that the target will get. */
  readonly arguments: JsonObject;
  readonly now: Date;
  /** What the gateway's interceptor tells policies: `context.interceptor`. */
  readonly interceptor?: JsonObject;
}

/** What the policies say of a call. */
export interface PolicyDecision {
  readonly decision: "ALLOW" | "DENY";
  /** The ids of the policies that decided: those that permit, or those that forbid. None for a denial by default. */
  readonly determiningPolicies: readonly string[];
  readonly reason: string;
  /** Set where the decision is DENY because something is wrong, with a policy or in evaluating it. */
  readonly error?: true;
  /** What the policies in LOG_ONLY would have changed; present where some are about the tool. */
  readonly logOnly?: LogOnlyDecision;
}

/** What would have been decided if the policies in LOG_ONLY were enforced. They never decide. */
export interface LogOnlyDecision {
  /** The decision if all of them were enforced beside the policies that are. */
  readonly decision: "ALLOW" | "DENY";
  readonly determiningPolicies: readonly string[];
  /** Whether that is another decision than the one that fell. */
  readonly flips: boolean;
  /** Those in LOG_ONLY that hold for the call; of permits or of forbids none are named if one of them errs. */
  readonly matchedPolicies: readonly string[];
  /** Those of which each, if it alone were enforced, would change the decision. */
  readonly flippingPolicies: readonly string[];
  /** Set where it would be DENY because something is wrong with a policy in LOG_ONLY, or in evaluating it. */
  readonly error?: true;
}

/** The reason of a denial without a policy, in AgentCore's words. */
export const byDefault = "No policy applies to the request (denied by default).";

export function denied(reason: string): PolicyDecision {
  return { decision: "DENY", determiningPolicies: [], reason };
}

export function failed(reason: string, determiningPolicies: readonly string[] = []): PolicyDecision {
  return { decision: "DENY", determiningPolicies, reason, error: true };
}

/** What a slice with forbids that aren't valid for its tool decides. */
export function blocked(blockers: readonly PolicyProblem[]): PolicyDecision {
  const ids = blockers.map(({ policyId }) => policyId);
  const why = blockers.map(({ message }) => message).join("; ");
  return failed(`Policy ${ids.join(", ")} forbids, but is not valid for the tool as it is now: ${why}`, ids);
}

/** What Cedar's answer about a slice's policies means. */
export function interpret(answer: AuthorizationAnswer, { policies, places }: Slice): PolicyDecision {
  if (answer.type === "failure") return failed(`The policies could not be evaluated: ${describeErrors(answer.errors)}`);
  const { decision, diagnostics } = answer.response;
  const idOf = (id: string) => policies.get(id)?.policyId ?? id;
  const place = (id: string) => places.get(id) ?? 0;
  if (diagnostics.errors.length > 0) {
    // Cedar decides without a policy that errs. If it is a forbid, that allows what it was there to prevent (T15).
    const errors = diagnostics.errors.toSorted((a, b) => place(a.policyId) - place(b.policyId));
    const ids = [...new Set(errors.map(({ policyId }) => idOf(policyId)))];
    const why = describeErrors(errors.map(({ error }) => error));
    return failed(`Policy ${ids.join(", ")} could not be evaluated: ${why}`, ids);
  }
  const determiningPolicies = diagnostics.reason.toSorted((a, b) => place(a) - place(b)).map(idOf);
  if (decision === "allow") {
    return { decision: "ALLOW", determiningPolicies, reason: `Allowed by policy ${determiningPolicies.join(", ")}.` };
  }
  if (determiningPolicies.length === 0) return denied(byDefault);
  return { ...denied(`Denied by policy ${determiningPolicies.join(", ")}.`), determiningPolicies };
}
