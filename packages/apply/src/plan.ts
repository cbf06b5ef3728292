import type { JsonObject } from "@gatehouse/core/json.ts";
import type { Deployment, Present } from "./deployment.ts";
import { type Difference, differences } from "./difference.ts";
import type { Document } from "./document.ts";
import type { EvaluationKind } from "./evaluation/kinds.ts";
import { planEvaluation } from "./evaluation/plan.ts";
import type { IdentityKind } from "./identity/kinds.ts";
import { planIdentity } from "./identity/plan.ts";
import { gatewayMeaning, policyEngineMeaning, policyMeaning, targetMeaning } from "./meaning.ts";
import { mentionedBy } from "./mentioned.ts";
import { lookUp, mapTexts, replaceReferences } from "./references.ts";
import { isWorking } from "./settle.ts";

/** Something that a document can name. */
export interface Resource {
  readonly kind: "gateway" | "target" | "policyEngine" | "policy" | IdentityKind | EvaluationKind;
  readonly name: string;
  /** The gateway of a target, the engine of a policy. */
  readonly within?: string;
}

/** What is to be done with one resource. */
export interface Change extends Resource {
  readonly action: "create" | "change" | "delete";
  /** Of a change: each member that isn't as it is to be. */
  readonly differences: readonly Difference[];
}

/** What applying a document will do. */
export interface Plan {
  readonly changes: readonly Change[];
  /** What belongs to gateways and engines of the document and isn't in it. */
  readonly leftAlone: readonly Resource[];
}

export interface PlanOptions {
  /** Whether what is deployed and not in the document is deleted; what the document refers to never is. */
  readonly prune?: boolean | undefined;
  /** Whether the secrets of credential providers are sent again: whether they differ is known to nobody. */
  readonly secrets?: boolean | undefined;
}

/** Compares a document with what is deployed, by meaning. */
export function planOf(
  document: Document,
  deployment: Deployment,
  { prune = false, secrets = false }: PlanOptions = {},
): Plan {
  const known = (value: JsonObject) => withKnown(value, deployment);
  const ofIdentity = planIdentity(document.identity, deployment.identity ?? {}, { known, secrets });
  const ofEvaluation = planEvaluation(document.evaluation, deployment.evaluation?.present ?? {}, known);
  const changes: Change[] = [...ofIdentity.changes, ...ofEvaluation.changes];
  const extras: Resource[] = [...ofIdentity.extras, ...ofEvaluation.extras].map(({ kind, name }) => ({ kind, name }));
  for (const [name, entry] of document.policyEngines) {
    const present = deployment.policyEngines.get(name);
    const before = present && { status: present.status, settings: policyEngineMeaning(present) };
    changes.push(...compare({ kind: "policyEngine", name }, before, known(policyEngineMeaning(entry))));
    for (const [policy, settings] of entry.policies) {
      const resource = { kind: "policy", name: policy, within: name } as const;
      changes.push(
        ...compare(resource, meant(present?.policies.get(policy), policyMeaning), known(policyMeaning(settings))),
      );
    }
    for (const policy of present?.policies.keys() ?? []) {
      if (!entry.policies.has(policy)) extras.push({ kind: "policy", name: policy, within: name });
    }
  }
  for (const [name, entry] of document.gateways) {
    const present = deployment.gateways.get(name);
    const before = present && { status: present.status, settings: gatewayMeaning(present) };
    changes.push(...compare({ kind: "gateway", name }, before, known(gatewayMeaning(entry))));
    for (const [target, settings] of entry.targets) {
      const resource = { kind: "target", name: target, within: name } as const;
      changes.push(
        ...compare(resource, meant(present?.targets.get(target), targetMeaning), known(targetMeaning(settings))),
      );
    }
    for (const target of present?.targets.keys() ?? []) {
      if (!entry.targets.has(target)) extras.push({ kind: "target", name: target, within: name });
    }
  }
  if (!prune) return { changes, leftAlone: extras };
  const deleted = [...extras, ...unmentioned(document, deployment)];
  return {
    changes: [...changes, ...deleted.map((extra) => ({ ...extra, action: "delete" as const, differences: [] }))],
    leftAlone: [],
  };
}

/** What a document says nothing of, with all that belongs to it. */
function unmentioned(document: Document, deployment: Deployment): Resource[] {
  const { gateways, policyEngines } = mentionedBy(document);
  const spared = new Set(policyEngines);
  const extras: Resource[] = [];
  for (const [within, { targets, policyEngine }] of deployment.gateways) {
    if (gateways.has(within)) {
      // A gateway that is only referred to keeps its engine, too.
      if (!document.gateways.has(within) && policyEngine !== undefined) spared.add(policyEngine.name);
      continue;
    }
    for (const name of targets.keys()) extras.push({ kind: "target", name, within });
    extras.push({ kind: "gateway", name: within });
  }
  for (const [within, { policies }] of deployment.policyEngines) {
    if (spared.has(within)) continue;
    for (const name of policies.keys()) extras.push({ kind: "policy", name, within });
    extras.push({ kind: "policyEngine", name: within });
  }
  return extras;
}

function compare(resource: Resource, before: Omit<Present, "id"> | undefined, after: JsonObject): Change[] {
  if (before === undefined) return [{ ...resource, action: "create", differences: [] }];
  const found = differences(before.settings, after);
  if (!isWorking(before.status)) {
    const works = resource.kind === "gateway" || resource.kind === "target" ? "READY" : "ACTIVE";
    found.push({ path: "status", before: before.status, after: works });
  }
  return found.length === 0 ? [] : [{ ...resource, action: "change", differences: found }];
}

function meant(present: Present | undefined, meaning: (settings: JsonObject) => JsonObject) {
  return present && { status: present.status, settings: meaning(present.settings) };
}

/** References to what is there become what they are; the others stay, and differ from everything that is there. */
function withKnown(value: JsonObject, deployment: Deployment): JsonObject {
  const expand = (text: string) =>
    replaceReferences(
      text,
      true,
      (name) => ({ text: lookUp(name, deployment) ?? `\${${name}}` }),
      () => {},
    );
  return mapTexts(value, "", expand) as JsonObject; // Texts are changed, not the form.
}
