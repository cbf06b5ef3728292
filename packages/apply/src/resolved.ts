import type { JsonObject } from "@gatehouse/core/json.ts";
import type { Deployment } from "./deployment.ts";
import type { Document } from "./document.ts";
import { type EvaluationEntry, evaluationKinds, evaluationSections } from "./evaluation/kinds.ts";
import { identityKinds, identitySections } from "./identity/kinds.ts";
import type { Problem } from "./problems.ts";
import { knownReferences, lookUp, mapTexts, replaceReferences, type Surroundings, withStandIns } from "./references.ts";

/**
 * A document with its references replaced: by what is there, or, for what isn't created yet, by something of the same
 * form, so that all of it can be checked before anything is changed.
 * @param problems gets references to what neither is there nor will be.
 */
export function resolveDocument(document: Document, deployment: Deployment, problems: Problem[]): Document {
  const names = [...new Set([...deployment.gateways.keys(), ...document.gateways.keys()])];
  const everything = withStandIns(deployment, names);
  const resolve = (value: JsonObject, path: string, surroundings: Surroundings): JsonObject => {
    const replace = (reference: string) => {
      const text = lookUp(reference, surroundings);
      if (text !== undefined) return { text };
      return lookUp(reference, everything) === undefined
        ? {
            problem: `refers to \${${reference}}, which isn't there; there are ${knownReferences(names)}, env:NAME and the document's variables`,
          }
        : { problem: `refers to \${${reference}}, which isn't known yet when this is created` };
    };
    // What couldn't be replaced before was told then.
    const told = new Set(problems.map((problem) => problem.path));
    const onText = (text: string, at: string) =>
      replaceReferences(text, true, replace, (message) => {
        if (!told.has(at)) problems.push({ path: at, message });
      });
    return mapTexts(value, path, onText) as JsonObject; // Only texts change.
  };
  const resolveAll = (entries: ReadonlyMap<string, JsonObject>, path: string) =>
    new Map([...entries].map(([name, entry]) => [name, resolve(entry, `${path}.${name}`, everything)]));

  const gateways = [...document.gateways].map(([name, entry]) => {
    const path = `gateways.${name}`;
    const resolved = {
      ...entry,
      settings: resolve(entry.settings, path, everything),
      // Tags are part of the request that creates: they can be about nothing that comes later.
      tags: resolve(entry.tags, `${path}.tags`, deployment),
      targets: resolveAll(entry.targets, `${path}.targets`),
    };
    return [name, resolved] as const;
  });
  const policyEngines = [...document.policyEngines].map(([name, entry]) => {
    const path = `policyEngines.${name}`;
    const resolved = {
      settings: resolve(entry.settings, path, deployment),
      tags: resolve(entry.tags, `${path}.tags`, deployment),
      policies: resolveAll(entry.policies, `${path}.policies`),
    };
    return [name, resolved] as const;
  });
  const identity = identityKinds.map((kind) => {
    const resolved = [...(document.identity[kind] ?? [])].map(([name, entry]) => {
      const path = `${identitySections[kind].section}.${name}`;
      const settings = resolve(entry.settings, path, deployment);
      return [name, { ...entry, settings, tags: resolve(entry.tags, `${path}.tags`, deployment) }] as const;
    });
    return [kind, new Map(resolved)] as const;
  });
  const evaluation = evaluationKinds.map((kind) => {
    const resolved = [...(document.evaluation[kind] ?? [])].map(([name, entry]): [string, EvaluationEntry] => {
      const path = `${evaluationSections[kind].section}.${name}`;
      const settings = resolve(entry.settings, path, deployment);
      return [name, { settings, tags: resolve(entry.tags, `${path}.tags`, deployment) }];
    });
    return [kind, new Map(resolved)] as const;
  });
  return {
    ...document,
    gateways: new Map(gateways),
    policyEngines: new Map(policyEngines),
    identity: Object.fromEntries(identity),
    evaluation: Object.fromEntries(evaluation),
  };
}
