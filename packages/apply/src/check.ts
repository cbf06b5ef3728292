import { checkPolicies } from "./checkPolicies.ts";
import { checkRequests } from "./checkRequests.ts";
import type { Deployment } from "./deployment.ts";
import type { Document } from "./document.ts";
import { checkEvaluatorNames } from "./evaluation/check.ts";
import type { PlanOptions } from "./plan.ts";
import type { Problem } from "./problems.ts";
import { resolveDocument } from "./resolved.ts";

/** Everything that keeps a document from being applied, as far as it can be known before; empty if nothing does. */
export function problemsOf(document: Document, deployment: Deployment, options: PlanOptions = {}): Problem[] {
  const problems: Problem[] = [...document.problems];
  const resolved = resolveDocument(document, deployment, problems);
  // What holds an unknown reference breaks other rules only because of it.
  const unresolved = new Set(problems.map(({ path }) => path));
  const found = [
    ...checkRequests(resolved),
    ...checkEngines(document, deployment),
    ...checkEvaluatorNames(document, deployment),
  ];
  problems.push(...found.filter(({ path }) => !unresolved.has(path)));
  problems.push(...checkPolicies(resolved, deployment, unsoundGateways(problems), options));
  return problems.map((problem) => {
    const line = problem.line ?? document.lineOf(problem.path);
    return line === undefined ? problem : { ...problem, line };
  });
}

/** The gateways whose tools aren't as they should be: every policy about them would look wrong. */
function unsoundGateways(problems: readonly Problem[]): ReadonlySet<string> {
  const pattern = /^gateways\.([^.[]+)\.(targets|authorizerType|protocolConfiguration)/;
  return new Set(problems.flatMap(({ path }) => pattern.exec(path)?.[1] ?? []));
}

function checkEngines(document: Document, deployment: Deployment): Problem[] {
  const names = [...new Set([...document.policyEngines.keys(), ...deployment.policyEngines.keys()])];
  return [...document.gateways].flatMap(([gateway, { policyEngine }]) => {
    if (policyEngine === undefined || names.includes(policyEngine.name)) return [];
    const there = names.length === 0 ? "there is none" : `there are ${names.join(", ")}`;
    const message = `is ${policyEngine.name}, which is no policy engine of the document or the deployment; ${there}`;
    return [{ path: `gateways.${gateway}.policyEngine.name`, message }];
  });
}
