import type { Json } from "@gatehouse/core/json.ts";
import type { Document } from "./document.ts";
import { evaluationKinds } from "./evaluation/kinds.ts";
import type { EvaluationExtent } from "./evaluation/read.ts";
import { identityKinds } from "./identity/kinds.ts";
import type { IdentityExtent } from "./identity/read.ts";
import { gatewayReference, mapTexts, replaceReferences } from "./references.ts";

/** The gateways and policy engines that a document is about: its own, and those that it refers to. */
export interface Mentioned {
  readonly gateways: ReadonlySet<string>;
  readonly policyEngines: ReadonlySet<string>;
}

/** What a document says or refers to, by name. */
export function mentionedBy(document: Document): Mentioned {
  const gateways = new Set(document.gateways.keys());
  const policyEngines = new Set(document.policyEngines.keys());
  for (const { settings, targets, policyEngine } of document.gateways.values()) {
    for (const value of [settings, ...targets.values()]) note(value, gateways);
    if (policyEngine !== undefined) policyEngines.add(policyEngine.name);
  }
  for (const { policies } of document.policyEngines.values()) {
    for (const policy of policies.values()) note(policy, gateways);
  }
  return { gateways, policyEngines };
}

/** The agents and credential providers to look at: those of the document, or all of the kinds that it speaks of. */
export function identityExtent({ identity }: Document, all: boolean): IdentityExtent {
  const extents = identityKinds.flatMap((kind) => {
    const entries = identity[kind];
    return entries === undefined ? [] : [[kind, all ? "all" : new Set(entries.keys())]];
  });
  return Object.fromEntries(extents) as IdentityExtent; // Keys are kinds.
}

/** The evaluators and online evaluations to look at: as of identity. */
export function evaluationExtent({ evaluation }: Document, all: boolean): EvaluationExtent {
  const extents = evaluationKinds.flatMap((kind) => {
    const entries = evaluation[kind];
    return entries === undefined ? [] : [[kind, all ? "all" : new Set(entries.keys())]];
  });
  return Object.fromEntries(extents) as EvaluationExtent; // Keys are kinds.
}

function note(value: Json, gateways: Set<string>): void {
  mapTexts(value, "", (text) => {
    const onReference = (reference: string) => {
      const found = gatewayReference(reference);
      if (found !== undefined) gateways.add(found.name);
      return "keep" as const;
    };
    return replaceReferences(text, false, onReference, () => {});
  });
}
