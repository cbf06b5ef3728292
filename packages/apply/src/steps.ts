import { isJsonObject, type JsonObject } from "@gatehouse/core/json.ts";
import { parsePolicy } from "@gatehouse/core/policy/validate.ts";
import type { Deployment } from "./deployment.ts";
import type { Document } from "./document.ts";
import { type EvaluationKind, evaluationSections } from "./evaluation/kinds.ts";
import { changesJudgement, enabledUsers } from "./evaluation/plan.ts";
import { identityKinds, identitySections } from "./identity/kinds.ts";
import type { Change, Plan, Resource } from "./plan.ts";

/**
 * One thing to do. `open` is the part of a gateway's change that says who may call, and who decides about calls; `undeclare`
 * the part that takes away what its interceptor has told policies. `pause` disables an online evaluation while an evaluator of
 * it changes, and `resume` enables it again.
 */
export interface Step extends Resource {
  readonly action: "create" | "change" | "open" | "undeclare" | "pause" | "resume" | "delete";
}

/**
 * The order of a plan's changes in which nothing is less protected on the way than before and after. One thing can't be
 * helped: a policy about a new tool of a gateway that is open can come only after the tool, which it is validated against.
 *
 * - A new gateway lets nobody in until its targets and policies are there. Then one update lets callers in and attaches
 *   the engine.
 * - What forbids comes before what permits, and goes after it.
 * - Who may call, and which engine decides, changes when the policies are there; a gateway that is to be less protected
 *   than it was (no engine, or LOG_ONLY in the place of ENFORCE) changes when what is to go is gone.
 * - Agents and credential providers come before the targets that name them, and go after them.
 * - An online evaluation that is enabled locks its evaluators: where one of them changes, it is paused meanwhile.
 * - What is deleted goes last, and after it what the policies that were deleted have read of an interceptor.
 */
export function stepsOf({ changes }: Plan, document: Document, deployment: Deployment): Step[] {
  const effect = (change: Change): "forbid" | "permit" => effectOf(change, document, deployment);
  const select = (kind: Resource["kind"], ...actions: Change["action"][]) =>
    changes.filter((change) => change.kind === kind && actions.includes(change.action));
  const puts = select("policy", "create", "change");
  const removals = select("policy", "delete");
  const opened = [
    ...select("gateway", "create"),
    ...select("gateway", "change").filter(({ differences }) => differences.some(isAccess)),
  ];
  const loosened = opened.filter(({ name }) => isLoosened(name, document, deployment));
  return [
    ...identityKinds.flatMap((kind) => select(kind, "create", "change")).map(stepOf),
    ...select("policyEngine", "create", "change").map(stepOf),
    ...select("gateway", "create").map(stepOf),
    ...select("gateway", "change")
      .filter(({ differences }) => !differences.every(isAccess))
      .map(stepOf),
    ...select("target", "create", "change").map(stepOf),
    ...puts.filter((change) => effect(change) === "forbid").map(stepOf),
    ...puts.filter((change) => effect(change) === "permit").map(stepOf),
    ...opened.filter((change) => !loosened.includes(change)).map(opening),
    ...removals.filter((change) => effect(change) === "permit").map(stepOf),
    ...select("target", "delete").map(stepOf),
    ...loosened.map(opening),
    ...select("gateway", "delete").map(stepOf),
    ...removals.filter((change) => effect(change) === "forbid").map(stepOf),
    ...select("gateway", "change")
      .filter(({ name }) => isUndeclared(name, document, deployment))
      .map((change): Step => ({ ...stepOf(change), action: "undeclare" })),
    ...select("policyEngine", "delete").map(stepOf),
    ...identityKinds.flatMap((kind) => select(kind, "delete")).map(stepOf),
    ...evaluationSteps(changes, document, deployment),
  ];
}

function evaluationSteps(changes: Plan["changes"], document: Document, { evaluation }: Deployment): Step[] {
  const select = (kind: EvaluationKind, ...actions: Change["action"][]) =>
    changes.filter((change) => change.kind === kind && actions.includes(change.action)).map(stepOf);
  const changed = changes.filter(
    (change) => change.kind === "evaluator" && change.action === "change" && changesJudgement(change),
  );
  const users = enabledUsers(evaluation?.present ?? {}, new Set(changed.map(({ name }) => name)));
  // Those that the document says nothing of are somebody else's, who has to be asked.
  const paused = [...users].filter((name) => document.evaluation.onlineEvaluationConfig?.has(name));
  const puts = select("onlineEvaluationConfig", "create", "change");
  const online = (name: string, action: "pause" | "resume"): Step => ({ kind: "onlineEvaluationConfig", name, action });
  return [
    ...paused.map((name) => online(name, "pause")),
    ...select("evaluator", "create", "change"),
    ...puts,
    ...paused.filter((name) => !puts.some((put) => put.name === name)).map((name) => online(name, "resume")),
    ...select("onlineEvaluationConfig", "delete"),
    ...select("evaluator", "delete"),
  ];
}

/** A step for a person to read. */
export function describeStep({ action, ...resource }: Step): string {
  return `${action} ${describeResource(resource)}`;
}

/** A resource for a person to read. */
export function describeResource({ kind, name, within }: Resource): string {
  if (kind === "target") return `target ${name} of gateway ${within}`;
  if (kind === "policy") return `policy ${name} of policy engine ${within}`;
  if (kind === "gateway") return `gateway ${name}`;
  if (kind === "policyEngine") return `policy engine ${name}`;
  const { words } = { ...identitySections, ...evaluationSections }[kind];
  return `${words} ${name}`;
}

function stepOf({ differences: _, ...step }: Change): Step {
  return step;
}

function opening(change: Change): Step {
  return { ...stepOf(change), action: "open" };
}

function isAccess({ path }: { readonly path: string }): boolean {
  return /^(authorizer|policyEngine)/.test(path);
}

function isLoosened(gateway: string, document: Document, deployment: Deployment): boolean {
  const before = deployment.gateways.get(gateway)?.policyEngine?.mode;
  return before === "ENFORCE" && document.gateways.get(gateway)?.policyEngine?.mode !== "ENFORCE";
}

function isUndeclared(gateway: string, document: Document, deployment: Deployment): boolean {
  const [before, after] = [deployment, document].map(({ gateways }) => declaredIn(gateways.get(gateway)?.ownSettings));
  return before?.some(({ name }) => !after?.some((other) => other.name === name)) ?? false;
}

/** What a gateway's interceptor tells policies, by its own settings. */
export function declaredIn({ interceptorContext }: JsonObject = {}): JsonObject[] {
  return Array.isArray(interceptorContext) ? interceptorContext.filter(isJsonObject) : [];
}

/** What a policy does as soon as it is what it is to be; of one that goes, what it does until then. */
function effectOf({ name, within = "" }: Change, document: Document, deployment: Deployment): "forbid" | "permit" {
  const wanted = document.policyEngines.get(within)?.policies.get(name);
  const statement = (wanted ?? deployment.policyEngines.get(within)?.policies.get(name)?.settings)?.statement;
  try {
    return parsePolicy(String(statement)).effect;
  } catch {
    // Something deployed that isn't Cedar: it is the last to go, as if it forbade something.
    return "forbid";
  }
}
